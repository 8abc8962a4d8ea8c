"""A note that a model has rendered, and what every model of an instrument can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .modes import Floats


@dataclass(frozen=True)
class Note:
    """The sound of a note."""

    sound: Floats
    """Shape (2, frames), at any level."""
    loop_start_frame: int | None = None
    """The frame that follows on the end of the loop; None: the note decays."""
    loop_end_frame: int | None = None
    """The first frame after the loop; what follows is the loop's beginning again."""


class Model(Protocol):
    """An instrument that can be rendered."""

    def note(self, pitch: int, velocity: int) -> Note:
        """Return a note of a MIDI pitch and velocity while its key is held; the same at every call."""
