"""Computes the output of `Recall` for all ids of a piece at once, and hides it at random in training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.architecture import ORDERS, Architecture
from musicgen_live.model.recall import INTERVALS, UNISON, interval_id


def with_recall(ids: NDArray[np.integer], classes: int, first: int) -> NDArray[np.int32]:
    """Return rows of (id, recalled id, length class), `(length, 3)`, for a piece's ids, `(length,)`.

    The function compares contexts by 64-bit polynomial hashes: with a million contexts, expect one false match in
    about thirty million runs.
    """
    rows = np.zeros((len(ids), 3), np.int32)
    rows[:, 0] = ids
    rows[:, 1] = classes
    remembered = np.flatnonzero(np.asarray(ids) >= first)
    music = np.asarray(ids)[remembered].astype(np.int64)
    codes = np.random.default_rng(0).integers(1, 2**64, classes, dtype=np.uint64)[music]
    hashes, power, factor = np.zeros(len(music), np.uint64), np.uint64(1), np.uint64(0x9E3779B97F4A7C15)
    hashed = 0
    for length_class, order in enumerate(ORDERS, start=1):
        if order > len(music):
            break
        with np.errstate(over="ignore"):
            for back in range(hashed, order):
                hashes[back:] += codes[: len(codes) - back] * power
                power *= factor
        hashed = order
        # A stable sort puts equal contexts side by side in order of time: the predecessor is the latest earlier one.
        by_hash = np.argsort(hashes[order - 1 :], kind="stable")
        ordered = hashes[order - 1 :][by_hash]
        again = np.flatnonzero(ordered[1:] == ordered[:-1])
        here, earlier = by_hash[again + 1] + order - 1, by_hash[again] + order - 1
        rows[remembered[here], 1] = music[earlier + 1]
        rows[remembered[here], 2] = length_class
    return rows


def with_interval_recall(ids: NDArray[np.integer], classes: int, first: int) -> NDArray[np.int32]:
    """Return rows of (recalled id, length class), `(length, 2)`, as `IntervalRecall` returns them for each id."""
    pitches = bar_tokens.ids_of("pitch")
    wide = np.asarray(ids).astype(np.int64)
    pitched = np.flatnonzero((wide >= pitches.start) & (wide < pitches.stop))
    compared, last = wide.copy(), np.zeros(len(wide), np.int64)
    compared[pitched[1:]] = interval_id(wide[pitched[1:]], wide[pitched[:-1]], classes)
    latest = np.searchsorted(pitched, np.arange(len(wide)), "right") - 1
    if len(pitched):
        last = np.where(latest >= 0, wide[pitched[latest]], 0)
    recalled, lengths = with_recall(compared, classes + INTERVALS, first)[:, 1:].T.astype(np.int64)
    is_interval = (recalled >= classes) & (recalled < classes + INTERVALS)
    moved = np.clip(last + recalled - classes - UNISON, pitches.start, pitches.stop - 1)
    recalled = np.where(is_interval, moved, np.minimum(recalled, classes))
    return np.column_stack([recalled, lengths]).astype(np.int32)


HIDDEN_RUN_IDS = (16, 256)
"""Range of the length of a run in which training shows or hides recall, in ids: half a bar to about six."""


def hide_runs(rows: NDArray[np.int32], classes: int, share: float, rng: np.random.Generator, columns: int = 3) -> None:
    """Hide recall in random runs of rows, in place; `share`, 0 to 1, is the probability for a run.

    The rows have pairs of (recalled id, length class) behind the id, up to `columns`.

    So the network learns to continue without recall too, which allows players less repetitive music.
    """
    lengths = rng.integers(HIDDEN_RUN_IDS[0], HIDDEN_RUN_IDS[1] + 1, len(rows) // HIDDEN_RUN_IDS[0] + 1)
    hidden = np.repeat(rng.random(len(lengths)) < share, lengths)[: len(rows)]
    for column in range(1, columns, 2):
        rows[hidden, column] = classes
        rows[hidden, column + 1] = 0


def readings(
    architecture: Architecture, ids: NDArray[np.integer], reference: tuple[NDArray[np.int32], ...] | None = None
) -> NDArray[np.int32]:
    """Return the input of a network for ids: the ids, `(length,)`, or a column more for each name it remembers.

    `reference` are the last two columns: the ids shown and the relations; without it nothing is shown.
    """
    if architecture.recall_from is None:
        return ids.astype(np.int32)
    rows = with_recall(ids, architecture.classes, architecture.recall_from)
    if architecture.intervals:
        rows = np.hstack([rows, with_interval_recall(ids, architecture.classes, architecture.recall_from)])
    if not architecture.reference:
        return rows
    nothing = (np.full(len(ids), architecture.classes, np.int32), np.zeros(len(ids), np.int32))
    return np.column_stack([rows, *(reference or nothing)])
