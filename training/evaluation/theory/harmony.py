"""Guesses the chord of every beat, and measures how chords change."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from musicgen_live.encodings.bar_tokens import UNITS

from ..passages import Passage

_SHAPES = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 6, 9))
"""Major, minor, dominant seventh, diminished seventh."""
CHORDS = tuple((root, frozenset((root + step) % 12 for step in shape)) for root in range(12) for shape in _SHAPES)
"""Roots, and the pitch classes of the chord."""
_FOURTH_NOTE_COST = 0.15
"""The share of what sounds that a chord of four notes has to hold beyond one of three."""


def chords_of(passage: Passage) -> tuple[list[int | None], list[float]]:
    """Return the number of the chord that fits each beat best, None for silence, and the share of what sounds in it."""
    members = np.array([[pitch_class in notes for pitch_class in range(12)] for _, notes in CHORDS], np.float64)
    costs = _FOURTH_NOTE_COST * (members.sum(axis=1) - 3)
    found: list[int | None] = []
    fits = []
    for start in range(0, passage.end, UNITS):
        sounding = passage.roll[start : start + UNITS].nonzero()[1] % 12
        if not len(sounding):
            found.append(None)
            continue
        shares = members @ (np.bincount(sounding, minlength=12) / len(sounding))
        best = int((shares - costs).argmax())
        found.append(best)
        fits.append(float(shares[best]))
    return found, fits


def harmony_features(passage: Passage) -> dict[str, float]:
    """Return features of the chords and their changes by name."""
    chords, fits = chords_of(passage)
    changes = [a != b for a, b in pairwise(chords)]
    bar_lines = set(passage.bar_starts.tolist())
    at_bar_lines = [beat * UNITS in bar_lines for beat, changed in enumerate(changes, start=1) if changed]
    roots = [CHORDS[chord][0] for chord in chords if chord is not None]
    moves = [(b - a) % 12 for a, b in pairwise(roots) if a != b]
    return {
        "fit of the chords": _mean(fits),
        "chord changes a beat": _mean(changes),
        "chord changes at bar lines": _mean(at_bar_lines),
        "roots move by a fifth": _mean([move in (5, 7) for move in moves]),
        "roots fall by a fifth": _mean([move == 5 for move in moves]),
    }


def _mean(values: list[bool] | list[float]) -> float:
    return float(np.mean(values)) if values else 0.0
