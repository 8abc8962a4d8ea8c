"""Maps between ticks of the take and seconds since its first tick."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from musicgen_live.music.notes import PPQ

KEPT_CHANGES = 1024


@dataclass(frozen=True)
class TempoMap:
    """Tempo changes as `(tick, quarter notes per minute)`, the first at tick 0, ticks rising; ValueError otherwise."""

    changes: tuple[tuple[int, float], ...]
    _starts_s: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ticks = [tick for tick, _ in self.changes]
        if not ticks or ticks[0] != 0 or any(later <= tick for tick, later in pairwise(ticks)):
            raise ValueError(f"tempo changes have to begin at tick 0 and rise, not {ticks}")
        starts_s = [0.0]
        for (tick, tempo), (later, _) in pairwise(self.changes):
            starts_s.append(starts_s[-1] + (later - tick) * 60 / (tempo * PPQ))
        object.__setattr__(self, "_starts_s", tuple(starts_s))

    def changed(self, tick: int, tempo: float) -> TempoMap:
        """Return the map with this tempo from `tick` (0 or later) to the end, in place of all later changes.

        Of many changes the oldest become one, at their mean tempo, so that those after it stay when they were: a knob
        that is never still must not make the map endless.
        """
        changed = TempoMap((*(change for change in self.changes if change[0] < tick), (tick, tempo)))
        if len(changed.changes) < 2 * KEPT_CHANGES:
            return changed
        kept = changed.changes[-KEPT_CHANGES:]
        first_tick, first_s = kept[0][0], changed.seconds_at(kept[0][0])
        return TempoMap(((0, first_tick * 60 / (first_s * PPQ)), *kept))

    def seconds_at(self, tick: float) -> float:
        """Return the seconds from tick 0 to a tick; a count-in has ticks below 0, at the first tempo."""
        i = bisect_right(self.changes, tick, key=lambda change: change[0]) - 1
        start, tempo = self.changes[max(i, 0)]
        return self._starts_s[max(i, 0)] + (tick - start) * 60 / (tempo * PPQ)

    def tick_at(self, seconds: float) -> int:
        """Return the last tick that has begun `seconds` after tick 0; the inverse of `seconds_at`."""
        i = max(bisect_right(self._starts_s, seconds) - 1, 0)
        start, tempo = self.changes[i]
        # A time computed from a tick must convert back to that tick; 1e-6 of a tick is far below any clock.
        return start + math.floor((seconds - self._starts_s[i]) * tempo * PPQ / 60 + 1e-6)
