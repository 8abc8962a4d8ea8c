"""The schedule of a player, by tick: notes and pedal as fed, due releases and clicks, and the end. Knows no clock."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.count_in import Click

Fed = Note | PedalPress
"""A note or a press of the pedal: the player starts and ends a note and a press of the pedal alike."""

# The order at one tick: releases first, so that a repeated note is played again.
NOTE_END, NOTE_START = 0, 1


class EventQueue:
    """Starts and ends of notes, pedal and clicks, by tick.

    At one tick ends come first, then entries in the order of `put`.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, Fed | Click]] = []
        self._count = 0

    @property
    def next_tick(self) -> int | None:
        """The tick of the next entry."""
        return self._entries[0][0] if self._entries else None

    def put(self, tick: int, kind: int, item: Fed | Click) -> None:
        """Add the start or the end of something."""
        self._count += 1
        heapq.heappush(self._entries, (tick, kind, self._count, item))

    def pop(self) -> tuple[int, Fed | Click]:
        """Remove the next entry and return its kind and what starts or ends."""
        _, kind, _, item = heapq.heappop(self._entries)
        return kind, item

    def keep(self, is_kept: Callable[[int, Fed | Click], bool]) -> None:
        """Remove all entries for which `is_kept` is false."""
        self._entries = [entry for entry in self._entries if is_kept(entry[1], entry[3])]
        heapq.heapify(self._entries)

    def take_sounding(self, from_tick: int) -> list[Fed]:
        """Remove the ends of what was fed and began at a tick or later; return it."""
        taken = [
            item
            for _, kind, _, item in sorted(self._entries)
            if kind == NOTE_END and isinstance(item, Fed) and item.start_tick >= from_tick
        ]
        self.keep(lambda kind, item: not (kind == NOTE_END and item in taken))
        return taken

    def open_clicks(self) -> list[Click]:
        """Return the clicks that have begun and not ended."""
        return [item for _, kind, _, item in self._entries if kind == NOTE_END and isinstance(item, Click)]


class FedNotes:
    """The notes and the pedal that were fed, in order, with an index of the next one.

    Played notes stay, so that a transport can jump back to them, until they are to be forgotten.
    """

    def __init__(self, from_tick: int = 0) -> None:
        """Begin at `from_tick`; earlier notes are not played."""
        self._notes: list[Fed] = []
        self._next = 0
        self._from_tick = from_tick
        self._played_until = from_tick
        """The tick after the last note that was taken."""

    @property
    def next_tick(self) -> int | None:
        """The onset of the next note."""
        return self._notes[self._next].start_tick if self._next < len(self._notes) else None

    def add(self, note: Fed) -> bool:
        """Insert a note; return False if its onset has passed but it must still be played."""
        index = bisect_right(self._notes, note.start_tick, key=_onset)
        self._notes.insert(index, note)
        if note.start_tick < self._from_tick:
            self._next += 1
            return True
        if index < self._next:
            self._next += 1
            return False
        return True

    def replace(self, from_tick: int, until_tick: int, notes: Sequence[Fed], past_tick: int) -> None:
        """Have other notes in the place of those that begin from one tick to before another.

        Those that begin before `past_tick`, or before the last note already played, wait for the next pass.
        """
        first, last = (bisect_left(self._notes, tick, key=_onset) for tick in (from_tick, until_tick))
        self._notes[first:last] = sorted(notes, key=_onset)
        if self._next > last:
            self._next += len(notes) - (last - first)
        elif self._next >= first:
            past_tick = max(past_tick, self._played_until)
            self._next = first + sum(note.start_tick < past_tick for note in notes)

    def take(self, tick: int) -> list[Fed]:
        """Return the notes that begin at `tick`, the next onset, and advance."""
        first = self._next
        while self.next_tick == tick:
            self._next += 1
        if first < self._next:
            self._played_until = tick + 1
        return self._notes[first : self._next]

    def cut(self, tick: int, past_tick: int = 0) -> list[Fed]:
        """Remove and return the notes that begin at `tick` or later, played or not.

        Replacements that start before `past_tick`, or before the last note already played, are skipped.
        """
        if tick < (past_tick := max(past_tick, self._played_until)):
            self._from_tick = max(self._from_tick, past_tick)
        index = bisect_left(self._notes, tick, key=_onset)
        removed = self._notes[index:]
        del self._notes[index:]
        self._next = min(self._next, index)
        return removed

    def jump(self, tick: int) -> None:
        """Continue with the notes that begin at `tick` or later; skip earlier ones."""
        self._from_tick = self._played_until = tick
        self._next = bisect_left(self._notes, tick, key=_onset)


class Schedule:
    """The notes and the pedal fed, and the queue of releases and clicks."""

    def __init__(self, from_tick: int) -> None:
        """Begin at `from_tick`; earlier notes are not played."""
        self.queue = EventQueue()
        self.end_tick: int | None = None
        """The tick at which the take is over, if that is known."""
        self._fed = FedNotes(from_tick)

    @property
    def next_tick(self) -> int | None:
        """The tick of the next note-on, release or click."""
        ticks = (self.queue.next_tick, self._fed.next_tick)
        return min((tick for tick in ticks if tick is not None), default=None)

    def feed(self, notes: Sequence[Fed]) -> None:
        """Add notes and pedal; late ones are due at once."""
        for note in notes:
            if not self._fed.add(note):
                self.queue.put(note.start_tick, NOTE_START, note)

    def take(self, tick: int) -> Iterator[tuple[int, Fed | Click]]:
        """Yield everything due at `tick`, the next one, as kind and item: ends first, fed notes last."""
        while self.queue.next_tick == tick:
            yield self.queue.pop()
        for note in self._fed.take(tick):
            yield NOTE_START, note

    def cut(self, tick: int, past_tick: int) -> None:
        """Forget the notes that begin at `tick` or later, and the end of the take.

        Replacements that start before `past_tick`, or before the last note already played, are skipped.
        """
        self.end_tick = None
        self._fed.cut(tick, past_tick)
        self.queue.keep(lambda kind, item: kind == NOTE_END or isinstance(item, Click) or item.start_tick < tick)

    def take_sounding(self, from_tick: int) -> list[Fed]:
        """Return the notes and the pedal that began at a tick or later and have not ended; forget their ends."""
        return self.queue.take_sounding(from_tick)

    def replace(self, from_tick: int, until_tick: int, notes: Sequence[Fed], past_tick: int) -> None:
        """Have other notes in the place of those that begin from one tick to before another.

        Those that begin before `past_tick`, or before the last note already played, wait for the next pass.
        """
        self._fed.replace(from_tick, until_tick, notes, past_tick)

    def jump(self, tick: int) -> None:
        """Continue at `tick` and empty the queue."""
        self._fed.jump(tick)
        self.queue.keep(lambda *_: False)

    def stop(self) -> None:
        """Forget releases and clicks, because everything has been released; notes to come stay."""
        self.queue.keep(lambda kind, item: kind == NOTE_START and isinstance(item, Fed))

    def forget_releases(self, part: str = "") -> None:
        """Forget the releases of notes, or of those of a part, because they have been released; clicks stay."""

        def is_kept(kind: int, item: Fed | Click) -> bool:
            is_other = bool(part) and not (isinstance(item, Note) and item.part == part)
            return kind == NOTE_START or isinstance(item, Click) or is_other

        self.queue.keep(is_kept)


def _onset(note: Fed) -> int:
    return note.start_tick
