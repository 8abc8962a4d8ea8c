"""Writes passages by hand, for tests of what is measured in them."""

from __future__ import annotations

import numpy as np

from training.evaluation.passages import Passage

QUARTER = 24
"""Units of a quarter."""


def passage(*notes: tuple[float, float, int], bars: int, quarters: int = 4) -> Passage:
    """Return a passage of notes, given as onset and duration in quarters and a pitch, in bars of some quarters."""
    rows = sorted((round(onset * QUARTER), pitch, round(length * QUARTER)) for onset, length, pitch in notes)
    columns = np.array(rows, np.int64).reshape(-1, 3)
    lengths = np.full(bars, quarters * QUARTER)
    return Passage(columns[:, 0], columns[:, 2], columns[:, 1], np.cumsum(lengths) - lengths, lengths)


def chord(onset: float, length: float, *pitches: int) -> list[tuple[float, float, int]]:
    """Return notes that begin and end together."""
    return [(onset, length, pitch) for pitch in pitches]
