"""What is done to notes on their way out, after everything was composed: moved in pitch, or silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class OutputTransform:
    """The network never knows of it."""

    transpose: int = 0
    """Semitones."""
    octave: int = 0
    mute: bool = False

    def __call__(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """The notes as they go out; one that would leave 0 to 127 stays in the nearest octave that has it."""
        if self.mute:
            return ()
        by = self.transpose + 12 * self.octave
        return tuple(replace(note, pitch=_folded(note.pitch + by)) for note in notes) if by else tuple(notes)


def _folded(pitch: int) -> int:
    if pitch < 0:
        return pitch % 12
    return pitch if pitch <= 127 else pitch - 12 * (-(-(pitch - 127) // 12))
