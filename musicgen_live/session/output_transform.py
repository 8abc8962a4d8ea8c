"""Transposes notes on their way to the player."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class OutputTransform:
    """The values of the parameters that apply to the output, by their names; the network does not know them."""

    transpose: int = 0
    """Semitones."""
    octave: int = 0

    def changed(self, name: str, value: Any) -> OutputTransform:  # noqa: ANN401 (checked by the parameter)
        """Return the transform with one value changed."""
        return replace(self, **{name: value})

    def __call__(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """Return the notes to send; a pitch outside 0 to 127 moves by octaves into that range."""
        semitones = self.transpose + 12 * self.octave
        if not semitones:
            return tuple(notes)
        return tuple(replace(note, pitch=folded(note.pitch + semitones)) for note in notes)


def folded(pitch: int) -> int:
    """Return a pitch moved by octaves into the range of MIDI, 0 to 127."""
    if pitch < 0:
        return pitch % 12
    return pitch if pitch <= 127 else pitch - 12 * (-(-(pitch - 127) // 12))
