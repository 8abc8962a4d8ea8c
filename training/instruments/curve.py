"""A figure that changes over the keyboard, given at some keys."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """Values above 0 at some MIDI pitches, interpolated geometrically between them and constant beyond the ends."""

    points: tuple[tuple[float, float], ...]

    def at(self, pitch: float) -> float:
        """Return the value at a pitch."""
        below = [point for point in self.points if point[0] <= pitch]
        above = [point for point in self.points if point[0] > pitch]
        if not below or not above:
            return (below[-1] if below else above[0])[1]
        (low, low_value), (high, high_value) = below[-1], above[0]
        share = (pitch - low) / (high - low)
        return math.exp((1 - share) * math.log(low_value) + share * math.log(high_value))


def curve(*points: tuple[float, float]) -> Curve:
    """Return a curve through points of a MIDI pitch and a value, in order of pitch."""
    return Curve(points)
