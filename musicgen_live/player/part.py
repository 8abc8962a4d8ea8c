"""The notes to be played, in order, and which of them comes next. Knows ticks, no time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from musicgen_live.music.notes import Note


class FedNotes:
    """All notes that were fed. They stay, so that music which begins again is there at once."""

    def __init__(self, from_tick: int = 0) -> None:
        """Nothing before `from_tick` is to be played."""
        self._notes: list[Note] = []
        self._next = 0
        self._from_tick = from_tick
        self._played_until = from_tick
        """Behind the last note that was taken."""

    @property
    def next_tick(self) -> int | None:
        """When the next note begins."""
        return self._notes[self._next].start_tick if self._next < len(self._notes) else None

    def add(self, note: Note) -> bool:
        """Put a note in its place; False if the part has gone past that and the note has still to be played."""
        index = bisect_right(self._notes, note.start_tick, key=lambda known: known.start_tick)
        self._notes.insert(index, note)
        if note.start_tick < self._from_tick:
            self._next += 1
            return True
        if index < self._next:
            self._next += 1
            return False
        return True

    def take(self, tick: int) -> list[Note]:
        """The notes that begin at `tick`, the next one's, and go past them."""
        first = self._next
        while self.next_tick == tick:
            self._next += 1
        if first < self._next:
            self._played_until = tick + 1
        return self._notes[first : self._next]

    def cut(self, tick: int, past_tick: int = 0) -> list[Note]:
        """Forget what begins at `tick` or later, played or not; returns it.

        What comes in its place before `past_tick`, or no later than what was played of it, is not to be played.
        """
        if tick < (past_tick := max(past_tick, self._played_until)):
            self._from_tick = max(self._from_tick, past_tick)
        index = bisect_left(self._notes, tick, key=lambda known: known.start_tick)
        forgotten = self._notes[index:]
        del self._notes[index:]
        self._next = min(self._next, index)
        return forgotten

    def jump(self, tick: int) -> None:
        """Go on with what begins at `tick` or later; what is before is left out."""
        self._from_tick = self._played_until = tick
        self._next = bisect_left(self._notes, tick, key=lambda known: known.start_tick)
