"""Hands messages over, each with its place in the take, and keeps the account of them that is reported."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.midi.messages import CLOCK, SONG_POSITION
from musicgen_live.player.delay_compensation import DelayCompensation
from musicgen_live.player.protocol import Report, Sent
from musicgen_live.player.take_timeline import TakeTimeline


class Sender:
    """Between a player, which knows ticks of the music, and its outlet, which is given those of the take."""

    def __init__(
        self, delay_compensation: DelayCompensation, take_timeline: TakeTimeline, report: Callable[[Report], None]
    ) -> None:
        """`take_timeline` says where in the take the music is; it is told how far the take has come."""
        self._delay_compensation = delay_compensation
        self._take_timeline = take_timeline
        self._report = report
        # What the next report will tell.
        self._sent: list[bytes] = []
        self._late_ms: list[float] = []
        self._dropped = 0

    def send(self, tick: int, message: bytes, at_s: float) -> None:
        """Hand over, now, a message that is at `tick` of the music and was due at `at_s`."""
        take_tick = self.reach(tick)
        self._enter(tick, message)
        self._delay_compensation.send(take_tick, message, at_s)

    def send_at_once(self, take_tick: int, message: bytes) -> None:
        """Hand a message over to all outputs, ahead of what waits; below tick 0 it is no part of the take."""
        self._take_timeline.reach(take_tick)
        self._enter(take_tick, message)
        self._delay_compensation.send_at_once(take_tick, message)

    def enter(self, take_tick: int, message: bytes) -> None:
        """Have a message that was sent before in the take."""
        self._take_timeline.reach(take_tick)
        self._enter(take_tick, message)
        self._delay_compensation.record(take_tick, message)

    def note_on(self, late_s: float) -> None:
        """A note has been struck, so much late."""
        self._late_ms.append(round(1000 * late_s, 3))

    def drop(self) -> None:
        """A note came too late to be struck."""
        self._dropped += 1

    @property
    def reached(self) -> int:
        """The furthest tick of the take."""
        return self._take_timeline.reached

    def reach(self, tick: int) -> int:
        """The music has come to `tick`: the take's tick, which is returned."""
        take_tick = self._take_tick(tick)
        self._take_timeline.reach(take_tick)
        return take_tick

    def report(self, tick: int) -> None:
        """Report what has been sent since the last report, the last of it at `tick`."""
        self._tell(self._take_tick(tick))

    def report_if_sent(self) -> None:
        """Report what has been sent since the last report if it is part of the take."""
        if self._sent:
            self._tell(self._take_timeline.reached)

    def _tell(self, take_tick: int) -> None:
        self._report(Sent(take_tick, tuple(self._sent), tuple(self._late_ms), self._dropped))
        self._sent.clear()
        self._late_ms.clear()
        self._dropped = 0

    def _enter(self, tick: int, message: bytes) -> None:
        if tick >= 0 and message[0] < CLOCK and message[0] != SONG_POSITION:
            # Clock and count-in are no part of the take: nobody has to know what of them was sent.
            self._sent.append(message)

    def _take_tick(self, tick: int) -> int:
        """Where in the take a tick of the music is, no earlier than anything before; below 0 in the count-in."""
        return tick if tick < 0 else max(self._take_timeline.of(tick), self._take_timeline.reached)
