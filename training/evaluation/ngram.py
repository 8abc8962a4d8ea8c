"""Interpolated Witten-Bell n-grams over ids, the baseline of a network; contexts do not cross pieces.

Witten & Bell 1991, in the interpolated form of Chen & Goodman 1999, with T(h) the number of distinct ids that
followed the context h in training, c(h) the number of its occurrences with a following id, and h' the context without
its oldest id:

    P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h))

A context that never occurred has the probabilities P(w | h'); the empty context interpolates with the uniform
distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.dataset import Ids
from .lookup import ABSENT, indices_in

Distributions = NDArray[np.float64]
"""A row of probabilities per token, shape `(tokens, classes)`."""

CELLS_AT_ONCE = 1 << 21
"""Number of probabilities in memory at a time, for one order: 16 MB."""


@dataclass(frozen=True)
class _Level:
    """Counts of the ids that followed contexts of one length, for the contexts of the queried tokens."""

    context_of: NDArray[np.int64]
    """The number of each queried token's context, `(tokens,)`; -1 if the context never occurred in training."""
    keys: NDArray[np.int64]
    """`context * classes + id` for every pair that occurred, sorted, `(pairs,)`."""
    counts: NDArray[np.int64]
    """The number of occurrences of each pair, `(pairs,)`."""


class NGram:
    """N-grams of every order from 1 to `order` at once, which predict an id from up to `order - 1` ids before it.

    The class counts only when it is queried. Contexts then grow by one id at a time, and only those training positions
    stay that share their context with a queried token: short contexts cost a pass over the training ids, long ones
    almost nothing. A table of all counts of order 9 over 26 million tokens (two million in twelve keys) could have 230
    million entries.
    """

    def __init__(self, pieces: Iterable[Ids], classes: int, order: int = 5) -> None:
        """Store the ids of whole pieces; ValueError unless all are below `classes`, and `order` is at least 1."""
        if order < 1:
            raise ValueError(f"the order of the n-gram is {order}; it has to be at least 1")
        if classes > np.iinfo(np.uint16).max:
            raise ValueError(f"{classes} classes are too many; at most {np.iinfo(np.uint16).max} can be")
        self.order = order
        self.classes = classes
        self._stream = _joined(pieces, classes)
        self._positions = np.flatnonzero(self._stream != classes)

    def distribution(self, context: Sequence[int] | Ids) -> NDArray[np.float64]:
        """Return the probability of every id after the latest `order - 1` ids of `context`, shape `(classes,)`."""
        # The queried id itself does not affect the probabilities.
        piece = np.array([*context, 0], np.uint16)
        chunks = self.chunks([piece], skips=[len(piece) - 1])
        highest: NDArray[np.float64] = next(p[0] for _, order, p in chunks if order == self.order)
        return highest

    def chunks(self, pieces: Sequence[Ids], skips: Sequence[int]) -> Iterator[tuple[slice, int, Distributions]]:
        """Yield the probabilities of every order for every token of the pieces, except the first `skips` of each.

        The tokens are numbered through all pieces, without the skipped ones, and come in runs. For each run, yield
        `(run, order, probabilities)` for the orders from 1 up; the next step overwrites the array of probabilities.
        """
        stream = _joined(pieces, self.classes)
        ends = np.cumsum([len(piece) + 1 for piece in pieces], dtype=np.int64)
        spans = [(end - len(piece) + skip, end) for end, piece, skip in zip(ends, pieces, skips, strict=True)]
        queried = np.concatenate([np.zeros(0, np.int64), *(np.arange(first, end) for first, end in spans)])
        levels = self._levels(stream, queried)
        rows = max(1, CELLS_AT_ONCE // self.classes)
        for first in range(0, len(queried), rows):
            run = slice(first, min(first + rows, len(queried)))
            p = np.full((run.stop - run.start, self.classes), 1 / self.classes)
            for order, level in enumerate(levels, start=1):
                self._interpolate(p, level, run)
                yield run, order, p

    def _interpolate(self, p: Distributions, level: _Level, run: slice) -> None:
        """Update the probabilities of the next lower order to those of this one, in place."""
        context = level.context_of[run]
        first = level.keys.searchsorted(context * self.classes)
        types = level.keys.searchsorted((context + 1) * self.classes) - first
        types[context < 0] = 0
        pairs = np.repeat(first - np.cumsum(types) + types, types) + np.arange(types.sum())
        interpolate(p, types, level.keys[pairs] % self.classes, level.counts[pairs])

    def _levels(self, stream: Ids, queried: NDArray[np.int64]) -> list[_Level]:
        """Count the ids after the contexts of the positions `queried` of a stream: contexts of 0 to `order - 1` ids."""
        positions, contexts = self._positions, np.zeros(len(self._positions), np.int64)
        context_of = np.zeros(len(queried), np.int64)
        levels = []
        for length in range(self.order):
            if length:
                # The number of ids plus the piece mark; contexts never cross a mark.
                base = self.classes + 1
                known = np.flatnonzero(context_of >= 0)
                ids = stream[queried[known] - length]
                wanted = np.where(ids < self.classes, context_of[known] * base + ids, -1)
                names = np.unique(wanted[wanted >= 0])
                contexts = indices_in(names, contexts * base + self._stream[positions - length])
                stays = contexts != ABSENT
                positions, contexts = positions[stays], contexts[stays]
                context_of[known] = indices_in(names, wanted)
            keys, counts = np.unique(contexts * self.classes + self._stream[positions], return_counts=True)
            # A context that never occurred cannot occur at greater lengths either.
            seen = np.zeros(int(context_of.max(initial=-1)) + 2, np.bool_)
            seen[keys // self.classes] = True
            context_of = np.where(seen[context_of], context_of, -1)
            levels.append(_Level(context_of.copy(), keys, counts))
        return levels


def interpolate(p: Distributions, types: NDArray[np.int64], ids: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Update the probabilities P(w | h') of rows to P(w | h), in place, by the formula above.

    `types` is T(h) of every row, 0 if h never occurred; `ids` are the ids that followed, row after row, and `counts`
    their numbers of occurrences.
    """
    rows = np.repeat(np.arange(len(types)), types)
    total = np.bincount(rows, counts, minlength=len(types))
    known = types > 0
    p[known] *= types[known, None]
    p[rows, ids] += counts
    p[known] /= (total + types)[known, None]


def _joined(pieces: Iterable[Ids], classes: int) -> Ids:
    """Join the ids of all pieces, each after a mark with the value `classes`; ValueError on an id not below that.

    `pieces` may be a generator: the function keeps a single copy of the ids.
    """
    parts = [np.zeros(0, np.uint16)]
    for piece in pieces:
        if len(piece) and piece.max() >= classes:
            raise ValueError(f"the id {piece.max()} is not below the number of classes, {classes}")
        parts += [np.array([classes], np.uint16), piece.astype(np.uint16)]
    return np.concatenate(parts)
