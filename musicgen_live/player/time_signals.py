"""What else goes out with the music, for others to be in time by: the clicks of a count-in, and MIDI clock."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.player.agenda import NOTE_END, NOTE_START, EventQueue
from musicgen_live.player.clock_out import ClockOut
from musicgen_live.player.count_in import Click, CountIn

Send = Callable[[int, bytes], None]
"""Sends a message at a tick of the music."""


class TimingMessages:
    """Clicks are put down in a player's agenda; pulses come before what is due at the same tick."""

    def __init__(self, count_in: CountIn, agenda: EventQueue, *, sends_clock: bool) -> None:
        self.count_in = count_in
        self._agenda = agenda
        self._pulses = ClockOut() if sends_clock else None

    @property
    def next_pulse_tick(self) -> int | None:
        """When the next clock pulse is due."""
        return self._pulses.next_tick if self._pulses else None

    def locate(self, tick: int, send: Send) -> None:
        """Another player ran until now: tell whoever follows where it goes on."""
        for message in self._pulses.locate(tick) if self._pulses else ():
            send(0, message)

    def run_from(self, tick: int, send: Send, *, is_jump: bool) -> None:
        """The music runs from `tick` on."""
        for click in self.count_in.clicks(tick) if tick < 0 else ():
            self._agenda.put(click.start_tick, NOTE_START, click)
        for message in self._pulses.run_from(tick, is_jump=is_jump) if self._pulses else ():
            send(tick, message)

    def send_pulse(self, tick: int, send: Send) -> None:
        """Send the pulse that is due at `tick`."""
        for message in self._pulses.due() if self._pulses else ():
            send(tick, message)

    def click(self, kind: int, click: Click, send: Send) -> None:
        """Strike or release a click."""
        if kind == NOTE_START:
            send(click.start_tick, click.strike)
            self._agenda.put(click.end_tick, NOTE_END, click)
        else:
            send(click.end_tick, click.release)

    def end(self, tick: int, send: Send) -> None:
        """The music halts or ends: stop, and no click sounds on."""
        for message in self._pulses.stop() if self._pulses else ():
            send(tick, message)
        for click in self._agenda.open_clicks():
            send(click.start_tick, click.release)
