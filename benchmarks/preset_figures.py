"""Measures what the presets play: single notes, chords, figures that stay, motifs that return, closes.

python -m benchmarks.preset_figures [--takes 40] [--preset NAME]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from musicgen_live.config.library import model_path, shipped_preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.model.bundle import Bundle
from training.evaluation.passages import Passage
from training.evaluation.takes import Takes
from training.evaluation.theory.endings import closes
from training.evaluation.theory.form import bars_of, likeness, rhythms_of

MIDDLE_C = 60


def single_share(passage: Passage) -> float:
    """Return the share of the onsets that are single notes."""
    _, notes = np.unique(passage.onsets, return_counts=True)
    return float((notes == 1).mean()) if len(notes) else 0.0


def single_share_of_left(passage: Passage) -> float:
    """Return the share of the onsets below middle C that are single notes there."""
    _, notes = np.unique(passage.onsets[passage.pitches < MIDDLE_C], return_counts=True)
    return float((notes == 1).mean()) if len(notes) else 0.0


def onsets_a_bar(passage: Passage) -> float:
    """Return the number of onsets in a bar."""
    return len(np.unique(passage.onsets)) / max(1, len(passage.bar_starts))


def bars_with_two_chords(passage: Passage) -> float:
    """Return the share of the bars with at least two onsets of three notes or more."""
    onsets, notes = np.unique(passage.onsets, return_counts=True)
    chords = np.bincount(passage.bar_of(onsets[notes >= 3]), minlength=len(passage.bar_starts))
    return float((chords >= 2).mean())


FIGURES: dict[str, Callable[[Passage], float]] = {
    "single notes": single_share,
    "single in the left hand": single_share_of_left,
    "bars with two chords": bars_with_two_chords,
    "onsets a bar": onsets_a_bar,
    "rhythm like the bar before": lambda passage: likeness(rhythms_of(bars_of(passage)), 1),
    "notes like 2 bars before": lambda passage: likeness(bars_of(passage), 2),
    "notes like 8 bars before": lambda passage: likeness(bars_of(passage), 8),
    "closes": lambda passage: float(closes(passage)),
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=40)
    parser.add_argument("--preset", action="append", help="only this one; can be repeated")
    given = parser.parse_args()
    print("preset".ljust(16), *(name.rjust(27) for name in FIGURES))
    for name in given.preset or shipped_preset_names():
        settings = load_preset(name).settings
        bundle = Bundle.load(model_path(settings.model))
        if bundle.encoding not in BAR_ENCODINGS:
            continue
        takes = [take for take in Takes(bundle, settings, given.takes).of(0, settings) if len(take.pitches)]
        print(name.ljust(16), *(f"{np.mean([figure(take) for take in takes]):27.2f}" for figure in FIGURES.values()))


if __name__ == "__main__":
    main()
