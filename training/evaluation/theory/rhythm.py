"""Measures density, lengths and places of notes, and figures that return."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from musicgen_live.encodings.bar_tokens import UNITS

from ..metrics import longest_loop_quarters, pitch_class_entropy
from ..passages import Passage

Figure = tuple[int, ...]
"""Times between the onsets of successive notes, then their intervals: a figure is the same in any key and place."""

FIGURE_STEPS = 3
_EIGHTH = 12


def figures_of(passage: Passage, steps: int = FIGURE_STEPS) -> list[Figure]:
    """Return the figures of `steps` steps, one from each note on that has so many after it."""
    times, intervals = np.diff(passage.onsets), np.diff(passage.pitches)
    count = len(times) - steps + 1
    if count < 1:
        return []
    rows = [part[i : i + count] for part in (times, intervals) for i in range(steps)]
    return [tuple(row) for row in np.stack(rows, axis=1).tolist()]


def rhythm_features(passage: Passage) -> dict[str, float]:
    """Return features of density, lengths, places in the bar and repetition by name."""
    onsets = np.unique(passage.onsets)
    bars = passage.bar_of(passage.onsets)
    places = passage.onsets - passage.bar_starts[bars]
    ends = passage.bar_of(passage.onsets + passage.durations - 1)
    figures = figures_of(passage)
    notes = max(1, len(passage.pitches))
    return {
        "notes a quarter": len(passage.pitches) * UNITS / passage.end,
        "onsets a quarter": len(onsets) * UNITS / passage.end,
        "notes an onset": len(passage.pitches) / max(1, len(onsets)),
        "lengths in use": float(len(np.unique(passage.durations))),
        "mean length": float(passage.durations.sum()) / UNITS / notes,
        "onsets off the eighths": float((places % _EIGHTH != 0).sum()) / notes,
        "bars with a note on the bar line": len(np.unique(bars[places == 0])) / len(passage.bar_starts),
        "notes held over a bar line": float((ends > bars).sum()) / notes,
        "longest stuck figure": float(longest_stuck(passage)),
        "longest loop": longest_loop_quarters(passage),
        "distinct figures": len(set(figures)) / max(1, len(figures)),
        "pitch-class entropy": pitch_class_entropy(passage),
    }


def longest_stuck(passage: Passage) -> int:
    """Return the greatest number of onsets in direct succession with the very same pitches and lengths."""
    notes = zip(passage.onsets.tolist(), passage.pitches.tolist(), passage.durations.tolist(), strict=True)
    chords = [[note[1:] for note in chord] for _, chord in groupby(notes, key=lambda note: note[0])]
    return max((len(list(run)) for _, run in groupby(chords)), default=0)
