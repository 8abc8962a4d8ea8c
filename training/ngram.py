"""The n-gram that a network has to beat: interpolated Witten-Bell, over ids, contexts within a piece.

Witten & Bell 1991, in the interpolated form of Chen & Goodman 1999, with T(h) the number of distinct ids that
followed the context h in training, c(h) how often it was followed at all, and h' the context without its oldest id:

    P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h))

A context that never occurred takes P(w | h') as it is; below the empty context stands the uniform distribution.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.dataset import Ids
from training.scoring import ranks


class NGram:
    """An n-gram of order `n`: an id is predicted from the `n - 1` before it.

    Nothing is counted beforehand. The training positions are sorted by what stands before them, nearest first, so
    that the positions behind any context are one run of that order, found by bisection; counting the ids in a run
    gives c(h w), c(h) and T(h). That takes `2 n` bytes a data point, whatever the number of distinct contexts;
    a table of counts of order 9 over 12 million data points could hold up to 108 million of them.
    """

    def __init__(self, pieces: Sequence[Ids], classes: int, order: int = 5) -> None:
        """Train on the ids of whole pieces, each below `classes`; `order` from 1. ValueError otherwise."""
        if order < 1:
            raise ValueError(f"the order of the n-gram is {order}; it has to be at least 1")
        if classes > np.iinfo(np.uint16).max:
            raise ValueError(f"{classes} classes are too many; at most {np.iinfo(np.uint16).max} can be")
        self.order = order
        self.classes = classes
        ids = np.concatenate([*pieces, np.zeros(0, np.uint16)]).astype(np.uint16)
        if len(ids) and ids.max() >= classes:
            raise ValueError(f"the id {ids.max()} is not below the number of classes, {classes}")
        before = [_shifted(pieces, steps, classes) for steps in range(1, order)]
        positions = np.lexsort(before[::-1]) if before else np.arange(len(ids))
        self._next = ids[positions]
        self._before = [column[positions] for column in before]
        self._empty_context = np.bincount(ids, minlength=classes).astype(np.float64)

    def distribution(self, context: Sequence[int] | Ids) -> NDArray[np.float64]:
        """The probability of every id after the latest `order - 1` ids of `context`, shape `(classes,)`."""
        p = _interpolate(np.full(self.classes, 1 / self.classes), self._empty_context)
        first, last = 0, len(self._next)
        for steps, column in enumerate(self._before[: len(context)], start=1):
            run, wanted = column[first:last], np.uint16(context[-steps])
            first, last = (
                first + int(run.searchsorted(wanted, "left")),
                first + int(run.searchsorted(wanted, "right")),
            )
            if first == last:
                break
            p = _interpolate(p, np.bincount(self._next[first:last], minlength=self.classes))
        return p

    def rows(self, pieces: Sequence[Ids], skip: int) -> NDArray[np.float64]:
        """(nats, rank from 0) of every data point of each piece but its first `skip`, shape `(data points, 2)`."""
        rows = np.zeros((sum(max(0, len(piece) - skip) for piece in pieces), 2))
        row = 0
        for piece in pieces:
            for i in range(skip, len(piece)):
                p = self.distribution(piece[max(0, i - self.order + 1) : i])
                rows[row] = -np.log(p[piece[i]]), ranks(p[None], piece[i : i + 1])[0]
                row += 1
        return rows


def _interpolate(lower: NDArray[np.float64], counts: NDArray[np.integer] | NDArray[np.float64]) -> NDArray[np.float64]:
    types = np.count_nonzero(counts)
    if types == 0:
        return lower
    p: NDArray[np.float64] = (counts + types * lower) / (counts.sum() + types)
    return p


def _shifted(pieces: Sequence[Ids], steps: int, outside: int) -> Ids:
    """For every data point the id `steps` before it in its piece, or `outside`, which no context ever asks for."""
    columns = [np.full(min(steps, len(piece)), outside, np.uint16) for piece in pieces]
    parts = [part for start, piece in zip(columns, pieces, strict=True) for part in (start, piece[:-steps])]
    return np.concatenate([*parts, np.zeros(0, np.uint16)]).astype(np.uint16)
