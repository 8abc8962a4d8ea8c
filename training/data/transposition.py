"""Transposes ids, for the encodings that have a token per pitch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens

from .dataset import Ids
from .token_kinds import is_kind

KEYS = range(-6, 6)
"""Semitones up: every key once, and none far from the original."""
LOWEST, HIGHEST = 21, 108
"""Range of a piano, A0 to C8, which transposed music does not leave."""


def in_random_key(encoding: str, piece: Ids, rng: np.random.Generator) -> Ids:
    """Transpose a piece by a random number of `KEYS`, among those that keep it within the range of a piano.

    Return the piece unchanged if the encoding does not allow it (in `chords` some transposed tokens do not exist), and
    never move it further beyond the range than it is.
    """
    if encoding not in BAR_ENCODINGS:
        return piece
    shifts = possible_shifts(piece)
    return transpositions()[shifts[int(rng.integers(len(shifts)))]][piece]


@cache
def transpositions() -> Mapping[int, Ids]:
    """Return for each of `KEYS` the transposed id of every id."""
    return {shift: np.array(bar_tokens.transposed_ids(shift), np.uint16) for shift in KEYS}


def possible_shifts(piece: Ids) -> range:
    """Return the part of `KEYS` by which a piece in bars can be transposed; 0 is always in it."""
    pitches = bar_tokens.ids_of("pitch")
    sounding = piece[is_kind(piece, "pitch")]
    if not len(sounding):
        return range(1)
    down = LOWEST - (int(sounding.min()) - pitches.start)
    up = HIGHEST - (int(sounding.max()) - pitches.start)
    return range(min(0, max(KEYS[0], down)), max(0, min(KEYS[-1], up)) + 1)
