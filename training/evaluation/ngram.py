"""The n-gram that a network has to beat: interpolated Witten-Bell, over ids, contexts within a piece.

Witten & Bell 1991, in the interpolated form of Chen & Goodman 1999, with T(h) the number of distinct ids that
followed the context h in training, c(h) how often it was followed at all, and h' the context without its oldest id:

    P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h))

A context that never occurred takes P(w | h') as it is; below the empty context stands the uniform distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.dataset import Ids

Distributions = NDArray[np.float64]
"""A row of probabilities a data point, shape `(data points, classes)`."""

CELLS_AT_ONCE = 1 << 21
"""Probabilities that are held at a time for one order: 16 MB."""


@dataclass(frozen=True)
class _Level:
    """What followed the contexts of one length, of those that are asked for.

    `context_of` has, for each data point asked for, the number of its context, or -1 where training never had it.
    `keys` are `context * classes + id` of every pair that occurred, sorted, and `counts` how often.
    """

    context_of: NDArray[np.int64]
    keys: NDArray[np.int64]
    counts: NDArray[np.int64]


class NGram:
    """N-grams of every order from 1 to `order` at once: an id is predicted from up to `order - 1` before it.

    Nothing is counted before it is known what is asked for. Then contexts grow by one id at a time, and of the
    training positions only those stay that share their context with a data point asked for: the whole is a pass over
    the training ids for short contexts, and next to nothing for long ones. A table of all counts of order 9 over 26
    million data points (two million in twelve keys) could hold 230 million of them.
    """

    def __init__(self, pieces: Iterable[Ids], classes: int, order: int = 5) -> None:
        """Take the ids of whole pieces, each below `classes`; `order` from 1. ValueError otherwise."""
        if order < 1:
            raise ValueError(f"the order of the n-gram is {order}; it has to be at least 1")
        if classes > np.iinfo(np.uint16).max:
            raise ValueError(f"{classes} classes are too many; at most {np.iinfo(np.uint16).max} can be")
        self.order = order
        self.classes = classes
        self._stream = _joined(pieces, classes)
        self._positions = np.flatnonzero(self._stream != classes)

    def distribution(self, context: Sequence[int] | Ids) -> NDArray[np.float64]:
        """The probability of every id after the latest `order - 1` ids of `context`, shape `(classes,)`."""
        # The id asked for plays no part in what is likely.
        piece = np.array([*context, 0], np.uint16)
        chunks = self.chunks([piece], skips=[len(piece) - 1])
        highest: NDArray[np.float64] = next(p[0] for _, order, p in chunks if order == self.order)
        return highest

    def chunks(self, pieces: Sequence[Ids], skips: Sequence[int]) -> Iterator[tuple[slice, int, Distributions]]:
        """What every order says of every data point of the pieces but the first `skips` ones of each.

        Data points are numbered through all pieces. They come in runs, and for each run the orders from 1 up: the
        run, the order, and the probabilities, an array that the caller may not keep.
        """
        stream = _joined(pieces, self.classes)
        ends = np.cumsum([len(piece) + 1 for piece in pieces], dtype=np.int64)
        spans = [(end - len(piece) + skip, end) for end, piece, skip in zip(ends, pieces, skips, strict=True)]
        asked = np.concatenate([np.zeros(0, np.int64), *(np.arange(first, end) for first, end in spans)])
        levels = self._levels(stream, asked)
        rows = max(1, CELLS_AT_ONCE // self.classes)
        for first in range(0, len(asked), rows):
            run = slice(first, min(first + rows, len(asked)))
            p = np.full((run.stop - run.start, self.classes), 1 / self.classes)
            for order, level in enumerate(levels, start=1):
                self._interpolate(p, level, run)
                yield run, order, p

    def _interpolate(self, p: Distributions, level: _Level, run: slice) -> None:
        """Turn the probabilities of the order below into those of this one, in place."""
        context = level.context_of[run]
        first = level.keys.searchsorted(context * self.classes)
        types = level.keys.searchsorted((context + 1) * self.classes) - first
        types[context < 0] = 0
        rows = np.repeat(np.arange(len(context)), types)
        pairs = np.repeat(first - np.cumsum(types) + types, types) + np.arange(len(rows))
        counts = level.counts[pairs]
        total = np.bincount(rows, counts, minlength=len(context))
        known = types > 0
        p[known] *= types[known, None]
        p[rows, level.keys[pairs] % self.classes] += counts
        p[known] /= (total + types)[known, None]

    def _levels(self, stream: Ids, asked: NDArray[np.int64]) -> list[_Level]:
        """What followed the contexts of the positions `asked` of a stream, for contexts of 0 to `order - 1` ids."""
        at, context_at = self._positions, np.zeros(len(self._positions), np.int64)
        context_of = np.zeros(len(asked), np.int64)
        levels = []
        for length in range(self.order):
            if length:
                # Ids and the mark before each piece, which no context asked for may reach across.
                base = self.classes + 1
                known = np.flatnonzero(context_of >= 0)
                ids = stream[asked[known] - length]
                wanted = np.where(ids < self.classes, context_of[known] * base + ids, -1)
                names = np.unique(wanted[wanted >= 0])
                context_at, stays = _named(context_at * base + self._stream[at - length], names)
                at, context_at = at[stays], context_at[stays]
                context_of[known], _ = _named(wanted, names)
            keys, counts = np.unique(context_at * self.classes + self._stream[at], return_counts=True)
            # A context that is asked for and never occurred is not to be known at greater lengths either.
            seen = np.zeros(int(context_of.max(initial=-1)) + 2, np.bool_)
            seen[keys // self.classes] = True
            context_of = np.where(seen[context_of], context_of, -1)
            levels.append(_Level(context_of.copy(), keys, counts))
        return levels


def _named(keys: NDArray[np.int64], names: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For every key its place among the sorted `names`, or -1, and whether it is there."""
    if not len(names):
        return np.full(len(keys), -1), np.zeros(len(keys), np.bool_)
    places = np.minimum(names.searchsorted(keys), len(names) - 1)
    there = names[places] == keys
    return np.where(there, places, -1), there


def _joined(pieces: Iterable[Ids], classes: int) -> Ids:
    """The ids of all pieces, before each piece the number of classes as a mark; ValueError on an id that is not below.

    The ids are held once: pieces may be made while they are read.
    """
    parts = [np.zeros(0, np.uint16)]
    for piece in pieces:
        if len(piece) and piece.max() >= classes:
            raise ValueError(f"the id {piece.max()} is not below the number of classes, {classes}")
        parts += [np.array([classes], np.uint16), piece.astype(np.uint16)]
    return np.concatenate(parts)
