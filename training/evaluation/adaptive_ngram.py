"""The n-gram with memory: static n-grams mixed with counts of the piece so far, the fair baseline of a network.

A network with recall reads how the piece went on before; plain n-grams know only the training pieces. This baseline
knows both. Its experts, each a distribution over all ids, are static n-grams of the orders 2, 4 and 6; the counts of
the piece itself in short and in long contexts, interpolated by Witten and Bell over a static n-gram; and a match model,
which expects what followed the latest equal context, with the confidence that such matches earned before (Mahoney
2005). A product of powers of the experts predicts the next id; the exponents follow its gradient online (Mattern 2012).
Nothing is ever learned from an id before it is predicted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from musicgen_live.model.architecture import LENGTH_CLASSES

from ..data.dataset import Ids
from ..data.recall import with_recall
from .ngram import Distributions, interpolate

STATIC_ORDERS = (2, 4, 6)
"""The orders of the static n-grams."""
SHORT_CONTEXTS, LONG_CONTEXTS = (0, 1, 2), (3, 4, 5, 6, 8, 11, 15)
"""Lengths of the contexts counted in the piece, in ids; the short ones over the lowest static order, the long ones and
the match model over the middle one."""
EXPERTS = len(STATIC_ORDERS) + 3
RATE = 0.02
STEEPEST = 5.0
"""The largest gradient of an exponent, in nats, so that one surprise does not overturn the weights."""
ROWS_AT_ONCE = 1024


def kinds_of_ids(encoding: str, classes: int) -> NDArray[np.int64]:
    """Return a number for the kind of every id, such as pitch or duration; 0 throughout in encodings without kinds."""
    kinds = np.zeros(classes, np.int64)
    if encoding in BAR_ENCODINGS:
        for number, kind in enumerate(("bar", "position", "velocity", "pitch", "duration", "end"), start=1):
            ids = bar_tokens.ids_of(kind)
            kinds[ids.start : ids.stop] = number
    return kinds


class AdaptiveNGram:
    """Predicts the ids of pieces, in their order, from the static n-grams of training pieces and the piece so far.

    The exponents carry over from piece to piece, a set for each length of match and kind of the latest id.
    """

    def __init__(self, pieces: Sequence[Ids], skips: Sequence[int], kinds: NDArray[np.int64]) -> None:
        """Prepare to predict every id of the pieces but the first `skips` of each, at least 1.

        `kinds` has the number of the kind of every id.
        """
        classes, kind_count = len(kinds), int(kinds.max(initial=0)) + 1
        self._labels = _joined([piece[skip:] for piece, skip in zip(pieces, skips, strict=True)])
        before = [piece[skip - 1 : -1] for piece, skip in zip(pieces, skips, strict=True)]
        recalled = [
            with_recall(piece, classes, 0)[skip - 1 : -1, 1:] for piece, skip in zip(pieces, skips, strict=True)
        ]
        matches = np.concatenate([*recalled, np.zeros((0, 2), np.int32)]).astype(np.int64)
        self._matched, lengths = matches.T
        self._sets = lengths * kind_count + kinds[_joined(before)]
        self._has_match = lengths > 0
        self._confidence = _shares_so_far(self._matched == self._labels, self._has_match, self._sets)
        self._followers = _followers(pieces, skips)
        self._exponents = np.full((LENGTH_CLASSES * kind_count, EXPERTS), 1 / EXPERTS)
        self._next = 0

    def distributions(self, statics: Sequence[Distributions]) -> Distributions:
        """Return the distributions of the next ids, `(ids, classes)`, given those of the static n-grams.

        Each call goes on where the one before ended.
        """
        result = np.empty_like(statics[0])
        for first in range(0, len(result), ROWS_AT_ONCE):
            rows = slice(first, min(first + ROWS_AT_ONCE, len(result)))
            self._mix(np.log(self._experts([p[rows] for p in statics])), result[rows])
        return result

    def _experts(self, statics: Sequence[Distributions]) -> NDArray[np.float64]:
        """Return the distributions of all experts for the next ids, `(ids, experts, classes)`."""
        short, base = statics[0].copy(), statics[1].copy()
        count = len(base)
        found = [next(self._followers) for _ in range(count)]
        for place in range(len(SHORT_CONTEXTS) + len(LONG_CONTEXTS)):
            counts = [of_context[place] for of_context in found]
            types = np.array([len(row) for row in counts], np.int64)
            ids = np.fromiter((i for row in counts for i in row), np.int64)
            occurrences = np.fromiter((n for row in counts for n in row.values()), np.int64)
            interpolate(short if place < len(SHORT_CONTEXTS) else base, types, ids, occurrences)
        match = statics[1].copy()
        tokens = slice(self._next, self._next + count)
        rows = np.flatnonzero(self._has_match[tokens])
        matched, confidence = self._matched[tokens][rows], self._confidence[tokens][rows]
        match[rows] *= ((1 - confidence) / np.maximum(1e-9, 1 - match[rows, matched]))[:, None]
        match[rows, matched] = confidence
        return np.stack([*statics, short, base, match], axis=1)

    def _mix(self, logs: NDArray[np.float64], out: Distributions) -> None:
        """Write the products of powers of the experts' distributions, given as logarithms, and learn from each id."""
        for row, of_experts in enumerate(logs):
            exponents = self._exponents[self._sets[self._next]]
            scores = exponents @ of_experts
            p = np.exp(scores - scores.max())
            p /= p.sum()
            out[row] = p
            gradient = of_experts[:, self._labels[self._next]] - of_experts @ p
            exponents += RATE * np.clip(gradient, -STEEPEST, STEEPEST)
            self._next += 1


def _followers(pieces: Sequence[Ids], skips: Sequence[int]) -> Iterator[list[dict[int, int]]]:
    """Yield for every id to predict, and each length of context, the counts of ids that followed it in the piece."""
    nothing: dict[int, int] = {}
    lengths = (*SHORT_CONTEXTS, *LONG_CONTEXTS)
    for piece, skip in zip(pieces, skips, strict=True):
        ids = piece.tolist()
        counts: list[dict[tuple[int, ...], dict[int, int]]] = [defaultdict(dict) for _ in lengths]
        for at, token_id in enumerate(ids):
            contexts = [tuple(ids[at - length : at]) if length <= at else None for length in lengths]
            if at >= skip:
                # Copies, as the caller reads them after the counts have changed.
                yield [
                    nothing if context is None else of_length.get(context, nothing).copy()
                    for context, of_length in zip(contexts, counts, strict=True)
                ]
            for context, of_length in zip(contexts, counts, strict=True):
                if context is not None:
                    row = of_length[context]
                    row[token_id] = row.get(token_id, 0) + 1


def _shares_so_far(
    hits: NDArray[np.bool_], counted: NDArray[np.bool_], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each element the share of hits among the earlier counted ones of its group, at first a half."""
    order = np.argsort(groups, kind="stable")
    hit, seen = (hits & counted)[order].astype(np.int64), counted[order].astype(np.int64)
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    sizes = np.diff([*starts, len(order)])
    shares = np.empty(len(order))
    hits_before, seen_before = np.cumsum(hit) - hit, np.cumsum(seen) - seen
    hits_before -= np.repeat(hits_before[starts], sizes)
    seen_before -= np.repeat(seen_before[starts], sizes)
    shares[order] = (hits_before + 0.5) / (seen_before + 1)
    return shares


def _joined(parts: Sequence[Ids]) -> NDArray[np.int64]:
    return np.concatenate([*parts, np.zeros(0, np.int64)]).astype(np.int64)
