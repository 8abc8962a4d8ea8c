"""Time signatures: the lengths of bars and beats, and the bar and beat of a tick."""

from __future__ import annotations

from typing import NamedTuple

from musicgen_live.errors import SettingsError
from musicgen_live.music.notes import PPQ

WHOLE_TICKS = 4 * PPQ
"""Ticks of a whole note."""

_MOST_BEATS = 32
_UNITS = (1, 2, 4, 8, 16, 32)


class TimeSignature(NamedTuple):
    """`beats` per bar, each one `unit`-th of a whole note: 6/8 is `TimeSignature(6, 8)`."""

    beats: int
    unit: int

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"

    @property
    def bar_ticks(self) -> int:
        """The length of a bar, in ticks."""
        return self.beats * WHOLE_TICKS // self.unit

    @property
    def beat_ticks(self) -> int:
        """The length of the note that the lower number names, in ticks."""
        return WHOLE_TICKS // self.unit

    @property
    def counted_beat_ticks(self) -> int:
        """The length of a counted beat, in ticks: three units in compound time such as 6/8 and 9/8, else one unit."""
        is_compound = self.unit >= 8 and self.beats % 3 == 0 and self.beats > 3
        return 3 * self.beat_ticks if is_compound else self.beat_ticks

    def bar_and_beat(self, tick: int) -> tuple[int, int]:
        """Return the bar and the beat in it, both from 1, of a tick that is not below 0."""
        bar, rest = divmod(tick, self.bar_ticks)
        return bar + 1, rest // self.beat_ticks + 1

    def format_position(self, tick: int) -> str:
        """Return a position in a musician's words: `bar 3`, or `bar 3, beat 2`."""
        bar, beat = self.bar_and_beat(max(0, tick))
        return f"bar {bar}" + (f", beat {beat}" if beat > 1 else "")


COMMON_TIME = TimeSignature(4, 4)


def parse_time_signature(text: str) -> TimeSignature:
    """Return the time signature of a text such as `6/8`; SettingsError if it is none."""
    beats, slash, unit = text.partition("/")
    if not (
        slash and beats.isdecimal() and len(beats) < 4 and 1 <= int(beats) <= _MOST_BEATS and unit in map(str, _UNITS)
    ):
        raise SettingsError(f"meter is {text!r}; write it as a time signature, such as 4/4, 3/4 or 6/8")
    return TimeSignature(int(beats), int(unit))
