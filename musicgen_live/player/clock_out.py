"""The MIDI clock that a player sends: 24 pulses a quarter, and where the music starts, goes on and stops."""

from __future__ import annotations

from musicgen_live.midi.messages import CLOCK, CONTINUE, SONG_POSITION, START, STOP
from musicgen_live.music.notes import PPQ

TICKS_PER_PULSE = PPQ // 24
TICKS_PER_SIXTEENTH = PPQ // 4
"""Song positions are counted in sixteenth notes."""

_LAST_STEP = 0x3FFF


class ClockOut:
    """Which clock messages are due at which tick. Pulses are as absolute as notes: a late one moves none after it."""

    def __init__(self) -> None:
        self.next_tick = 0
        self._begin = START
        self._runs = False

    def locate(self, tick: int) -> list[bytes]:
        """Go on from the first sixteenth after `tick`: the messages to send at once, for whoever had been following.

        Beyond the last position that MIDI knows (1,024 bars of 4/4) the receivers keep their own.
        """
        step = max(0, tick // TICKS_PER_SIXTEENTH + 1)
        self.next_tick = step * TICKS_PER_SIXTEENTH
        self._begin, self._runs = CONTINUE, False
        position = [bytes((SONG_POSITION, step & 0x7F, step >> 7))] if step <= _LAST_STEP else []
        return [bytes((STOP,)), *position]

    def run_from(self, tick: int, *, is_jump: bool) -> list[bytes]:
        """The music begins or, after `stop`, goes on at `tick`: what to send at once.

        Below tick 0, in a count-in, pulses go out alone, and start goes out at 0. Where the music jumps, receivers are
        told the next sixteenth and go on there; else they have kept their place.
        """
        if tick <= 0:
            self.next_tick, self._begin, self._runs = -(-tick // TICKS_PER_PULSE) * TICKS_PER_PULSE, START, False
            return []
        if is_jump:
            return self.locate(tick - 1)[1:]
        self._begin, self._runs = CONTINUE, False
        return []

    def due(self) -> list[bytes]:
        """The messages due at `next_tick`, which moves on to the next pulse."""
        tick = self.next_tick
        self.next_tick += TICKS_PER_PULSE
        pulse = bytes((CLOCK,))
        if self._runs or tick < 0:
            return [pulse]
        self._runs = True
        return [bytes((self._begin,)), pulse]

    def stop(self) -> list[bytes]:
        """What to send when the music ends or halts."""
        was_running, self._runs = self._runs, False
        return [bytes((STOP,))] if was_running else []
