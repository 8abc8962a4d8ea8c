"""The bars of a take whose time signature changes: maps between ticks of the music and bars, counted from 1."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from musicgen_live.music.time_signature import TimeSignature


class Meter(NamedTuple):
    """A time signature, the tick from which it holds, and the bar that begins there."""

    tick: int
    bar: int
    time_signature: TimeSignature

    @property
    def bar_ticks(self) -> int:
        """The length of a bar, in ticks."""
        return self.time_signature.bar_ticks

    @property
    def origin_tick(self) -> int:
        """The tick at which bar 1 would begin if all bars had this time signature; may be below 0."""
        return self.tick - (self.bar - 1) * self.bar_ticks

    def line_before(self, tick: int) -> int:
        """Return the last bar line up to a tick, as if all bars had this time signature."""
        return tick - (tick - self.tick) % self.bar_ticks

    def line_after(self, tick: int) -> int:
        """Return the first bar line at or after a tick, as if all bars had this time signature."""
        return tick + (self.tick - tick) % self.bar_ticks


@dataclass(frozen=True)
class Grid:
    """The places where something may begin: every so many ticks in a bar or, if None, every so many bars."""

    ticks: int | None = None
    bars: int = 1


BAR_LINES = Grid()


@dataclass(frozen=True)
class MeterMap:
    """Changes of the time signature at bar lines, the first at tick 0, ticks rising; ValueError otherwise.

    Before tick 0, in a count-in, the first time signature holds.
    """

    meters: tuple[Meter, ...]

    def __post_init__(self) -> None:
        first = self.meters[:1]
        if not first or first[0][:2] != (0, 1):
            raise ValueError(f"the first time signature has to begin with bar 1 at tick 0, not {first}")
        for one, other in pairwise(self.meters):
            if other.tick <= one.tick or other.tick - one.tick != (other.bar - one.bar) * one.bar_ticks:
                raise ValueError(f"{other.time_signature} cannot begin with bar {other.bar} at the tick {other.tick}")

    @classmethod
    def of(cls, time_signature: TimeSignature) -> MeterMap:
        """Return the map of a take that never changes its time signature."""
        return cls((Meter(0, 1, time_signature),))

    def changed(self, tick: int, time_signature: TimeSignature) -> MeterMap:
        """Return the map with a time signature from a bar line to the end, in place of all later changes.

        ValueError if the tick is no bar line.
        """
        earlier = tuple(meter for meter in self.meters if meter.tick < tick)
        if earlier and earlier[-1].time_signature == time_signature:
            return MeterMap(earlier)
        bar = 1 if not earlier else earlier[-1].bar + (tick - earlier[-1].tick) // earlier[-1].bar_ticks
        return MeterMap((*earlier, Meter(tick, bar, time_signature)))

    def at(self, tick: int) -> Meter:
        """Return the time signature of a tick, and where it began."""
        return self.meters[max(0, bisect_right(self.meters, tick, key=lambda meter: meter.tick) - 1)]

    def bar_of(self, tick: int) -> int:
        """Return the bar that a tick is in; 0 or less in a count-in."""
        meter = self.at(tick)
        return meter.bar + (tick - meter.tick) // meter.bar_ticks

    def bar_and_beat(self, tick: int) -> tuple[int, int]:
        """Return the bar of a tick, 0 or less in a count-in, and the beat in it, from 1."""
        meter = self.at(tick)
        _, beat = meter.time_signature.bar_and_beat(tick - meter.line_before(tick))
        return self.bar_of(tick), beat

    def tick_of(self, bar: int) -> int:
        """Return the tick at which a bar begins."""
        meter = self.meters[max(0, bisect_right(self.meters, bar, key=lambda meter: meter.bar) - 1)]
        return meter.tick + (bar - meter.bar) * meter.bar_ticks

    def line_before(self, tick: int) -> int:
        """Return the last bar line up to a tick."""
        return self.at(tick).line_before(tick)

    def line_after(self, tick: int) -> int:
        """Return the first bar line at or after a tick."""
        return self.next_place(tick, BAR_LINES)

    def later_by(self, bars: int, tick: int) -> int:
        """Return the bar line so many bars after the one at or after a tick."""
        return self.tick_of(self.bar_of(self.line_after(tick)) + bars)

    def next_place(self, tick: int, grid: Grid) -> int:
        """Return the first place of a grid at or after a tick: of every four bars, bar 1, 5, 9 and so on."""
        if grid.ticks is None:
            line_bar = self.bar_of(tick) + (tick != self.line_before(tick))
            return self.tick_of(line_bar + (1 - line_bar) % grid.bars)
        place_tick = tick + (self.line_before(tick) - tick) % grid.ticks
        # The length of a bar may be no multiple of the grid.
        return min(place_tick, self.tick_of(self.bar_of(tick) + 1))
