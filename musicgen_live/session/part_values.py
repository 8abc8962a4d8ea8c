"""The values of each part of the music: mute, solo, transposition, loudness, program and bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.config.part_options import OWN, PartOptions
from musicgen_live.music.notes import Note
from musicgen_live.session.output_transform import folded


@dataclass(frozen=True)
class PartValues:
    """The values of the parameters of one part, by their names without it."""

    mute: bool = False
    solo: bool = False
    transpose: int = 0
    """Semitones."""
    velocity: int = 0
    """Added to the velocity of each note."""
    program: int | None = None
    """1 to 128."""
    bank: int | None = None
    """0 to 16,383."""

    def changed(self, name: str, value: Any) -> PartValues:  # noqa: ANN401 (checked by the parameter)
        """Return the values with one of them changed."""
        return replace(self, **{name: value})

    def sent(self, note: Note) -> Note:
        """Return a note of the part as it is sent."""
        if not self.transpose and not self.velocity:
            return note
        velocity = min(max(note.velocity + self.velocity, 1), 127)
        return replace(note, pitch=folded(note.pitch + self.transpose), velocity=velocity)


Parts = Mapping[str, PartValues]
"""The values of each part, by its name; empty while the music is not split."""


def values_at_first(parts: Iterable[PartOptions]) -> Parts:
    """Return the values that the options of parts begin with."""
    return {
        part.name: PartValues(transpose=part.transpose, velocity=part.velocity, program=part.program, bank=part.bank)
        for part in parts
        if part.name != OWN
    }


def muted_parts(parts: Parts) -> frozenset[str]:
    """Return the parts that send nothing: with mute, or without solo while another has it."""
    has_solo = any(values.solo for values in parts.values())
    return frozenset(name for name, values in parts.items() if values.mute or (has_solo and not values.solo))
