"""Stores the planned notes and a musician's own notes, and finds them by their ticks in the music."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from musicgen_live.music.notes import PPQ, Note

KEPT_TICKS = 1024 * 4 * PPQ
"""Notes are kept this far before the last one: 1024 bars of 4/4."""
FORGOTTEN_AT_ONCE = 1000
"""Notes are forgotten after this many new ones."""


class PlannedNotes:
    """The notes that were or will be played, up to `KEPT_TICKS` back, because a DAW may go back to them."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._longest_ticks = 0
        self._forget_at = FORGOTTEN_AT_ONCE

    def plan(self, tick: int, notes: Iterable[Note]) -> None:
        """Replace all notes that begin at `tick` or later by these."""
        del self._notes[bisect_left(self._notes, tick, key=_start) :]
        for note in sorted(notes):
            insort(self._notes, note)
            self._longest_ticks = max(self._longest_ticks, note.duration_ticks)
        self._forget_at = _forget(self._notes, self._forget_at)

    def between(self, tick: int, until_tick: int) -> list[Note]:
        """Return the notes that sound at some time from `tick` to before `until_tick`, sorted by onset."""
        return _between(self._notes, self._longest_ticks, tick, until_tick)


class OwnNotes:
    """The notes of a musician, up to `KEPT_TICKS` back.

    A note exists from its note-on, and has an end from its note-off.
    """

    def __init__(self) -> None:
        self._forget_at = FORGOTTEN_AT_ONCE
        self._ended: list[Note] = []
        self._longest_ticks = 0
        self._held: dict[int, tuple[int, int]] = {}

    @property
    def are_held(self) -> bool:
        """True if a key is held."""
        return bool(self._held)

    def receive(self, tick: int, pitch: int, velocity: int) -> None:
        """Add a note-on, or with velocity 0 a note-off; a note-off without a note-on is ignored."""
        if pitch in self._held:
            note = self._note(pitch, tick)
            del self._held[pitch]
            insort(self._ended, note)
            self._longest_ticks = max(self._longest_ticks, note.duration_ticks)
            self._forget_at = _forget(self._ended, self._forget_at)
        if velocity:
            self._held[pitch] = (tick, velocity)

    def between(self, tick: int, until_tick: int, now_tick: int) -> list[Note]:
        """Return the sorted notes that sound from `tick` to before `until_tick`; held ones last until `now_tick`."""
        ended = _between(self._ended, self._longest_ticks, tick, until_tick)
        held = [self._note(pitch, now_tick) for pitch in self._held]
        return sorted([*ended, *(note for note in held if note.start_tick < until_tick and note.end_tick > tick)])

    def _note(self, pitch: int, until_tick: int) -> Note:
        start_tick, velocity = self._held[pitch]
        # The music may have gone back while the note was held.
        return Note(start_tick, max(1, until_tick - start_tick), pitch, velocity)


def _forget(notes: list[Note], forget_at: int) -> int:
    """Forget notes that are too far back, if there are `forget_at` of them; return the next number to do so at."""
    if len(notes) < forget_at:
        return forget_at
    del notes[: bisect_left(notes, notes[-1].start_tick - KEPT_TICKS, key=_start)]
    return len(notes) + FORGOTTEN_AT_ONCE


def _between(notes: list[Note], longest_ticks: int, tick: int, until_tick: int) -> list[Note]:
    """Return those of sorted notes, none longer than `longest_ticks`, that sound from `tick` to before `until_tick`."""
    first = bisect_left(notes, tick - longest_ticks, key=_start)
    last = bisect_left(notes, until_tick, key=_start)
    return [note for note in notes[first:last] if note.end_tick > tick]


def _start(note: Note) -> int:
    return note.start_tick
