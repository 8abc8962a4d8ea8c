"""How much of a passage stands note for note in other music, in whatever key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.passages import Passage

Symbols = NDArray[np.int64]

_OUTSIDE = -1


def longest_copies(music: Iterable[Passage], passages: Sequence[Passage]) -> list[int]:
    """For each passage the longest run of its notes that stands in `music`, transposed or not, in notes.

    Two runs are the same if their durations, the times from onset to onset and the intervals are; where in the bar
    they lie, and how loud they are, plays no part. A single note stands everywhere, so 1 is the least where there
    are notes.

    Exact: runs grow by one note at a time, and of the music only the places stay that still agree with some passage,
    so a million notes take about a second.
    """
    sought, owners = _joined(_links(passage) for passage in passages)
    there, _ = _joined(_links(passage) for passage in music)
    longest = [min(1, len(passage.pitches)) for passage in passages]
    sought, there = _named(sought, there)
    sought_at, there_at = np.flatnonzero(sought >= 0), np.flatnonzero(there >= 0)
    runs, runs_there = sought[sought_at], there[there_at]
    symbols = int(max(sought.max(initial=0), there.max(initial=0))) + 1
    notes = 2
    while len(sought_at):
        for owner in np.unique(owners[sought_at]).tolist():
            longest[owner] = notes
        # The mark behind every piece ends a run: it is outside, like all that only one side has.
        nexts, nexts_there = sought[sought_at + notes - 1], there[there_at + notes - 1]
        grown = np.where(nexts >= 0, runs * symbols + nexts, _OUTSIDE)
        grown_there = np.where(nexts_there >= 0, runs_there * symbols + nexts_there, _OUTSIDE)
        runs, runs_there = _named(grown, grown_there)
        sought_at, runs = sought_at[runs >= 0], runs[runs >= 0]
        there_at, runs_there = there_at[runs_there >= 0], runs_there[runs_there >= 0]
        notes += 1
    return longest


def _links(passage: Passage) -> Symbols:
    """A number for every two notes in a row, `(notes - 1,)`: both durations, the time and the interval between them."""
    durations = passage.durations
    steps = np.diff(passage.onsets)
    # Durations are below 2**10 units, intervals within +-127; what is left of 63 bits is for the time.
    links: Symbols = ((steps << 10 | durations[:-1]) << 10 | durations[1:]) << 8 | (np.diff(passage.pitches) + 128)
    return links


def _joined(rows: Iterable[Symbols]) -> tuple[Symbols, NDArray[np.int64]]:
    """All rows with a mark behind each, and the number of the row that each symbol comes from."""
    parts = [np.append(row, _OUTSIDE) for row in rows]
    owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate([*parts, np.zeros(0, np.int64)]), owners


def _named(one: Symbols, other: Symbols) -> tuple[Symbols, Symbols]:
    """Both with the symbols that they share numbered from 0, and `_OUTSIDE` for all others."""
    shared = np.intersect1d(one, other)
    shared = shared[shared != _OUTSIDE]
    return _places(one, shared), _places(other, shared)


def _places(symbols: Symbols, names: Symbols) -> Symbols:
    if not len(names):
        return np.full(len(symbols), _OUTSIDE)
    places = np.minimum(names.searchsorted(symbols), len(names) - 1)
    return np.where(names[places] == symbols, places, _OUTSIDE)
