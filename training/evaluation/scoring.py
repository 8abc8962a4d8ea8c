"""Scores a network's predictions of whole pieces, with the NumPy runtime that plays live."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import predictor
from musicgen_live.model.state import Floats, State

from ..data.dataset import Ids
from ..data.recall import readings

Rows = NDArray[np.float64]
"""A row per token: (nats, rank of the right token from 0), and with masks the same two under the mask."""

Masks = Iterable[NDArray[np.bool_]]
"""The allowed classes for each scored token of a piece, `(classes,)` each, which may be made as they are read."""

ROWS = 64
"""Pieces read in parallel, each in a row of the network's state."""


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
    sums, tokens = np.zeros(3), 0
    for _, rows in _scored(network, pieces, skip):
        sums += rows[:, 0].sum(), (rows[:, 1] < 1).sum(), (rows[:, 1] < 5).sum()
        tokens += len(rows)
    if not tokens:
        return summarise(np.zeros((0, 2)))
    nats, top1, top5 = (sums / tokens).tolist()
    return Score(tokens, nats, top1, top5)


def summarise(rows: NDArray[np.floating], notes: int = 0) -> Score:
    """Return the score of rows of (nats, rank of the right token from 0), `notes` of which are notes."""
    if not len(rows):
        return Score(0, math.nan, math.nan, math.nan)
    nats, ranks = rows[:, 0], rows[:, 1]
    return Score(len(rows), float(nats.mean()), float((ranks < 1).mean()), float((ranks < 5).mean()), notes)


def piece_rows(network: Network, pieces: Sequence[Ids], skip: int, masks: Sequence[Masks] | None = None) -> list[Rows]:
    """Return the rows of each piece: of all its tokens except the first `skip`, which is at least 1."""
    rows = [np.zeros((0, 4 if masks else 2))] * len(pieces)
    for number, of_piece in _scored(network, pieces, skip, masks):
        rows[number] = of_piece
    return rows


def _scored(
    network: Network, pieces: Sequence[Ids], skip: int, masks: Sequence[Masks] | None = None
) -> Iterator[tuple[int, Rows]]:
    """Yield the number and the rows of each piece with more than `skip` ids, as soon as it was read."""
    reader = _carried_logits if network.architecture.mode == "carried" else _window_logits
    rows: dict[int, Rows] = {}
    allowed: dict[int, Iterator[NDArray[np.bool_]]] = {}
    for numbers, positions, logits in reader(network, pieces, skip):
        labels = np.array([pieces[n][at] for n, at in zip(numbers, positions, strict=True)], np.int64)
        for number in numbers:
            if number not in rows:
                rows[number] = np.zeros((len(pieces[number]) - skip, 4 if masks else 2))
                allowed[number] = iter(masks[number] if masks else ())
        found = rows_of(logits, labels)
        if masks:
            masked = np.where(np.stack([next(allowed[number]) for number in numbers]), logits, -np.inf)
            found = np.hstack([found, rows_of(masked, labels)])
        for number, at, row in zip(numbers, positions, found, strict=True):
            rows[number][at - skip] = row
            if at == len(pieces[number]) - 1:
                del allowed[number]
                yield number, rows.pop(number)


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


_Logits = Iterator[tuple[Sequence[int], Sequence[int], Floats]]
"""Numbers of some pieces, a position in each, and the logits for it."""


@dataclass
class _Row:
    """A piece that is being read."""

    number: int
    readings: NDArray[np.int32]
    """Of all ids but the last, `(ids, columns)`."""
    read: int = 0

    @property
    def left(self) -> int:
        return len(self.readings) - self.read


def _carried_logits(network: Network, pieces: Sequence[Ids], skip: int) -> _Logits:
    """Read `ROWS` pieces in parallel; the row of one that has ended goes on with the next, the longest first.

    So nothing is padded, and memory is that of as many pieces, however many there are and however long the longest.
    """
    waiting = [number for number, piece in enumerate(pieces) if len(piece) > skip]
    waiting.sort(key=lambda number: len(pieces[number]))
    state = network.zero_state(min(ROWS, len(waiting)))
    rows: list[_Row] = []
    while waiting or rows:
        while waiting and len(rows) < ROWS:
            number = waiting.pop()
            rows.append(
                _Row(number, readings(network.architecture, pieces[number])[:-1].reshape(len(pieces[number]) - 1, -1))
            )
            state.clear(len(rows) - 1)
        yield from _read_until_one_ends(network, state.first(len(rows)), rows, skip)
        for at in range(len(rows) - 1, -1, -1):
            if not rows[at].left:
                state.move(len(rows) - 1, at)
                rows[at] = rows[-1]
                rows.pop()


def _read_until_one_ends(network: Network, state: State, rows: Sequence[_Row], skip: int) -> _Logits:
    """Read on in all rows, until the shortest of the rests is read."""
    count = min(row.left for row in rows)
    block = np.stack([row.readings[row.read : row.read + count] for row in rows]).transpose(1, 2, 0)
    numbers, read = np.array([row.number for row in rows]), np.array([row.read for row in rows])
    for row in rows:
        row.read += count
    for step, (ids, *recalled) in enumerate(block, start=1):
        top = network.advance(state, ids, recalled)
        positions = read + step
        scored = np.flatnonzero(positions >= skip)
        if len(scored):
            yield numbers[scored].tolist(), positions[scored].tolist(), network.logits(top[scored])


def _window_logits(network: Network, pieces: Sequence[Ids], skip: int) -> _Logits:
    for number, piece in enumerate(pieces):
        exact = predictor(network)
        for position, token_id in enumerate(piece[:-1].tolist(), start=1):
            logits = exact.step(token_id)
            if position >= skip:
                yield [number], [position], logits[None]
