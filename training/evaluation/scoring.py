"""Scores a network's predictions of whole pieces, with the NumPy runtime that plays live."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.lstm import Network, predictor
from musicgen_live.model.state import Floats
from training.data.dataset import Ids
from training.data.recall import readings

Rows = NDArray[np.float64]
"""A row per token: (nats, rank of the right token from 0), and with masks the same two under the mask."""

Masks = NDArray[np.bool_]
"""The allowed classes for each scored token of a piece, `(tokens, classes)`."""


@dataclass(frozen=True)
class Score:
    """Means over tokens: the loss in nats, and the top-1 and top-5 accuracy, 0 to 1.

    `notes` is the number of tokens that are pitches of notes; 0 if the encoding has no such tokens.
    """

    tokens: int
    nats: float
    top1: float
    top5: float
    notes: int = 0

    @property
    def bits(self) -> float:
        """The loss in bits per token."""
        return self.nats / math.log(2)

    @property
    def nats_per_note(self) -> float:
        """Sum of the nats of all tokens, bars and positions too, over the number of notes; NaN without notes."""
        return self.nats * self.tokens / self.notes if self.notes else math.nan


def score(network: Network, pieces: Sequence[Ids], skip: int) -> Score:
    """Score every token of each piece except the first `skip`, given all (or the last `window`) tokens before it."""
    rows = piece_rows(network, pieces, skip)
    return summarise(np.concatenate([*rows, np.zeros((0, 2))]))


def summarise(rows: NDArray[np.floating], notes: int = 0) -> Score:
    """Return the score of rows of (nats, rank of the right token from 0), `notes` of which are notes."""
    if not len(rows):
        return Score(0, math.nan, math.nan, math.nan)
    nats, ranks = rows[:, 0], rows[:, 1]
    return Score(len(rows), float(nats.mean()), float((ranks < 1).mean()), float((ranks < 5).mean()), notes)


def piece_rows(network: Network, pieces: Sequence[Ids], skip: int, masks: Sequence[Masks] | None = None) -> list[Rows]:
    """Return the rows of each piece: of all its tokens except the first `skip`, which is at least 1."""
    rows = [np.zeros((max(0, len(piece) - skip), 4 if masks else 2)) for piece in pieces]
    reader = _carried_logits if network.architecture.mode == "carried" else _window_logits
    for numbers, position, logits in reader(network, pieces, skip):
        labels = np.array([pieces[number][position] for number in numbers], np.int64)
        found = rows_of(logits, labels)
        if masks:
            allowed = np.stack([masks[number][position - skip] for number in numbers])
            found = np.hstack([found, rows_of(np.where(allowed, logits, -np.inf), labels)])
        for number, row in zip(numbers, found, strict=True):
            rows[number][position - skip] = row
    return rows


def rows_of(logits: Floats, labels: NDArray[np.integer]) -> Rows:
    """Return (nats, rank) of each label under its row of logits, in double precision."""
    wide = logits.astype(np.float64)
    right = wide[np.arange(len(labels)), labels]
    top = wide.max(axis=1)
    log_sum = top + np.log(np.exp(wide - top[:, None]).sum(axis=1))
    return np.stack([log_sum - right, ranks(wide, labels)], axis=1)


def rows_of_probabilities(p: NDArray[np.float64], labels: NDArray[np.integer]) -> Rows:
    """Return (nats, rank) of each label under its row of probabilities, which need not sum to 1."""
    right = p[np.arange(len(labels)), labels]
    return np.stack([np.log(p.sum(axis=1)) - np.log(right), ranks(p, labels)], axis=1)


def ranks(scores: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the rank of each label from 0, `(rows, classes)` to `(rows,)`.

    Among equal scores the lower id ranks first, as in argmax: otherwise a model that gives all classes the same
    probability would count as right.
    """
    right = scores[np.arange(len(labels)), labels][:, None]
    lower = np.arange(scores.shape[1]) < labels[:, None]
    before: NDArray[np.int64] = ((scores > right) | ((scores == right) & lower)).sum(axis=1)
    return before


_Logits = Iterator[tuple[Sequence[int], int, Floats]]
"""Numbers of some pieces, a position, and the logits for that position in each of these pieces."""


def _carried_logits(network: Network, pieces: Sequence[Ids], skip: int) -> _Logits:
    """Read all pieces in parallel, one row each, the longest first, so that finished pieces are the last rows."""
    order = sorted(range(len(pieces)), key=lambda number: -len(pieces[number]))
    lengths = np.array([len(pieces[number]) for number in order], np.int64)
    # Columns: the id, and the two inputs of recall if the network has it.
    ids = np.zeros((len(order), lengths.max(initial=1), 1 + len(network.recall_tables)), np.int64)
    for row, number in enumerate(order):
        ids[row, : lengths[row]] = readings(network.architecture, pieces[number]).reshape(lengths[row], -1)
    state = network.zero_state(len(order))
    for position in range(1, ids.shape[1]):
        active = int((lengths > position).sum())
        read, *recalled = ids[:active, position - 1].T
        top = network.advance(state.first(active), read, recalled)
        if position >= skip:
            yield order[:active], position, network.logits(top)


def _window_logits(network: Network, pieces: Sequence[Ids], skip: int) -> _Logits:
    for number, piece in enumerate(pieces):
        exact = predictor(network)
        for position, token_id in enumerate(piece[:-1].tolist(), start=1):
            logits = exact.step(token_id)
            if position >= skip:
                yield [number], position, logits[None]
