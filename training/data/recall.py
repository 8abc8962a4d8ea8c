"""What `Recall` says at every id of a piece, all at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import Architecture
from musicgen_live.model.recall import ORDERS


def with_recall(ids: NDArray[np.integer], classes: int, first: int) -> NDArray[np.int32]:
    """A piece's ids, `(length,)`, to rows of id, recalled id and length class, `(length, 3)`.

    Contexts are compared by 64-bit polynomial hashes: of a million contexts, one false match is to be expected in
    about thirty million runs.
    """
    rows = np.zeros((len(ids), 3), np.int32)
    rows[:, 0] = ids
    rows[:, 1] = classes
    remembered = np.flatnonzero(np.asarray(ids) >= first)
    music = np.asarray(ids)[remembered].astype(np.int64)
    codes = np.random.default_rng(0).integers(1, 2**64, classes, dtype=np.uint64)[music]
    hashes, power, factor = np.zeros(len(music), np.uint64), np.uint64(1), np.uint64(0x9E3779B97F4A7C15)
    taken = 0
    for length_class, order in enumerate(ORDERS, start=1):
        if order > len(music):
            break
        with np.errstate(over="ignore"):
            for back in range(taken, order):
                hashes[back:] += codes[: len(codes) - back] * power
                power *= factor
        taken = order
        # A stable sort puts equal contexts side by side in order of time: the one before is the latest earlier one.
        by_hash = np.argsort(hashes[order - 1 :], kind="stable")
        ordered = hashes[order - 1 :][by_hash]
        again = np.flatnonzero(ordered[1:] == ordered[:-1])
        here, earlier = by_hash[again + 1] + order - 1, by_hash[again] + order - 1
        rows[remembered[here], 1] = music[earlier + 1]
        rows[remembered[here], 2] = length_class
    return rows


HIDDEN_RUN_IDS = (16, 256)
"""For how many ids in a row training shows recall or hides it: half a bar to about six."""


def hide_runs(rows: NDArray[np.int32], classes: int, share: float, rng: np.random.Generator) -> None:
    """Hide recall from runs of rows of `with_recall`, in place; `share`, 0 to 1, is the probability of each run.

    So a network learns to go on without it too, and a player can have music that repeats itself less.
    """
    lengths = rng.integers(HIDDEN_RUN_IDS[0], HIDDEN_RUN_IDS[1] + 1, len(rows) // HIDDEN_RUN_IDS[0] + 1)
    hidden = np.repeat(rng.random(len(lengths)) < share, lengths)[: len(rows)]
    rows[hidden, 1] = classes
    rows[hidden, 2] = 0


def readings(architecture: Architecture, ids: NDArray[np.integer]) -> NDArray[np.int32]:
    """What a network that is fed ids reads at each: the ids, `(length,)`, or with recall rows of three."""
    if architecture.recall_from is None:
        return ids.astype(np.int32)
    return with_recall(ids, architecture.classes, architecture.recall_from)
