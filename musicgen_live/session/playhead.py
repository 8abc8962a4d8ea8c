"""The position of the music at a moment, by the player's reports: on its internal clock or an external one."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from musicgen_live.music.meter_map import BAR_LINES, Grid, MeterMap
from musicgen_live.music.position import Position
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.reports import Began, Paused, Report, TempoChanged

NOT_BEGUN = -1
"""The tick before anything has begun."""


class Playhead:
    """The session's view of the player's time. Ticks are those of the music, seconds `time.monotonic()`."""

    def __init__(self, tempo: float, time_signature: TimeSignature, *, follows: bool) -> None:
        """Start at a tempo of the internal clock, which counts only until the player `follows` another one."""
        self.follows = follows
        self.meters = MeterMap.of(time_signature)
        """The time signatures, past, present, and those that wait until the music comes to their bar line."""
        self._map = self._confirmed_map = TempoMap(((0, tempo),))
        self._unconfirmed: deque[tuple[int, float]] = deque()
        """Tempo changes that the player has not confirmed yet, as (tick, tempo)."""
        self._origin_s: float | None = None
        self._followed: Position | None = None
        self._paused: Position | None = None
        """The position in a pause of the internal clock."""

    def handle(self, report: Report) -> Position | None:
        """Handle a report; return the position to publish if the report is about time."""
        if isinstance(report, Began):
            tick = self._paused.tick if self._paused else 0
            self._origin_s, self._paused = report.origin_s, None
            return self._own_position(tick, self.tempo)
        if isinstance(report, Paused):
            self._paused = Position(report.tick, report.at_s, self.tempo, runs=False, take_tick=report.tick)
            return self._paused
        if isinstance(report, Position):
            self._followed = report
            return report
        return self._confirm(report) if isinstance(report, TempoChanged) else None

    def _confirm(self, change: TempoChanged) -> Position | None:
        """Apply a tempo at the tick where the player applied it, which is later if the change arrived late."""
        assumed = self._map
        while self._unconfirmed:
            requested = self._unconfirmed.popleft()
            if requested[0] <= change.tick and requested[1] == change.tempo:
                break
            # A player that died confirmed nothing.
            self._confirmed_map = self._confirmed_map.changed(*requested)
        self._map = self._confirmed_map = self._confirmed_map.changed(change.tick, change.tempo)
        for requested in self._unconfirmed:
            self._map = self._map.changed(*requested)
        return None if self._map == assumed else self._own_position(change.tick, change.tempo)

    def _own_position(self, tick: int, tempo: float) -> Position:
        if self._paused:
            return replace(self._paused, tempo=tempo)
        return Position(tick, self.due_s(tick), tempo, self.runs, tick)

    @property
    def tempo(self) -> float:
        """Quarter notes per minute, as last reported."""
        return self._followed.tempo if self._followed else self._map.changes[-1][1]

    @property
    def runs(self) -> bool:
        """True while the music runs."""
        return self._followed.runs if self._followed else self._origin_s is not None and self._paused is None

    def change_tempo(self, tick: int, tempo: float) -> Position:
        """Record another tempo of the internal clock from `tick` on; return the position to publish."""
        self._map = self._map.changed(tick, tempo)
        self._unconfirmed.append((tick, tempo))
        return self._own_position(tick, tempo)

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun at a moment; `NOT_BEGUN` before the first."""
        if self._followed is not None:
            return max(self._followed.tick, self._followed.tick_at(at_s))
        if self._paused is not None:
            return self._paused.tick
        if self._origin_s is None or at_s < self._origin_s:
            return NOT_BEGUN
        return self._map.tick_at(at_s - self._origin_s)

    def take_tick_at(self, at_s: float) -> int:
        """Return the tick of the take at a moment; it only goes forward, while the music may jump."""
        return self.tick_at(at_s) + (0 if self._followed is None else self._followed.take_offset_ticks)

    def due_s(self, tick: int) -> float:
        """Return the moment at which a tick is due; meaningless while nothing runs."""
        if self._followed is not None:
            return self._followed.due_s(tick)
        return (self._origin_s or 0.0) + self._map.seconds_at(tick)

    def place_after(self, at_s: float, grid: Grid = BAR_LINES, not_before_tick: int = 0) -> int:
        """Return the first bar line, or place of another grid, at or after a moment and a tick."""
        return self.meters.next_place(max(0, not_before_tick, self.tick_at(at_s)), grid)

    def bar_of(self, tick: int) -> int:
        """Return the number of the bar that a tick is in, from 1."""
        return self.meters.bar_of(max(0, tick))
