"""Sends timing messages for other devices: MIDI clock with start, stop and song position, and count-in clicks."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.midi.messages import CLOCK, CONTINUE, SONG_POSITION, START, STOP
from musicgen_live.player.count_in import Click, CountIn
from musicgen_live.player.schedule import NOTE_END, NOTE_START, EventQueue
from musicgen_live.player.timing import TICKS_PER_PULSE, TICKS_PER_SIXTEENTH

Send = Callable[[int, bytes], None]
"""Sends a message at a tick of the music."""

_LAST_SIXTEENTH = 0x3FFF


class ClockOut:
    """MIDI clock out: 24 pulses per quarter, each at an absolute tick, so a late pulse delays none after it."""

    def __init__(self) -> None:
        self.next_tick = 0
        self._begin = START
        self._runs = False

    def locate(self, tick: int) -> list[bytes]:
        """Continue from the first sixteenth after `tick`; return the messages to send at once.

        Beyond the last song position in MIDI (1,024 bars of 4/4) receivers keep their own position.
        """
        sixteenth = max(0, tick // TICKS_PER_SIXTEENTH + 1)
        self.next_tick = sixteenth * TICKS_PER_SIXTEENTH
        self._begin, self._runs = CONTINUE, False
        position = [bytes((SONG_POSITION, sixteenth & 0x7F, sixteenth >> 7))] if sixteenth <= _LAST_SIXTEENTH else []
        return [bytes((STOP,)), *position]

    def run_from(self, tick: int, *, is_jump: bool) -> list[bytes]:
        """Begin at `tick`, or continue there after `stop`; return the messages to send at once.

        In a count-in, below tick 0, only pulses are sent, and start is sent at 0. After a jump receivers get the next
        sixteenth as song position and continue there; without a jump they have kept their position.
        """
        if tick <= 0:
            self.next_tick, self._begin, self._runs = -(-tick // TICKS_PER_PULSE) * TICKS_PER_PULSE, START, False
            return []
        if is_jump:
            return self.locate(tick - 1)[1:]
        self._begin, self._runs = CONTINUE, False
        return []

    def due(self) -> list[bytes]:
        """Return the messages due at `next_tick`, and set it to the next pulse."""
        tick = self.next_tick
        self.next_tick += TICKS_PER_PULSE
        pulse = bytes((CLOCK,))
        if self._runs or tick < 0:
            return [pulse]
        self._runs = True
        return [bytes((self._begin,)), pulse]

    def stop(self) -> list[bytes]:
        """Return the messages to send when the music ends or stops."""
        was_running, self._runs = self._runs, False
        return [bytes((STOP,))] if was_running else []


class TimingMessages:
    """Sends MIDI clock if `sends_clock`, and puts the clicks of a count-in into the player's queue."""

    def __init__(self, count_in: CountIn, queue: EventQueue, *, sends_clock: bool) -> None:
        self.count_in = count_in
        self._queue = queue
        self._clock = ClockOut() if sends_clock else None

    @property
    def next_pulse_tick(self) -> int | None:
        """The tick of the next clock pulse."""
        return self._clock.next_tick if self._clock else None

    def locate(self, tick: int, send: Send) -> None:
        """Send the song position at which this player takes over from another one."""
        for message in self._clock.locate(tick) if self._clock else ():
            send(0, message)

    def run_from(self, tick: int, send: Send, *, is_jump: bool) -> None:
        """Run from `tick` on: clicks below tick 0, and the clock."""
        for click in self.count_in.clicks(tick) if tick < 0 else ():
            self._queue.put(click.start_tick, NOTE_START, click)
        for message in self._clock.run_from(tick, is_jump=is_jump) if self._clock else ():
            send(tick, message)

    def send_pulse(self, tick: int, send: Send) -> None:
        """Send the pulse that is due at `tick`."""
        for message in self._clock.due() if self._clock else ():
            send(tick, message)

    def click(self, kind: int, click: Click, send: Send) -> None:
        """Send the start or the end of a click."""
        if kind == NOTE_START:
            send(click.start_tick, click.note_on)
            self._queue.put(click.end_tick, NOTE_END, click)
        else:
            send(click.end_tick, click.note_off)

    def stop(self, tick: int, send: Send) -> None:
        """Stop the clock, and end the clicks that sound."""
        for message in self._clock.stop() if self._clock else ():
            send(tick, message)
        for click in self._queue.open_clicks():
            send(click.start_tick, click.note_off)
