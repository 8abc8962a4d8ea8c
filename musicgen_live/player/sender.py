"""Sends messages with their ticks of the take, and collects them for the `Sent` reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from musicgen_live.midi.messages import CLOCK, SONG_POSITION
from musicgen_live.player.delay_compensation import DelayCompensation
from musicgen_live.player.reports import LeftOut, Recorded, Report, Sent
from musicgen_live.player.take_timeline import TakeTimeline


class Sender:
    """Converts ticks of the music, which the player knows, to ticks of the take, which the outputs get."""

    def __init__(
        self, delay_compensation: DelayCompensation, take_timeline: TakeTimeline, report: Callable[[Report], None]
    ) -> None:
        """Make a sender; it advances `take_timeline` with every message."""
        self._delay_compensation = delay_compensation
        self._take_timeline = take_timeline
        self._report = report
        # The contents of the next report.
        self._sent: list[bytes] = []
        self._late_ms: list[float] = []
        self._dropped = 0
        self._held: list[tuple[int, bytes, float]] | None = None
        """While what is due is prepared, the messages with their ticks of the take and deadlines; else None."""
        self._counted: set[int] = set()
        """The places among them of the note-ons whose delay is reported."""

    def send(self, tick: int, message: bytes, at_s: float) -> None:
        """Send a message that is at `tick` of the music and was due at `at_s`."""
        take_tick = self.reach(tick)
        self._collect(tick, message)
        if self._held is None:
            self._delay_compensation.send(take_tick, message, at_s)
        else:
            self._held.append((take_tick, message, at_s))

    @contextmanager
    def together(self, now_s: Callable[[], float], reach_deadline: Callable[[], None]) -> Iterator[None]:
        """Hold back what is sent in the block; then wait for the deadline, and send one message right after the other.

        What comes before a message is sent, such as its preparation, so makes none of them late.
        """
        self._held = []
        try:
            yield
            reach_deadline()
        finally:
            held, counted, self._held, self._counted = self._held, self._counted, None, set()
            for number, (take_tick, message, at_s) in enumerate(held):
                if number in counted:
                    self._late_ms.append(round(1000 * (now_s() - at_s), 3))
                self._delay_compensation.send(take_tick, message, at_s)

    def send_at_once(self, take_tick: int, message: bytes) -> None:
        """Send a message to all outputs before any delayed one; below tick 0 it is not part of the take."""
        self._take_timeline.reach(take_tick)
        self._collect(take_tick, message)
        self._delay_compensation.send_at_once(take_tick, message)

    def record(self, take_tick: int, message: bytes) -> None:
        """Add a musician's message to the take without sending it."""
        self._take_timeline.reach(take_tick)
        self.report_if_sent()
        self._delay_compensation.record(take_tick, message)
        self._report(Recorded(take_tick, message))

    def leave_out(self, message: bytes) -> None:
        """Take a note-on back from the take, because its note is cut off as it begins."""
        self._delay_compensation.leave_out(message)
        self._report(LeftOut(message))

    def count_note_on(self) -> None:
        """Count the latest message, a note-on of the music, and the delay with which it is sent."""
        if self._held:
            self._counted.add(len(self._held) - 1)

    def count_drop(self) -> None:
        """Count a note that was too late to play."""
        self._dropped += 1

    @property
    def reached(self) -> int:
        """The furthest tick of the take."""
        return self._take_timeline.reached

    def reach(self, tick: int) -> int:
        """Advance the take to `tick` of the music, and return the take's tick."""
        take_tick = self._take_tick(tick)
        self._take_timeline.reach(take_tick)
        return take_tick

    def report(self, tick: int) -> None:
        """Report the messages sent since the last report, of which the last one was at `tick`."""
        self._report_sent(self._take_tick(tick))

    def report_if_sent(self) -> None:
        """Report the messages of the take sent since the last report, if there are any."""
        if self._sent:
            self._report_sent(self._take_timeline.reached)

    def _report_sent(self, take_tick: int) -> None:
        self._report(Sent(take_tick, tuple(self._sent), tuple(self._late_ms), self._dropped))
        self._sent.clear()
        self._late_ms.clear()
        self._dropped = 0

    def _collect(self, tick: int, message: bytes) -> None:
        if tick >= 0 and message[0] < CLOCK and message[0] != SONG_POSITION:
            # Clock and count-in are not part of the take, so they are not reported.
            self._sent.append(message)

    def _take_tick(self, tick: int) -> int:
        """Return the take's tick at a tick of the music, no earlier than the last one; below 0 in the count-in."""
        return tick if tick < 0 else max(self._take_timeline.of(tick), self._take_timeline.reached)
