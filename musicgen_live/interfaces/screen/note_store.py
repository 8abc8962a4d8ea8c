"""Notes as they were told of, found again by where they are in the music: planned ones, and a musician's own."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from musicgen_live.music.notes import Note


class PlannedNotes:
    """What was and will be played. All of it is kept, because a DAW may go back to any bar."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._longest_ticks = 0

    def plan(self, tick: int, notes: Iterable[Note]) -> None:
        """From `tick` on there are these notes, in place of any that were to begin there."""
        del self._notes[bisect_left(self._notes, tick, key=_start) :]
        for note in sorted(notes):
            insort(self._notes, note)
            self._longest_ticks = max(self._longest_ticks, note.duration_ticks)

    def between(self, tick: int, until_tick: int) -> list[Note]:
        """The notes of which some part lies from `tick` to before `until_tick`, by where they begin."""
        return _between(self._notes, self._longest_ticks, tick, until_tick)


class OwnNotes:
    """What a musician plays: a note is there from its strike on, and has an end when it was released."""

    def __init__(self) -> None:
        self._ended: list[Note] = []
        self._longest_ticks = 0
        self._held: dict[int, tuple[int, int]] = {}

    def receive(self, tick: int, pitch: int, velocity: int) -> None:
        """A strike, or with velocity 0 a release; one that releases nothing is passed over."""
        if pitch in self._held:
            note = self._note(pitch, tick)
            del self._held[pitch]
            insort(self._ended, note)
            self._longest_ticks = max(self._longest_ticks, note.duration_ticks)
        if velocity:
            self._held[pitch] = (tick, velocity)

    def between(self, tick: int, until_tick: int, now_tick: int) -> list[Note]:
        """The notes of which some part lies from `tick` to before `until_tick`; those held last until `now_tick`."""
        ended = _between(self._ended, self._longest_ticks, tick, until_tick)
        held = [self._note(pitch, now_tick) for pitch in self._held]
        return sorted([*ended, *(note for note in held if note.start_tick < until_tick and note.end_tick > tick)])

    def _note(self, pitch: int, until_tick: int) -> Note:
        start_tick, velocity = self._held[pitch]
        # The music may have gone back while it was held.
        return Note(start_tick, max(1, until_tick - start_tick), pitch, velocity)


def _between(notes: list[Note], longest_ticks: int, tick: int, until_tick: int) -> list[Note]:
    """Of notes that are sorted, none longer than `longest_ticks`."""
    first = bisect_left(notes, tick - longest_ticks, key=_start)
    last = bisect_left(notes, until_tick, key=_start)
    return [note for note in notes[first:last] if note.end_tick > tick]


def _start(note: Note) -> int:
    return note.start_tick
