"""Finds numbers in a sorted table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

ABSENT = -1
"""The index of a number that is not in the table."""


def indices_in(table: Numbers, numbers: Numbers) -> Numbers:
    """Return the index of every number in a sorted table without duplicates, or `ABSENT`."""
    if not len(table):
        return np.full(len(numbers), ABSENT)
    indices = np.minimum(table.searchsorted(numbers), len(table) - 1)
    return np.where(table[indices] == numbers, indices, ABSENT)
