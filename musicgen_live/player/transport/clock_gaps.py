"""What happened where pulses of a clock did not come in time: told by those that come next. Knows no loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

LEAST_PERIOD_S = 60 / 24 / 500
"""No clock is faster. Pulses that come sooner after each other have been handed over together: a JACK server of 1,024
frames hands over all that 21 ms have brought, and a machine that was busy all that came meanwhile."""

COARSEST_S = 0.025
"""How much pulses are taken to come late by, now and then, until enough have come to tell: a little more than that."""

ENOUGH = 12
"""Pulses that tell how much a clock jitters, and where it is though it jitters as much."""

REGULAR = 0.35
"""The jitter, in periods, from which on fewer do not."""

FEW = 4
MOST = 48
"""Pulses after which no more are waited for: they have come to jitter more than before, and will not lie on a line."""

GAP_LIMIT = 24
"""Pulses of a gap from which on a clock must have paused."""

SAME_TEMPO = 0.15
"""How much longer or shorter, in periods, a period may be and be the same."""

IN_TIME = 0.25
"""How close, in periods, pulses after a gap have to be to where they belong if only some were lost."""

COARSELY_IN_TIME = 0.4
"""The same for a clock whose jitter is large, since its loop may itself be off by as much as is between the two."""

HELD_UP = 0.6
"""How soon, in periods, a pulse comes behind another one that had been held up."""


@dataclass(frozen=True)
class Line:
    """The straight line through pulses: the time between two, where the middle is, and how far they are spread."""

    period_s: float
    middle: float
    middle_s: float
    spread_s: float

    def at(self, number: float) -> float:
        """When the line has a pulse."""
        return self.middle_s + (number - self.middle) * self.period_s


def line_through(pulses: Sequence[tuple[int, float]]) -> Line:
    """The line of least squares through (number, seconds), at least two of them."""
    middle = sum(number for number, _ in pulses) / len(pulses)
    middle_s = sum(at_s for _, at_s in pulses) / len(pulses)
    period_s = sum((number - middle) * (at_s - middle_s) for number, at_s in pulses) / sum(
        (number - middle) ** 2 for number, _ in pulses
    )
    off_s = [at_s - middle_s - (number - middle) * period_s for number, at_s in pulses]
    return Line(period_s, middle, middle_s, max(off_s) - min(off_s))


def jitter_s(pulses: Sequence[tuple[int, float]]) -> float:
    """How much later the latest of some pulses came than the earliest, against a steady clock."""
    return line_through(pulses).spread_s if len(pulses) >= ENOUGH else COARSEST_S


class GapKind(Enum):
    """What a gap was."""

    LOST = auto()
    """Pulses were lost, perhaps none: they were late, then. The clock goes on as if they had come."""
    PAUSED = auto()
    """The clock stood still and goes on, at the same tempo."""
    OTHER_TEMPO = auto()


@dataclass(frozen=True)
class Verdict:
    """What a gap was, and how many pulses of it were lost."""

    kind: GapKind
    lost: int = 0


class ClockGap:
    """The pulses from the first one that came too late on, until it is known why."""

    def __init__(self, number: int, due_s: float, period_s: float, jitter_s: float, before_s: float) -> None:
        """The pulse `number` was due at `due_s`; the last one that came before it, at `before_s`."""
        self.number = number
        self.pulses: list[tuple[int, float]] = []
        self._due_s = due_s
        self._period_s = period_s
        self._jitter_s = jitter_s
        self._before_s = before_s
        self._window = FEW if jitter_s < REGULAR * period_s else ENOUGH
        self._believed_from = 1  # The first one may have been held up.

    def receive(self, at_s: float) -> Verdict | None:
        """Take the next pulse: what the gap was, if it is clear by now.

        It is when the last few lie on a line: in the old tempo, either where pulses belong, and then so many are
        missing as the grid says, or beside it; or in another one. Pulses that come all at once had been held up and say
        nothing, unless this clock's always come like that.
        """
        self.pulses.append((self.number + len(self.pulses), at_s))
        if len(self.pulses) == 1:
            return None
        last_s = self.pulses[-2][1]
        is_long = self.pulses[0][1] - self._before_s > GAP_LIMIT * self._period_s
        if len(self.pulses) == 2 and is_long and at_s - last_s > HELD_UP * self._period_s:
            return Verdict(GapKind.PAUSED)
        if at_s - last_s < LEAST_PERIOD_S and self._window == FEW:
            self._believed_from = len(self.pulses)
        if len(self.pulses) - self._believed_from < self._window:
            return None
        return self._judge(line_through(self.pulses[-self._window :]))

    def _judge(self, line: Line) -> Verdict | None:
        """What the last few pulses say, if they lie on a line."""
        if line.spread_s > self._jitter_s + IN_TIME * min(self._period_s, line.period_s):
            return Verdict(GapKind.PAUSED) if len(self.pulses) - self._believed_from >= MOST else None
        if abs(line.period_s / self._period_s - 1) > SAME_TEMPO:
            return Verdict(GapKind.OTHER_TEMPO) if line.period_s > LEAST_PERIOD_S else None
        behind = (line.middle_s - self._due_s) / self._period_s - (line.middle - self.number)
        lost = round(behind)
        if 0 <= lost < GAP_LIMIT and abs(behind - lost) <= (IN_TIME if self._window == FEW else COARSELY_IN_TIME):
            return Verdict(GapKind.LOST, lost)
        return Verdict(GapKind.PAUSED)
