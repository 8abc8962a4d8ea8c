"""The same music in another key, id by id, for encodings whose tokens are pitches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from training.data.dataset import Ids

KEYS = range(-6, 6)
"""Semitones up: every key once, and none far from where the piece lies."""
LOWEST, HIGHEST = 21, 108
"""Music is not moved beyond the keys of a piano, A0 to C8."""


def in_random_keys(encoding: str, pieces: Sequence[Ids], rng: np.random.Generator) -> list[Ids]:
    """Every piece moved by a random number of `KEYS`, of those that keep it on the keys of a piano.

    Pieces of an encoding that cannot be moved (in `chords`, not every key of a token has a token) come back as they
    are, and so does a piece that leaves the piano by itself.
    """
    if encoding not in BAR_ENCODINGS:
        return list(pieces)
    tables = {shift: np.array(bar_tokens.transposed_ids(shift), np.uint16) for shift in KEYS}
    moved = []
    for piece in pieces:
        shifts = possible_shifts(piece)
        moved.append(tables[shifts[int(rng.integers(len(shifts)))]][piece])
    return moved


def possible_shifts(piece: Ids) -> range:
    """The run of `KEYS`, 0 always among them, by which a piece in bars can be moved."""
    pitches = bar_tokens.ids_of("pitch")
    sounding = piece[(piece >= pitches.start) & (piece < pitches.stop)]
    if not len(sounding):
        return range(1)
    down = LOWEST - (int(sounding.min()) - pitches.start)
    up = HIGHEST - (int(sounding.max()) - pitches.start)
    return range(min(0, max(KEYS[0], down)), max(0, min(KEYS[-1], up)) + 1)
