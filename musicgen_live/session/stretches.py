"""Stretches of music, which are bars without a gap: cuts them, and keeps those that the transport has left."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.generation.composer import Bar
from musicgen_live.music.notes import Note

Stretch = list[Bar]
"""At least one bar; each begins where the one before ends."""


class Stretches:
    """The stretches besides the one that is composed now, in the order of leaving them; none overlaps another."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []

    def __len__(self) -> int:
        return sum(map(len, self._stretches))

    def put(self, stretch: Stretch) -> None:
        """Keep a stretch."""
        self._stretches.append(stretch)

    def take_at(self, tick: int, far_ticks: int) -> Stretch | None:
        """Take out the latest stretch that begins by a tick and ends less than `far_ticks` before; None without one."""
        found = [each for each in self._stretches if each[0].start_tick <= tick < each[-1].end_tick + far_ticks]
        return self._taken(max(found, key=_start)) if found else None

    def take_between(self, from_tick: int, until_tick: int) -> Stretch | None:
        """Take out the first stretch that begins after one tick and by another; None without one."""
        found = [each for each in self._stretches if from_tick < each[0].start_tick <= until_tick]
        return self._taken(min(found, key=_start)) if found else None

    def after(self, tick: int) -> list[Bar]:
        """Return the bars of all stretches that begin after a tick, in order."""
        return [bar for each in sorted(self._stretches, key=_start) if each[0].start_tick > tick for bar in each]

    def before(self, tick: int) -> list[Bar]:
        """Return the bars of all stretches before a tick."""
        return [bar for each in self._stretches for bar in bars_before(each, tick)]

    def forget_after(self, tick: int) -> None:
        """Forget the stretches that begin after a tick."""
        self._stretches = [each for each in self._stretches if each[0].start_tick <= tick]

    def covers(self, from_tick: int, until_tick: int) -> bool:
        """Return True if one stretch has all bars from one tick to another."""
        return any(each[0].start_tick <= from_tick and until_tick <= each[-1].end_tick for each in self._stretches)

    def cut(self, from_tick: int, until_tick: int) -> list[Bar]:
        """Forget the bars from one bar line to another; return them."""
        found = [bar for each in self._stretches for bar in bars_between(each, from_tick, until_tick)]
        parts = [
            part
            for each in self._stretches
            for part in (bars_before(each, from_tick), [bar for bar in each if bar.start_tick >= until_tick])
        ]
        self._stretches = [part for part in parts if part]
        return found

    def forget_oldest(self, bars: int) -> Stretch:
        """Forget the first bars of the stretch that was left longest ago, or all of it; return them."""
        if not self._stretches:
            return []
        oldest = self._stretches[0]
        forgotten = oldest[:bars]
        del oldest[:bars]
        if not oldest:
            self._stretches.pop(0)
        return forgotten

    def clear(self) -> None:
        """Forget all stretches."""
        self._stretches.clear()

    def _taken(self, stretch: Stretch) -> Stretch:
        self._stretches = [each for each in self._stretches if each is not stretch]
        return stretch


def _start(stretch: Stretch) -> int:
    return stretch[0].start_tick


def bars_before(bars: list[Bar], tick: int) -> list[Bar]:
    """Return the bars before a tick, the last one cut there."""
    kept = [bar for bar in bars if bar.start_tick < tick]
    if kept and kept[-1].end_tick > tick:
        last = kept[-1]
        notes = tuple(note for note in last.notes if note.start_tick < tick)
        kept[-1] = replace(last, end_tick=tick, notes=notes, is_last=False)
    return kept


def bars_between(bars: list[Bar], from_tick: int, until_tick: int) -> list[Bar]:
    """Return the bars from one tick to before another, cut at both ends."""
    found = []
    for bar in bars_before(bars, until_tick):
        if bar.start_tick >= from_tick:
            found.append(bar)
        elif bar.end_tick > from_tick:
            notes = tuple(note for note in bar.notes if note.start_tick >= from_tick)
            found.append(replace(bar, start_tick=from_tick, notes=notes, ids=()))
    return found


def notes_between(notes: list[Note], from_tick: int, until_tick: int) -> tuple[Note, ...]:
    """Return the notes that begin from one tick to before another, sorted."""
    return tuple(sorted(note for note in notes if from_tick <= note.start_tick < until_tick))


def shifted_bar(bar: Bar, ticks: int) -> Bar:
    """Return a bar that begins later by so many ticks."""
    if not ticks:
        return bar
    notes = tuple(note.later_by(ticks) for note in bar.notes)
    return replace(bar, start_tick=bar.start_tick + ticks, end_tick=bar.end_tick + ticks, notes=notes)
