"""What is due besides the notes to come: releases that are owed, clicks, and notes that came when it was late."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from musicgen_live.music.notes import Note
from musicgen_live.player.count_in import Click

# In the order in which they are due at one tick: releases first, so that a repeated note is struck anew.
NOTE_END, NOTE_START = 0, 1


class EventQueue:
    """Entries by tick, those of a tick releases first, then as they were put."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, Note | Click]] = []
        self._count = 0

    @property
    def next_tick(self) -> int | None:
        """When something is due next."""
        return self._entries[0][0] if self._entries else None

    def put(self, tick: int, kind: int, what: Note | Click) -> None:
        """Put a strike or a release down for a tick."""
        self._count += 1
        heapq.heappush(self._entries, (tick, kind, self._count, what))

    def pop(self) -> tuple[int, Note | Click]:
        """The next entry, as its kind and what it is about."""
        _, kind, _, what = heapq.heappop(self._entries)
        return kind, what

    def keep(self, is_kept: Callable[[int, Note | Click], bool]) -> None:
        """Forget the entries of which this is not so."""
        self._entries = [entry for entry in self._entries if is_kept(entry[1], entry[3])]
        heapq.heapify(self._entries)

    def open_clicks(self) -> list[Click]:
        """The clicks that have been struck and not released."""
        return [what for _, kind, _, what in self._entries if kind == NOTE_END and isinstance(what, Click)]
