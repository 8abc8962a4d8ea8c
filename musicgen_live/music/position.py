"""The position of the music at a moment, which the player reports and every other part extrapolates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from musicgen_live.music.notes import PPQ


@dataclass(frozen=True)
class Position:
    """The music is at `tick` at the moment `at_s`, and runs on from there at `tempo` or stands still.

    Moments are `time.monotonic()`, which all processes of a machine share; tempos are quarter notes per minute. Ticks
    are negative in a count-in. `take_tick` is the tick of the take at the same moment; a take only goes forward.
    """

    tick: int
    at_s: float
    tempo: float
    runs: bool
    take_tick: int = 0

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun at a moment, earlier or later, at this tempo."""
        if not self.runs:
            return self.tick
        # A moment computed from a tick must convert back to that tick; 1e-6 of a tick is far below any clock.
        return self.tick + math.floor((at_s - self.at_s) * self.tempo * PPQ / 60 + 1e-6)

    def due_s(self, tick: int) -> float:
        """Return the moment at which a tick is due; meaningless while the music stands still."""
        return self.at_s + (tick - self.tick) * 60 / (self.tempo * PPQ)

    @property
    def take_offset_ticks(self) -> int:
        """The distance from a tick of the music to the tick of the take."""
        return self.take_tick - self.tick
