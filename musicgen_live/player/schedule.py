"""What is to be played, by tick: the notes fed, what is owed besides them, and the end. Knows no time and no port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from musicgen_live.music.notes import Note
from musicgen_live.player.agenda import NOTE_END, NOTE_START, EventQueue
from musicgen_live.player.count_in import Click
from musicgen_live.player.part import FedNotes


class Schedule:
    """The part, and the agenda beside it."""

    def __init__(self, from_tick: int) -> None:
        """Nothing that is fed before `from_tick` is to be played."""
        self.agenda = EventQueue()
        self.end_tick: int | None = None
        """Where the take is over, if that has been said."""
        self._part = FedNotes(from_tick)

    @property
    def next_tick(self) -> int | None:
        """When a strike or a release is due next."""
        ticks = (self.agenda.next_tick, self._part.next_tick)
        return min((tick for tick in ticks if tick is not None), default=None)

    def feed(self, notes: Sequence[Note]) -> None:
        """Put notes in their places; what comes late is due at once."""
        for note in notes:
            if not self._part.add(note):
                self.agenda.put(note.start_tick, NOTE_START, note)

    def take(self, tick: int) -> Iterator[tuple[int, Note | Click]]:
        """What is due at `tick`, the next one, as its kind and what it is about: releases first, the part's last."""
        while self.agenda.next_tick == tick:
            yield self.agenda.pop()
        for note in self._part.take(tick):
            yield NOTE_START, note

    def cut(self, tick: int, past_tick: int) -> None:
        """Forget the notes that begin at `tick` or later, and the end.

        What comes in their place before `past_tick`, or no later than what was played of them, is not to be played.
        """
        self.end_tick = None
        self._part.cut(tick, past_tick)
        self.agenda.keep(lambda kind, what: kind == NOTE_END or isinstance(what, Click) or what.start_tick < tick)

    def jump(self, tick: int) -> None:
        """The music goes on at `tick`, and nothing else is owed."""
        self._part.jump(tick)
        self.agenda.keep(lambda *_: False)

    def halt(self) -> None:
        """Everything has been released, clicks too; what is to be struck stays where it is."""
        self.agenda.keep(lambda kind, what: kind == NOTE_START and isinstance(what, Note))

    def forget_releases(self) -> None:
        """All notes have been released, but no click."""
        self.agenda.keep(lambda kind, what: kind == NOTE_START or isinstance(what, Click))
