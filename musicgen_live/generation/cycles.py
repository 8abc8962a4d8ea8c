"""Finds cycles in a sequence of ids: runs of ids that play again right behind themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LONGEST_CYCLE = 128
"""The longest cycle, in ids, that is looked for."""

Numbers = NDArray[np.int64]
_NONE: Numbers = np.zeros(0, np.int64)


class Cycles:
    """Counts for every length up to `LONGEST_CYCLE` how many of the latest ids equal the id that length before.

    A count of twice the length means that the cycle has played three times.
    """

    def __init__(self) -> None:
        self.before = self.counts = _NONE
        """By length, from 1: the id that length before the next one, and the count. Never changed in place."""

    @classmethod
    def after(cls, token_ids: Sequence[int]) -> Cycles:
        """Return the state after a sequence of ids, which took `advance` 10 ms for the 32 bars that a guard needs."""
        cycles = cls()
        latest_first = np.array(token_ids[::-1], np.int64)
        cycles.before = latest_first[:LONGEST_CYCLE]
        cycles.counts = np.zeros(len(cycles.before), np.int64)
        for length in 1 + (latest_first[1 : LONGEST_CYCLE + 1] == latest_first[:1]).nonzero()[0]:
            differs = np.append(latest_first[length:] != latest_first[:-length], True)
            cycles.counts[length - 1] = differs.argmax()
        return cycles

    @property
    def lengths(self) -> Numbers:
        """The lengths that are possible so far, from 1."""
        return np.arange(1, len(self.before) + 1)

    def advance(self, token_id: int) -> None:
        """Follow an id."""
        counts = np.where(self.before == token_id, self.counts + 1, 0)
        self.counts = np.concatenate([counts, [0]])[:LONGEST_CYCLE]
        self.before = np.concatenate([[token_id], self.before])[:LONGEST_CYCLE]

    def snapshot(self) -> tuple[Numbers, Numbers]:
        """Return the state."""
        return self.before, self.counts

    def restore(self, state: tuple[Numbers, Numbers]) -> None:
        """Return to a state."""
        self.before, self.counts = state
