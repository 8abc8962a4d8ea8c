"""Bars that go round: the same notes again and again, where they lie when their turn has come."""

from __future__ import annotations

from dataclasses import dataclass, replace

from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class Loop:
    """The notes that begin from one tick to before another, which come again behind that one without end."""

    source: tuple[Note, ...]
    from_tick: int
    until_tick: int
    """Above `from_tick`."""

    def notes(self, from_tick: int, until_tick: int) -> tuple[Note, ...]:
        """What begins from one tick to before another; both are at or behind the end of what goes round."""
        length = self.until_tick - self.from_tick
        found = []
        for round_ in range((from_tick - self.from_tick) // length, -(-(until_tick - self.from_tick) // length)):
            for note in self.source:
                start_tick = note.start_tick + round_ * length
                if self.from_tick <= note.start_tick < self.until_tick and from_tick <= start_tick < until_tick:
                    found.append(replace(note, start_tick=start_tick))
        return tuple(sorted(found))
