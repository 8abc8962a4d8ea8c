"""The instruments that ship: for each its name, its keys and velocities, and how its notes end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .electric_piano import SUITCASE
from .files import Description, RenderedSample
from .levels import begun, ended
from .note import Model
from .pad import WARM
from .piano import FELT, GRAND
from .plucked import BASS


@dataclass(frozen=True)
class Entry:
    """An instrument that ships."""

    description: Description
    model: Model
    pitches: range
    velocities: tuple[int, ...]
    compression: float
    """Of Vorbis: 0 is best, 1 smallest."""
    ends_at_db: float
    """A decaying sample ends this far below its peak."""

    def rendered(self) -> Iterator[RenderedSample]:
        """Yield the samples, key by key."""
        for pitch in self.pitches:
            for velocity in self.velocities:
                yield self.sample(pitch, velocity)

    def sample(self, pitch: int, velocity: int) -> RenderedSample:
        """Return a sample, with smooth ends."""
        note = self.model.note(pitch, velocity)
        if note.loop_start_frame is None:
            return RenderedSample(pitch, velocity, begun(ended(note.sound, self.ends_at_db), 0.0005))
        return RenderedSample(pitch, velocity, note.sound, note.loop_start_frame, note.loop_end_frame)


_SOURCE = "Modelled by this project from published figures, as docs/instruments.md says; nothing was recorded."
_NEVER = 128

CATALOGUE = {
    entry.description.name: entry
    for entry in (
        Entry(
            Description("piano", _SOURCE, {0: 0.45, 48: 0.3, 60: 0.22, 72: 0.16}, 90),
            GRAND,
            range(21, 109, 3),
            (40, 80, 118),
            compression=0.9,
            ends_at_db=55,
        ),
        Entry(
            Description("felt", _SOURCE, {0: 0.5, 48: 0.35, 60: 0.28, 72: 0.2}, 90),
            FELT,
            range(26, 105, 6),
            (50, 100),
            compression=0.9,
            ends_at_db=50,
        ),
        Entry(
            Description("electric-piano", _SOURCE, {0: 0.25, 60: 0.15}, _NEVER),
            SUITCASE,
            range(28, 101, 6),
            (40, 80, 118),
            compression=0.9,
            ends_at_db=50,
        ),
        Entry(
            Description("bass", _SOURCE, {0: 0.15}, _NEVER),
            BASS,
            range(24, 68, 4),
            (60, 110),
            compression=0.9,
            ends_at_db=45,
        ),
        Entry(
            Description("pad", _SOURCE, {0: 1.5}, _NEVER),
            WARM,
            range(36, 97, 6),
            (80,),
            compression=0.4,
            ends_at_db=60,
        ),
    )
}
