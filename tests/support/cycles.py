"""How often sequences repeat themselves: what tests of the loop guard measure with."""

from __future__ import annotations

from collections.abc import Sequence


def most_rounds(ids: Sequence[int]) -> int:
    """The most times in a row that any cycle stands in `ids`; 1 where nothing repeats at once."""
    most = 1
    for length in range(1, len(ids) // 2 + 1):
        run = 0
        for i in range(length, len(ids)):
            run = run + 1 if ids[i] == ids[i - length] else 0
            most = max(most, 1 + run // length)
    return most
