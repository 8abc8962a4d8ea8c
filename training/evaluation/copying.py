"""Finds the longest note-for-note copies of other music in a passage, in any key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from .lookup import ABSENT, Numbers, indices_in
from .passages import Passage

PIECES_AT_ONCE = 500
"""Half a million notes, which take 50 MB."""


def longest_copies(music: Iterable[Passage], passages: Sequence[Passage]) -> list[int]:
    """Return for each passage the length in notes of its longest run that occurs in `music`, transposed or not.

    Two runs are equal if their durations, the times between onsets and the intervals are equal; the position in the
    bar and the velocity do not matter. A single note occurs everywhere, so a passage with notes has at least 1.

    The search is exact. It extends runs by one note at a time and keeps only the positions of the music that still
    match a passage, so a million notes take about a second. It reads `music` in parts, as no run goes from one piece
    to the next.
    """
    longest = [min(1, len(passage.pitches)) for passage in passages]
    pieces = iter(music)
    while some := list(islice(pieces, PIECES_AT_ONCE)):
        longest = [max(both) for both in zip(longest, _longest_copies(some, passages), strict=True)]
    return longest


def _longest_copies(music: Iterable[Passage], passages: Sequence[Passage]) -> list[int]:
    query, owners = _joined(_links(passage) for passage in passages)
    corpus, _ = _joined(_links(passage) for passage in music)
    longest = [min(1, len(passage.pitches)) for passage in passages]
    query, corpus = _renumbered(query, corpus)
    query_starts, corpus_starts = np.flatnonzero(query >= 0), np.flatnonzero(corpus >= 0)
    query_runs, corpus_runs = query[query_starts], corpus[corpus_starts]
    symbols = int(max(query.max(initial=0), corpus.max(initial=0))) + 1
    notes = 2
    while len(query_starts):
        for owner in np.unique(owners[query_starts]).tolist():
            longest[owner] = notes
        # The end mark of every piece is ABSENT, like symbols that only one side has, and so ends a run.
        query_next, corpus_next = query[query_starts + notes - 1], corpus[corpus_starts + notes - 1]
        query_extended = np.where(query_next >= 0, query_runs * symbols + query_next, ABSENT)
        corpus_extended = np.where(corpus_next >= 0, corpus_runs * symbols + corpus_next, ABSENT)
        query_runs, corpus_runs = _renumbered(query_extended, corpus_extended)
        query_starts, query_runs = query_starts[query_runs >= 0], query_runs[query_runs >= 0]
        corpus_starts, corpus_runs = corpus_starts[corpus_runs >= 0], corpus_runs[corpus_runs >= 0]
        notes += 1
    return longest


def _links(passage: Passage) -> Numbers:
    """Encode each pair of successive notes, `(notes - 1,)`, as a number: durations, time and interval between them."""
    durations = passage.durations
    steps = np.diff(passage.onsets)
    # Durations are below 2**10 units, intervals within +-127; the other bits of the 63 are for the time.
    links: Numbers = ((steps << 10 | durations[:-1]) << 10 | durations[1:]) << 8 | (np.diff(passage.pitches) + 128)
    return links


def _joined(rows: Iterable[Numbers]) -> tuple[Numbers, Numbers]:
    """Join rows with an end mark after each; return them with the row number of each symbol."""
    parts = [np.append(row, ABSENT) for row in rows]
    owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate([*parts, np.zeros(0, np.int64)]), owners


def _renumbered(one: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """Replace the symbols that both sides share by numbers from 0, and all others by `ABSENT`."""
    shared = np.intersect1d(one, other)
    shared = shared[shared != ABSENT]
    return indices_in(shared, one), indices_in(shared, other)
