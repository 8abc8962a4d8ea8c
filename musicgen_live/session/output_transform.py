"""Alters notes on their way to the player: pitch, loudness and length, as the network does not know them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import PPQ, Note

_ON_LINE_TICKS = PPQ // 8
"""A note this little after a bar line, a thirty-second note, is on it: `humanize` delays notes."""


@dataclass(frozen=True)
class OutputTransform:
    """The values of the parameters that apply to the output, by their names."""

    transpose: int = 0
    """Semitones."""
    octave: int = 0
    accent: int = 0
    """The velocity added to notes on the first beat of a bar."""
    velocity_curve: float = 0.0
    """From -1 to 1: below 0 soft notes become softer, above 0 louder; the softest and the loudest stay."""
    gate: float = 100.0
    """The length of notes in percent of their written one."""

    def changed(self, name: str, value: Any) -> OutputTransform:  # noqa: ANN401 (checked by the parameter)
        """Return the transform with the value of a parameter changed."""
        return replace(self, **{name.replace("-", "_"): value})

    @property
    def values(self) -> dict[str, Any]:
        """The values by the names of their parameters."""
        return {name.replace("_", "-"): value for name, value in vars(self).items()}

    def __call__(self, notes: Iterable[Note], meter: Meter) -> tuple[Note, ...]:
        """Return the notes to send, of a time signature; a pitch outside 0 to 127 moves by octaves into that range."""
        if self == _IDENTITY:
            return tuple(notes)
        return tuple(self._altered(note, meter) for note in notes)

    def _altered(self, note: Note, meter: Meter) -> Note:
        velocity = _curved(note.velocity, self.velocity_curve)
        if note.start_tick - meter.line_before(note.start_tick) < _ON_LINE_TICKS:
            velocity = min(127, velocity + self.accent)
        return replace(
            note,
            duration_ticks=max(1, round(note.duration_ticks * self.gate / 100)),
            pitch=folded(note.pitch + self.transpose + 12 * self.octave),
            velocity=velocity,
        )


_IDENTITY = OutputTransform()


def _curved(velocity: int, curve: float) -> int:
    """Return a velocity by a power curve, whose exponent goes from 4 at -1 to a quarter at 1."""
    return max(1, round(127 * math.pow(velocity / 127, math.pow(4, -curve))))


def folded(pitch: int) -> int:
    """Return a pitch moved by octaves into the range of MIDI, 0 to 127."""
    if pitch < 0:
        return pitch % 12
    return pitch if pitch <= 127 else pitch - 12 * (-(-(pitch - 127) // 12))
