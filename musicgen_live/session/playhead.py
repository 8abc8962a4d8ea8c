"""Where the music is at a moment, as far as a player has told: in its own time or in someone else's."""

from __future__ import annotations

from collections import deque

from musicgen_live.interfaces.events import Place
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.protocol import Began, Followed, Report, TempoChanged

NOT_BEGUN = -1
"""The tick while nothing has begun."""


class Playhead:
    """Kept by whoever hears a player's reports. Ticks are those of the music, seconds `time.monotonic`'s."""

    def __init__(self, tempo: float, bar_ticks: int, *, follows: bool) -> None:
        """`tempo` is that of the player's own time, which has no say where it `follows`."""
        self.follows = follows
        self.bar_ticks = bar_ticks
        self._map = self._told_map = TempoMap(((0, tempo),))
        self._asked: deque[tuple[int, float]] = deque()
        """Changes of tempo of which the player has not said yet what came of them."""
        self._origin_s: float | None = None
        self._followed: Followed | None = None

    def handle(self, report: Report) -> Place | None:
        """Take a report in; where it says something about time, what there is to tell of it."""
        if isinstance(report, Began):
            self._origin_s = report.origin_s
            return Place(0, report.origin_s, self.tempo, runs=True)
        if isinstance(report, Followed):
            self._followed = report
            return Place(report.tick, report.at_s, report.tempo, report.runs)
        return self._settle(report) if isinstance(report, TempoChanged) else None

    def _settle(self, came: TempoChanged) -> Place | None:
        """Have the tempo where the player has it: a tick that had passed when the change came there was too early."""
        thought = self._map
        while self._asked:
            asked = self._asked.popleft()
            if asked[0] <= came.tick and asked[1] == came.tempo:
                break
            # A player that died said nothing of it.
            self._told_map = self._told_map.changed(*asked)
        self._map = self._told_map = self._told_map.changed(came.tick, came.tempo)
        for asked in self._asked:
            self._map = self._map.changed(*asked)
        return None if self._map == thought else Place(came.tick, self.due_s(came.tick), came.tempo, self.runs)

    @property
    def tempo(self) -> float:
        """Quarter notes a minute, as last told."""
        return self._followed.tempo if self._followed else self._map.changes[-1][1]

    @property
    def runs(self) -> bool:
        """Whether ticks go by."""
        return self._followed.runs if self._followed else self._origin_s is not None

    def change_tempo(self, tick: int, tempo: float) -> Place:
        """In the player's own time, from `tick` on, the tempo is this."""
        self._map = self._map.changed(tick, tempo)
        self._asked.append((tick, tempo))
        return Place(tick, self.due_s(tick), tempo, self.runs)

    def tick_at(self, at_s: float) -> int:
        """The last tick that has begun at a moment; `NOT_BEGUN` before there is any."""
        if (was := self._followed) is not None:
            if not was.runs:
                return was.tick
            return was.tick + TempoMap(((0, was.tempo),)).tick_at(max(0.0, at_s - was.at_s))
        if self._origin_s is None or at_s < self._origin_s:
            return NOT_BEGUN
        return self._map.tick_at(at_s - self._origin_s)

    def take_tick_at(self, at_s: float) -> int:
        """As `tick_at`, of the take, which only goes forward where the music may jump."""
        offset = self._followed.take_tick - self._followed.tick if self._followed else 0
        return self.tick_at(at_s) + offset

    def due_s(self, tick: int) -> float:
        """When a tick is due; meaningless where nothing runs."""
        if (was := self._followed) is not None:
            return was.at_s + TempoMap(((0, was.tempo),)).seconds_at(tick - was.tick)
        return (self._origin_s or 0.0) + self._map.seconds_at(tick)

    def line_after(self, at_s: float, every_ticks: int | None = None) -> int:
        """The first bar line, or multiple of some ticks, at or after a moment."""
        every_ticks = every_ticks or self.bar_ticks
        return -(-max(0, self.tick_at(at_s)) // every_ticks) * every_ticks

    def bar_of(self, tick: int) -> int:
        """The number of the bar that a tick is in, from 1."""
        return max(0, tick) // self.bar_ticks + 1
