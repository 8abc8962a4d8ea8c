"""The instruments that ship: for each its name, its keys and velocities, and how its notes end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from training.instruments.files import Description, RenderedSample
from training.instruments.hammered import Piano
from training.instruments.levels import begun, ended
from training.instruments.piano import GRAND


@dataclass(frozen=True)
class Entry:
    """An instrument that ships."""

    description: Description
    model: Piano
    pitches: range
    velocities: tuple[int, ...]
    compression: float
    """Of Vorbis: 0 is best, 1 smallest."""
    ends_at_db: float
    """A sample ends this far below its peak."""

    def rendered(self) -> Iterator[RenderedSample]:
        """Yield the samples, key by key."""
        for pitch in self.pitches:
            for velocity in self.velocities:
                sound = begun(ended(self.model.note(pitch, velocity), self.ends_at_db, 0.3), 0.0005)
                yield RenderedSample(pitch, velocity, sound)


_MODELLED = "Modelled by this project from published figures (see docs/instruments.md); recorded from nothing."

CATALOGUE = {
    entry.description.name: entry
    for entry in (
        Entry(
            Description("piano", _MODELLED, {0: 0.45, 48: 0.3, 60: 0.22, 72: 0.16}, 90),
            GRAND,
            range(21, 109, 3),
            (40, 80, 118),
            compression=0.8,
            ends_at_db=60,
        ),
    )
}
