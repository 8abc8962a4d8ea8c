"""Counts immediate repetitions in sequences, for tests of the repetition guard."""

from __future__ import annotations

from collections.abc import Sequence


def most_rounds(ids: Sequence[int]) -> int:
    """Return the greatest number of times in a row that any cycle occurs in `ids`; 1 without repetition."""
    most = 1
    for length in range(1, len(ids) // 2 + 1):
        run = 0
        for i in range(length, len(ids)):
            run = run + 1 if ids[i] == ids[i - length] else 0
            most = max(most, 1 + run // length)
    return most
