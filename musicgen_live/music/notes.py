"""A note in musical time: what encodings decode to and players are fed with."""

from __future__ import annotations

from dataclasses import dataclass

PPQ = 480
"""Ticks a quarter note, in memory and in every file written."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Onset and length in ticks from the start of the take, MIDI pitch (0 to 127, 60 is C4), velocity (1 to 127)."""

    start_tick: int
    duration_ticks: int
    pitch: int
    velocity: int

    @property
    def end_tick(self) -> int:
        """The tick at which the note is released."""
        return self.start_tick + self.duration_ticks
