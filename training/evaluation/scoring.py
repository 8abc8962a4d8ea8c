"""How well a network predicts whole pieces it has not seen, by the runtime that plays live."""

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
"""A row a data point: (nats, rank of the right one from 0), and where masks were given the same two under the mask."""

Masks = NDArray[np.bool_]
"""For each data point of a piece that is scored, the classes that may stand there, `(data points, classes)`."""


@dataclass(frozen=True)
class Score:
    """Means over data points: the loss in nats, and how often the right one was first, or among the first five.

    `notes` is how many of the data points were pitches of notes; 0 where the encoding has no such thing.
    """

    tokens: int
    nats: float
    top1: float
    top5: float
    notes: int = 0

    @property
    def bits(self) -> float:
        """The loss in bits a data point."""
        return self.nats / math.log(2)

    @property
    def nats_per_note(self) -> float:
        """All nats, those of bars and positions too, over the number of notes; not a number without notes."""
        return self.nats * self.tokens / self.notes if self.notes else math.nan


def score(network: Network, pieces: Sequence[Ids], skip: int) -> Score:
    """Score every data point of each piece but its first `skip`, given all (or the last `window`) before it."""
    rows = piece_rows(network, pieces, skip)
    return summarise(np.concatenate([*rows, np.zeros((0, 2))]))


def summarise(rows: NDArray[np.floating], notes: int = 0) -> Score:
    """From rows of (nats, rank of the right one from 0), of which some are notes."""
    if not len(rows):
        return Score(0, math.nan, math.nan, math.nan)
    nats, ranks = rows[:, 0], rows[:, 1]
    return Score(len(rows), float(nats.mean()), float((ranks < 1).mean()), float((ranks < 5).mean()), notes)


def piece_rows(network: Network, pieces: Sequence[Ids], skip: int, masks: Sequence[Masks] | None = None) -> list[Rows]:
    """The rows of each piece: of all its data points but the first `skip`, at least one."""
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
    """(nats, rank) of each label under its row of logits, in double precision."""
    wide = logits.astype(np.float64)
    right = wide[np.arange(len(labels)), labels]
    top = wide.max(axis=1)
    log_sum = top + np.log(np.exp(wide - top[:, None]).sum(axis=1))
    return np.stack([log_sum - right, ranks(wide, labels)], axis=1)


def rows_of_probabilities(p: NDArray[np.float64], labels: NDArray[np.integer]) -> Rows:
    """(nats, rank) of each label under its row of probabilities, of any sum."""
    right = p[np.arange(len(labels)), labels]
    return np.stack([np.log(p.sum(axis=1)) - np.log(right), ranks(p, labels)], axis=1)


def ranks(scores: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many classes stand before each label, `(rows, classes)` to `(rows,)`.

    Of equal scores the lower id stands first, as argmax has it: a model that finds everything equally likely
    is not to be called right.
    """
    right = scores[np.arange(len(labels)), labels][:, None]
    lower = np.arange(scores.shape[1]) < labels[:, None]
    before: NDArray[np.int64] = ((scores > right) | ((scores == right) & lower)).sum(axis=1)
    return before


_Read = Iterator[tuple[Sequence[int], int, Floats]]
"""The numbers of some pieces, a position, and the logits for that position in each of them."""


def _carried_logits(network: Network, pieces: Sequence[Ids], skip: int) -> _Read:
    """All pieces side by side, one row each, the longest first, so that those which have ended are the last rows."""
    order = sorted(range(len(pieces)), key=lambda number: -len(pieces[number]))
    lengths = np.array([len(pieces[number]) for number in order], np.int64)
    # Columns: the id, and what a network with recall reads beside it.
    ids = np.zeros((len(order), lengths.max(initial=1), 1 + len(network.recall_tables)), np.int64)
    for row, number in enumerate(order):
        ids[row, : lengths[row]] = readings(network.architecture, pieces[number]).reshape(lengths[row], -1)
    state = network.zero_state(len(order))
    for position in range(1, ids.shape[1]):
        going = int((lengths > position).sum())
        read, *recalled = ids[:going, position - 1].T
        top = network.advance(state.first(going), read, recalled)
        if position >= skip:
            yield order[:going], position, network.logits(top)


def _window_logits(network: Network, pieces: Sequence[Ids], skip: int) -> _Read:
    for number, piece in enumerate(pieces):
        exact = predictor(network)
        for position, token_id in enumerate(piece[:-1].tolist(), start=1):
            logits = exact.step(token_id)
            if position >= skip:
                yield [number], position, logits[None]
