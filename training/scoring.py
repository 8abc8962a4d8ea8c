"""How well a network predicts whole pieces it has not seen, by the runtime that plays live."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.lstm import Floats, Network, predictor
from training.dataset import Ids


@dataclass(frozen=True)
class Score:
    """Means over data points: the loss in nats, and how often the right one was first, or among the first five."""

    data_points: int
    nats: float
    top1: float
    top5: float

    @property
    def bits(self) -> float:
        """The loss in bits a data point."""
        return self.nats / math.log(2)


def score(network: Network, pieces: Sequence[Ids], skip: int) -> Score:
    """Score every data point of each piece but its first `skip`, given all (or the last `window`) before it."""
    if network.architecture.mode == "carried":
        rows = _carried_rows(network, [piece for piece in pieces if len(piece) > skip], skip)
    else:
        rows = [_window_rows(network, piece, skip) for piece in pieces if len(piece) > skip]
    return summarise(np.concatenate(rows) if rows else np.zeros((0, 2)))


def summarise(rows: NDArray[np.floating]) -> Score:
    """From rows of (nats, rank of the right one from 0)."""
    if not len(rows):
        return Score(0, math.nan, math.nan, math.nan)
    nats, ranks = rows[:, 0], rows[:, 1]
    return Score(len(rows), float(nats.mean()), float((ranks < 1).mean()), float((ranks < 5).mean()))


def rows_of(logits: Floats, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """(nats, rank) of each label under its row of logits, in double precision."""
    wide = logits.astype(np.float64)
    right = wide[np.arange(len(labels)), labels]
    top = wide.max(axis=1)
    log_sum = top + np.log(np.exp(wide - top[:, None]).sum(axis=1))
    return np.stack([log_sum - right, ranks(wide, labels)], axis=1)


def ranks(scores: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many classes stand before each label, `(rows, classes)` to `(rows,)`.

    Of equal scores the lower id stands first, as argmax has it: a model that finds everything equally likely
    is not to be called right.
    """
    right = scores[np.arange(len(labels)), labels][:, None]
    lower = np.arange(scores.shape[1]) < labels[:, None]
    before: NDArray[np.int64] = ((scores > right) | ((scores == right) & lower)).sum(axis=1)
    return before


def _carried_rows(network: Network, pieces: Sequence[Ids], skip: int) -> list[NDArray[np.float64]]:
    """All pieces side by side, one row each; a piece that has ended reads on and is not looked at."""
    if not pieces:
        return []
    lengths = np.array([len(piece) for piece in pieces])
    ids = np.zeros((len(pieces), lengths.max()), np.int64)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece)] = piece
    state, rows = network.zero_state(len(pieces)), []
    for position in range(ids.shape[1] - 1):
        top = network.advance(state, ids[:, position])
        if position + 1 >= skip:
            active = np.flatnonzero(lengths > position + 1)
            rows.append(rows_of(network.logits(top[active]), ids[active, position + 1]))
    return rows


def _window_rows(network: Network, piece: Ids, skip: int) -> NDArray[np.float64]:
    exact = predictor(network)
    logits = np.stack([exact.step(int(token_id)) for token_id in piece[:-1]])
    return rows_of(logits[skip - 1 :], piece[skip:].astype(np.int64))
