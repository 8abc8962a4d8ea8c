"""Measures what the presets play: single notes, chords, figures that stay, motifs that return, closes.

    python -m benchmarks.preset_figures [--quick] [--json] [--preset NAME]

They are means over 40 takes of each preset with bars, or over four with `--quick`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks import command
from benchmarks.figure import Figure
from musicgen_live.config.library import model_path, shipped_preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.model.blas import use_one_blas_thread
from musicgen_live.model.bundle import Bundle
from training.evaluation.passages import Passage
from training.evaluation.players import Players
from training.evaluation.takes import Takes
from training.evaluation.theory.endings import closes
from training.evaluation.theory.form import bars_of, likeness, rhythms_of

MIDDLE_C = 60
TAKES = 40


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


MEASURES: dict[str, Callable[[Passage], float]] = {
    "single notes": single_share,
    "single in the left hand": single_share_of_left,
    "bars with two chords": bars_with_two_chords,
    "onsets a bar": onsets_a_bar,
    "rhythm like the bar before": lambda passage: likeness(rhythms_of(bars_of(passage)), 1),
    "notes like 2 bars before": lambda passage: likeness(bars_of(passage), 2),
    "notes like 8 bars before": lambda passage: likeness(bars_of(passage), 8),
    "closes": lambda passage: float(closes(passage)),
}


def measured(quick: bool, presets: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """Measure the presets, all by default, that play a model with bars."""
    use_one_blas_thread()
    found: dict[str, dict[str, float]] = {}
    for name in presets or shipped_preset_names():
        settings = load_preset(name).settings
        bundle = Bundle.load(model_path(settings.model))
        if bundle.encoding not in BAR_ENCODINGS:
            continue
        takes = Takes(Players(bundle), settings, 4 if quick else TAKES).of(0, settings)
        passages = [take for take in takes if len(take.pitches)]
        found[name] = {
            name: round(float(np.mean([measure(each) for each in passages])), 3) for name, measure in MEASURES.items()
        }
    return found


def figures_of(result: Mapping[str, Mapping[str, float]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(
        Figure(row=f"`{preset}`", name=name, value=value)
        for preset, values in result.items()
        for name, value in values.items()
    )


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--preset", action="append", default=[], help="only this one; can be repeated")
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.preset), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
