"""Finds the bars of a piece in which its top line comes to rest: the ends of phrases, as far as rhythm tells them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens

from .dataset import Ids
from .references import notes_of
from .token_kinds import is_kind

_TOP_LINE_SEMITONES = 9
"""An onset belongs to the top line if its highest note is at most this far below the highest of its bar."""
_REST_FROM_UNITS = bar_tokens.UNITS
_REST_FROM_GAPS = 2.5
"""A rest is at least a quarter long, and this many times as long as the usual gap between onsets of the top line."""
_NEIGHBOURS_BARS = 4
_FEWEST_BARS = 3
"""Between two ends of phrases."""


def phrase_ends(piece: Ids) -> NDArray[np.bool_]:
    """Return a mask of the bars in which the top line comes to rest, `(bars,)`."""
    starts = bar_starts(piece)
    gaps = _longest_gaps(piece, starts)
    count = len(gaps)
    ends = np.zeros(count, np.bool_)
    latest = -_FEWEST_BARS
    for bar in range(count):
        near = slice(max(0, bar - _NEIGHBOURS_BARS), bar + _NEIGHBOURS_BARS + 1)
        usual = float(np.median([gap for gaps_of_bar in gaps[near] for gap in gaps_of_bar] or [0]))
        last = gaps[bar][-1] if gaps[bar] else 0
        if last >= max(_REST_FROM_UNITS, _REST_FROM_GAPS * usual) and bar - latest >= _FEWEST_BARS:
            ends[bar], latest = True, bar
    return ends


def bar_starts(piece: Ids) -> NDArray[np.int64]:
    """Return the start of every bar in units, and the end of the last, `(bars + 1,)`."""
    bars = piece[is_kind(piece, "bar")].astype(np.int64) - bar_tokens.ids_of("bar").start
    return np.concatenate([[0], np.cumsum(np.array(bar_tokens.BAR_UNITS)[bars])])


def _longest_gaps(piece: Ids, starts: NDArray[np.int64]) -> list[list[int]]:
    """Return for every bar the distances from each onset of its top line to the next one, in units."""
    bar_of, positions, pitches = notes_of(piece)
    count = len(starts) - 1
    highest = np.zeros(count, np.int64)
    np.maximum.at(highest, bar_of, pitches)
    is_top = pitches >= highest[bar_of] - _TOP_LINE_SEMITONES
    onsets = np.unique(starts[bar_of[is_top]] + positions[is_top])
    gaps = np.diff(np.append(onsets, starts[-1]))
    found: list[list[int]] = [[] for _ in range(count)]
    for bar, gap in zip((np.searchsorted(starts, onsets, "right") - 1).tolist(), gaps.tolist(), strict=True):
        found[bar].append(gap)
    return found
