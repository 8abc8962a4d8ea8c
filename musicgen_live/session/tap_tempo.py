"""Finds a tempo from taps on the beat. Takes moments in seconds, and has no clock."""

from __future__ import annotations

from collections import deque

FEWEST_TAPS = 3
_MOST_TAPS = 5
LONGEST_GAP_S = 2.0
"""A tap that comes later begins anew: slower than 30 BPM nobody taps."""


class TapTempo:
    """The latest taps: the tempo is that of at most four beats between them, so that it follows a hand that changes."""

    def __init__(self) -> None:
        self._taps_s: deque[float] = deque(maxlen=_MOST_TAPS)

    def tap(self, at_s: float) -> float | None:
        """Add a tap; return the beats per minute once there are three, a quarter each, else None."""
        if self._taps_s and not 0 < at_s - self._taps_s[-1] <= LONGEST_GAP_S:
            self._taps_s.clear()
        self._taps_s.append(at_s)
        if len(self._taps_s) < FEWEST_TAPS:
            return None
        return 60 * (len(self._taps_s) - 1) / (self._taps_s[-1] - self._taps_s[0])
