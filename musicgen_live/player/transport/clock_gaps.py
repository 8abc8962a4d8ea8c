"""Finds the cause of a gap between the pulses of a clock from the pulses after it. Knows no filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

LEAST_PERIOD_S = 60 / 24 / 500
"""The shortest period of a clock. Pulses closer together were delivered together: a JACK server of 1,024 frames
delivers all pulses of 21 ms at once, and a busy machine all pulses that arrived meanwhile."""

ASSUMED_JITTER_S = 0.025
"""The jitter assumed until enough pulses have arrived to measure it: a little more than those 21 ms."""

ENOUGH = 12
"""The number of pulses that show a clock's jitter, and its phase despite much jitter."""

REGULAR = 0.35
"""The jitter, in periods, below which `FEW` pulses are enough."""

FEW = 4
MOST = 48
"""The number of pulses after which the search ends: their jitter has increased, so they will not lie on a line."""

GAP_LIMIT = 24
"""The length of a gap, in pulses, from which on the clock must have paused."""

SAME_TEMPO = 0.15
"""The relative difference of periods up to which the tempo is the same."""

IN_TIME = 0.25
"""The tolerance, in periods, for pulses after a gap to be in time, so that only some were lost."""

COARSELY_IN_TIME = 0.4
"""The tolerance for a clock with much jitter: the filter's own phase may be off by the difference."""

DELAYED = 0.6
"""A pulse that arrives within this time, in periods, after another one follows a delayed one."""


@dataclass(frozen=True)
class Line:
    """A straight line fitted to pulses, moment against pulse number."""

    period_s: float
    middle: float
    """The pulse number at the centre."""
    middle_s: float
    """The moment at the centre."""
    spread_s: float
    """The difference between the greatest and the least deviation of a pulse from the line."""

    def at(self, number: float) -> float:
        """Return the moment of a pulse on the line."""
        return self.middle_s + (number - self.middle) * self.period_s


def line_through(pulses: Sequence[tuple[int, float]]) -> Line:
    """Return the least squares line through at least two pulses, given as (number, seconds)."""
    middle = sum(number for number, _ in pulses) / len(pulses)
    middle_s = sum(at_s for _, at_s in pulses) / len(pulses)
    period_s = sum((number - middle) * (at_s - middle_s) for number, at_s in pulses) / sum(
        (number - middle) ** 2 for number, _ in pulses
    )
    off_s = [at_s - middle_s - (number - middle) * period_s for number, at_s in pulses]
    return Line(period_s, middle, middle_s, max(off_s) - min(off_s))


def jitter_s(pulses: Sequence[tuple[int, float]]) -> float:
    """Return the difference between the greatest and the least delay of pulses, against a steady clock."""
    return line_through(pulses).spread_s if len(pulses) >= ENOUGH else ASSUMED_JITTER_S


class GapKind(Enum):
    """The cause of a gap."""

    LOST = auto()
    """Pulses were lost, or only late if their number is 0. The clock has continued in time."""
    PAUSED = auto()
    """The clock stood still and continues at the same tempo."""
    OTHER_TEMPO = auto()


@dataclass(frozen=True)
class Verdict:
    """The cause of a gap, and the number of lost pulses."""

    kind: GapKind
    lost: int = 0


class ClockGap:
    """The pulses from the first late one on, until the cause is known."""

    def __init__(self, number: int, due_s: float, period_s: float, jitter_s: float, before_s: float) -> None:
        """Make a gap before pulse `number`, due at `due_s`; the last one before it arrived at `before_s`."""
        self.number = number
        self.pulses: list[tuple[int, float]] = []
        self._due_s = due_s
        self._period_s = period_s
        self._jitter_s = jitter_s
        self._before_s = before_s
        self._window = FEW if jitter_s < REGULAR * period_s else ENOUGH
        self._reliable_from = 1  # The first one may have been delayed.

    def receive(self, at_s: float) -> Verdict | None:
        """Add the next pulse, and return the cause of the gap if it is clear by now.

        It is clear when the last few pulses lie on a line: at the old tempo and in time, which also gives the number of
        missing pulses, at the old tempo and out of time, or at another tempo. Pulses that arrive together were delayed
        and are ignored, unless this clock's always arrive like that.
        """
        self.pulses.append((self.number + len(self.pulses), at_s))
        if len(self.pulses) == 1:
            return None
        last_s = self.pulses[-2][1]
        is_long = self.pulses[0][1] - self._before_s > GAP_LIMIT * self._period_s
        if len(self.pulses) == 2 and is_long and at_s - last_s > DELAYED * self._period_s:
            return Verdict(GapKind.PAUSED)
        if at_s - last_s < LEAST_PERIOD_S and self._window == FEW:
            self._reliable_from = len(self.pulses)
        if len(self.pulses) - self._reliable_from < self._window:
            return None
        return self._judge(line_through(self.pulses[-self._window :]))

    def _judge(self, line: Line) -> Verdict | None:
        """Return the cause by the line through the last few pulses, None if they do not lie on it."""
        if line.spread_s > self._jitter_s + IN_TIME * min(self._period_s, line.period_s):
            return Verdict(GapKind.PAUSED) if len(self.pulses) - self._reliable_from >= MOST else None
        if abs(line.period_s / self._period_s - 1) > SAME_TEMPO:
            return Verdict(GapKind.OTHER_TEMPO) if line.period_s > LEAST_PERIOD_S else None
        behind = (line.middle_s - self._due_s) / self._period_s - (line.middle - self.number)
        lost = round(behind)
        if 0 <= lost < GAP_LIMIT and abs(behind - lost) <= (IN_TIME if self._window == FEW else COARSELY_IN_TIME):
            return Verdict(GapKind.LOST, lost)
        return Verdict(GapKind.PAUSED)
