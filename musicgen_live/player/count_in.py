"""The count-in: clicks for the ports at ticks below 0, which no take records."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.midi.messages import CLICK_CHANNEL, CLICK_PITCH, NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

CLICK_TICKS = PPQ // 8
ACCENT_VELOCITY, CLICK_VELOCITY = 120, 80


@dataclass(frozen=True)
class Click:
    """One click: the messages that begin and end it, and their ticks."""

    start_tick: int
    end_tick: int
    note_on: bytes
    note_off: bytes


@dataclass(frozen=True)
class CountIn:
    """A number of bars of a time signature; 0 for none."""

    bars: int
    time_signature: TimeSignature

    @property
    def ticks(self) -> int:
        """The length of the count-in."""
        return self.bars * self.time_signature.bar_ticks

    def clicks(self, from_tick: int) -> list[Click]:
        """Return a click a beat, the first of each bar accented, from `from_tick` on, which is below 0."""
        beats, beat_ticks = self.time_signature.beats, self.time_signature.beat_ticks
        return [
            _click(tick, ACCENT_VELOCITY if number % beats == 0 else CLICK_VELOCITY)
            for number, tick in enumerate(range(-self.ticks, 0, beat_ticks))
            if tick >= from_tick
        ]


NO_COUNT_IN = CountIn(0, COMMON_TIME)


def _click(tick: int, velocity: int) -> Click:
    # A 32nd, which is also the shortest beat there is: the last one ends at tick -1, still in the count-in.
    note_on = bytes((NOTE_ON | CLICK_CHANNEL, CLICK_PITCH, velocity))
    note_off = bytes((NOTE_OFF | CLICK_CHANNEL, CLICK_PITCH, 0))
    return Click(tick, tick + CLICK_TICKS - 1, note_on, note_off)
