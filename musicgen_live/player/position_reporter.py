"""Reports position and tempo of the music at beats, starts and stops; tempos and time signatures for the take."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.player.commands import SetMeter
from musicgen_live.player.reports import Paused, Report, TakeMeter, TakeTempo
from musicgen_live.player.take_timeline import TakeTempoMap, TakeTimeline
from musicgen_live.player.timing import PICKUP_TICKS
from musicgen_live.player.transport.base import Transport


class PositionReporter:
    """Reports the position at every beat with the measured tempo, and each set tempo when the music reaches it."""

    def __init__(
        self, transport: Transport, take_timeline: TakeTimeline, from_tick: int, report: Callable[[Report], None]
    ) -> None:
        self._transport = transport
        self._take_timeline = take_timeline
        self._take_tempo = TakeTempoMap(report)
        self._beat = from_tick // PPQ
        self._report = report
        self._meters: list[SetMeter] = []
        """The time signatures that the music has not reached, by rising ticks."""
        self._has_run = from_tick > 0

    def at(self, at_s: float) -> tuple[int, int]:
        """Return the tick of the music at a moment, -1 before it has run, and the tick of the take.

        The latter is negative while the take does not run; a note at most `PICKUP_TICKS` early goes to its first beat.
        """
        self._has_run = self._has_run or self._transport.runs
        tick = self._transport.tick_at(at_s) if self._has_run else -1
        is_in_take = self._transport.runs and tick >= -PICKUP_TICKS
        return tick, self._take_timeline.of(max(0, tick)) if is_in_take else -1

    def take_tick(self, tick: int) -> int:
        """Return the take's tick for a message sent now, at `tick` of the music; negative in the count-in."""
        if tick < 0:
            return tick
        return max(self._take_timeline.of(tick) if self._transport.runs else 0, self._take_timeline.reached)

    def report_beat(self, tick: int) -> None:
        """Report the position if a beat has begun by `tick`."""
        if self._transport.runs and (beat := tick // PPQ) != self._beat:
            self._beat = beat
            self._report_running(beat * PPQ)

    def run_from(self, tick: int) -> None:
        """Report that the music runs from a tick on."""
        self._has_run = True
        self._beat = tick // PPQ
        self._report_running(tick)

    def stop(self, tick: int, now_s: float) -> None:
        """Report that the music stands still at a tick."""
        self._take_tempo.interrupt()
        take_tick = self._take_timeline.of(tick)
        self._report(Position(tick, now_s, self._transport.tempo, runs=False, take_tick=take_tick))

    def pause(self, tick: int, now_s: float) -> None:
        """Report that the music of the internal transport stands still at a tick."""
        self._has_run = True
        self._report(Paused(tick, now_s))

    def set_meter(self, command: SetMeter) -> None:
        """Report a time signature when the music reaches it."""
        self._meters = [meter for meter in self._meters if meter.tick < command.tick] + [command]

    def report_tempos(self, tick: int) -> None:
        """Report the set tempos and time signatures that begin by `tick`."""
        tempos = self._transport.tempos(tick)
        while self._meters and self._meters[0].tick <= tick:
            meter = self._meters.pop(0)
            # The tracks of a take are written in order.
            while tempos and tempos[0][0] <= meter.tick:
                self._report(TakeTempo(*tempos.pop(0)))
            self._report(TakeMeter(meter.tick, meter.meter))
        for change in tempos:
            self._report(TakeTempo(*change))

    def _report_running(self, tick: int) -> None:
        at_s, take_tick = self._transport.due_s(tick), self._take_timeline.of(tick)
        if tick >= 0:
            self._take_tempo.reach(take_tick, at_s, self._transport.tempo)
        self._report(Position(tick, at_s, self._transport.tempo, runs=True, take_tick=take_tick))
