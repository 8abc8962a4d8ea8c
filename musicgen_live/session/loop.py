"""Repeats bars: the same notes again and again, at their ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class Loop:
    """The notes of `source` from `from_tick` to before `until_tick`, repeated without end."""

    source: tuple[Note, ...]
    from_tick: int
    until_tick: int
    """Above `from_tick`."""

    def at(self, tick: int) -> Loop:
        """Return the same loop, beginning at a tick."""
        ticks = tick - self.from_tick
        source = tuple(note.later_by(ticks) for note in self.source)
        return Loop(source, tick, self.until_tick + ticks)

    def begun_ticks(self, tick: int) -> int:
        """Return the ticks since the latest end of the loop, by a tick; 0 before the loop has been repeated."""
        return max(0, tick - self.until_tick) % (self.until_tick - self.from_tick)

    def notes(self, from_tick: int, until_tick: int) -> tuple[Note, ...]:
        """Return the notes that begin in a range of ticks at or after the end of the source."""
        length = self.until_tick - self.from_tick
        found = []
        for cycle in range((from_tick - self.from_tick) // length, -(-(until_tick - self.from_tick) // length)):
            for note in self.source:
                start_tick = note.start_tick + cycle * length
                if self.from_tick <= note.start_tick < self.until_tick and from_tick <= start_tick < until_tick:
                    found.append(replace(note, start_tick=start_tick))
        return tuple(sorted(found))
