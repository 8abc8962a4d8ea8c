"""The note in musical time, which encodings produce and the player plays."""

from __future__ import annotations

from dataclasses import dataclass, replace

PPQ = 480
"""Ticks per quarter note, in memory and in every file written."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Onset and length in ticks from the start of the take, MIDI pitch (0 to 127, 60 is C4), velocity (1 to 127).

    Examples:
        >>> from musicgen_live import PPQ, Note
        >>> Note(start_tick=0, duration_ticks=PPQ, pitch=60, velocity=80).end_tick
        480
    """

    start_tick: int
    duration_ticks: int
    pitch: int
    velocity: int
    part: str = ""
    """The part of the music that it belongs to, one of `parts.PARTS`; empty while nobody has split the music."""

    @property
    def end_tick(self) -> int:
        """The tick of the note-off."""
        return self.start_tick + self.duration_ticks

    def later_by(self, ticks: int) -> Note:
        """Return the same note so many ticks later."""
        return replace(self, start_tick=self.start_tick + ticks) if ticks else self
