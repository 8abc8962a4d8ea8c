"""Tells where the music is and at what tempo: at beats, where it runs from and halts, and for the take's tempo map."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.player.protocol import Report, TakeTempo
from musicgen_live.player.take_timeline import TakeTempoMap, TakeTimeline
from musicgen_live.player.transport.base import Transport
from musicgen_live.player.transport.internal import InternalTransport

PICKUP_TICKS = PPQ // 4
"""How much too early a note may be struck and still stand on the first beat of the take."""


class PositionReporter:
    """In someone else's time, the place at every beat and the tempo as it was; in its own, each tempo as it begins."""

    def __init__(
        self, transport: Transport, take_timeline: TakeTimeline, from_tick: int, report: Callable[[Report], None]
    ) -> None:
        self._transport = transport
        self._take_timeline = take_timeline
        self._take_tempo = TakeTempoMap(report)
        self._beat = from_tick // PPQ
        self._report = report
        self._has_run = from_tick > 0

    def at(self, at_s: float) -> tuple[int, int]:
        """The tick of the music at a moment, -1 before it has run, and the tick of the take.

        That one is below 0 while the take does not go on; a note that is a little early stands on its first beat.
        """
        self._has_run = self._has_run or self._transport.runs
        tick = self._transport.tick_at(at_s) if self._has_run else -1
        return tick, self._take_timeline.of(max(0, tick)) if self._transport.runs and tick >= -PICKUP_TICKS else -1

    def take_tick(self, tick: int) -> int:
        """The take's tick for what happens now, at `tick`, and may be no part of what runs; below 0 in the count-in."""
        if tick < 0:
            return tick
        return max(self._take_timeline.of(tick) if self._transport.runs else 0, self._take_timeline.reached)

    def report_beat(self, tick: int) -> None:
        """The music has come to `tick`: report it if a beat has begun."""
        if self._transport.runs and (beat := tick // PPQ) != self._beat:
            self._beat = beat
            self._tell(beat * PPQ)

    def run_from(self, tick: int) -> None:
        """The music runs from here."""
        self._has_run = True
        self._beat = tick // PPQ
        self._tell(tick)

    def halt(self, tick: int, now_s: float) -> None:
        """The music stands still here."""
        self._take_tempo.halt()
        self._report(Position(tick, now_s, self._transport.tempo, runs=False, take_tick=self._take_timeline.of(tick)))

    def report_tempos(self, tick: int) -> None:
        """The music has come to `tick`: in its own time, report the tempos that have begun."""
        if isinstance(self._transport, InternalTransport):
            for change in self._transport.reached(tick):
                self._report(TakeTempo(*change))

    def _tell(self, tick: int) -> None:
        at_s, take_tick = self._transport.due_s(tick), self._take_timeline.of(tick)
        if tick >= 0:
            self._take_tempo.reach(take_tick, at_s, self._transport.tempo)
        self._report(Position(tick, at_s, self._transport.tempo, runs=True, take_tick=take_tick))
