"""Tells two clocks apart whose pulses come in at one port. Knows no transport and no music.

MIDI clock does not name its sender, and a port may have two: a DAW and a drum machine of 120 and 97 BPM look like one
clock of 217. But each of them is regular alone, and together they are not. Two clocks of the same tempo, one after the
other, cannot be told from one clock of the double tempo.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from musicgen_live.player.transport.clock_gaps import Line, line_through

WINDOW = 96
"""The number of latest pulses that are searched for two clocks: a second, at least."""

TRY_EVERY = 16
"""The number of pulses between two searches. One takes 2 ms, and only pulses that are irregular are searched."""

LEAST_PULSES = 18
"""The pulses that each clock must have in the window, before it counts as one."""

UNEVEN = 0.27
"""The standard deviation from an even clock, in pulses, from which on there may be two: two clocks have 0.4, one has
0.25 at 240 BPM with a jitter of 2 ms, delivered once in 5 ms."""

IRREGULAR = 0.25
"""The standard deviation of the intervals of one clock, as a share of their mean, is less than this..."""
TWICE_IRREGULAR = 0.3
"""...and that of two clocks more than this."""

STARTS = 4
"""The number of pulses that are tried as the first one of a clock."""
NEXT = 8
"""The number of pulses after it that are tried as its second one."""

TOLERANCE = 0.3
"""The error of a pulse, as a share of the period, up to which it belongs to a clock."""

MOST_UNMATCHED = 3
"""The most pulses in the window that belong to neither clock, or are missing."""

SAME_S = 0.001
"""Pulses this near to each other were delivered together."""

LEAST_DIFFERENCE = 0.03
"""The share by which the periods of two clocks differ at least."""

LEAST_PERIOD_S, GREATEST_PERIOD_S = 0.006, 0.09
"""Those of about 400 and 28 BPM."""

ENDED_S = 1.0
"""A clock without a pulse for this long has ended."""

MOST_MISFITS = 12
"""The number of pulses in a row that fit neither clock, after which both are searched for anew."""

_POSITION_GAIN, _PERIOD_GAIN = 0.3, 0.03
"""The shares of an error by which the next pulse and the period of a clock are corrected (an alpha-beta filter)."""


@dataclass
class _Train:
    """The pulses of one clock."""

    last_s: float
    period_s: float

    def error_s(self, at_s: float) -> float:
        """Return by how much a pulse is later than the nearest one that is due."""
        return at_s - self.last_s - self._pulses_until(at_s) * self.period_s

    def take(self, at_s: float) -> None:
        """Correct the estimates by a pulse of this clock."""
        error_s, pulses = self.error_s(at_s), self._pulses_until(at_s)
        self.period_s += _PERIOD_GAIN * error_s / pulses
        self.last_s = at_s - (1 - _POSITION_GAIN) * error_s

    def fits(self, at_s: float) -> bool:
        """Return True if a pulse may be one of this clock."""
        return abs(self.error_s(at_s)) <= TOLERANCE * self.period_s

    def distance(self, at_s: float) -> tuple[bool, bool, float]:
        """Return a key by which a pulse is nearer to one clock than to another: one that missed none comes first."""
        return not self.fits(at_s), self._pulses_until(at_s) > 1, abs(self.error_s(at_s)) / self.period_s

    def _pulses_until(self, at_s: float) -> int:
        return max(1, round((at_s - self.last_s) / self.period_s))

    @property
    def tempo(self) -> float:
        """In quarter notes per minute."""
        return 60 / 24 / self.period_s


@dataclass(frozen=True)
class Separation:
    """Two clocks have been told apart: the tempo of each, and the latest pulse of the followed one."""

    tempo: float
    other_tempo: float
    at_s: float
    pulse: int | None
    """The number that the pulse has by the followed clock alone; None if its numbers are not known."""


class ClockSources:
    """Follows one clock of those that come in: the one that was there first, or that begins at a start."""

    def __init__(self) -> None:
        self._window: deque[tuple[float, int | None]] = deque(maxlen=WINDOW)
        """The latest pulses, each with its number, as counted when it arrived."""
        self._since_try = 0
        self._followed: _Train | None = None
        self._other: _Train | None = None
        self._misfits = 0
        self._begins = False

    def begin(self) -> None:
        """Note that the next pulse is the first one after a start: it belongs to the clock to follow."""
        self._begins = True
        self._window.clear()

    def is_other(self, at_s: float) -> bool:
        """Return True if a pulse belongs to another clock than the followed one."""
        followed, other = self._followed, self._other
        begins, self._begins = self._begins, False
        if followed is None or other is None:
            return False
        if at_s - other.last_s > ENDED_S or (begins and at_s - followed.last_s > ENDED_S):
            self._reset()
            return False
        if at_s - followed.last_s > ENDED_S and not other.fits(at_s):
            followed.last_s = at_s  # It is back, at any moment.
        nearest = min((followed, other), key=lambda train: train.distance(at_s))
        self._misfits = 0 if nearest.fits(at_s) else self._misfits + 1
        if self._misfits > MOST_MISFITS:
            self._reset()
            return False
        nearest.take(at_s)
        if begins and nearest is other:
            self._followed, self._other = other, followed
        return nearest is self._other

    def add(self, at_s: float, number: int | None) -> Separation | None:
        """Add a pulse with its number; return the two clocks if they can be told apart now."""
        if self._other is not None:
            return None
        self._window.append((at_s, number))
        self._since_try += 1
        if self._since_try < TRY_EVERY or len(self._window) < 2 * LEAST_PULSES:
            return None
        self._since_try = 0
        times_s = [pulse_s for pulse_s, _ in self._window]
        if (found := find_two(times_s)) is None:
            return None
        first, second = found
        self._followed, self._other, self._misfits = _train_of(first), _train_of(second), 0
        number = self._window[0][1]
        pulse = None if number is None else number + round((first[-1] - times_s[0]) / self._followed.period_s)
        self._window.clear()
        return Separation(self._followed.tempo, self._other.tempo, first[-1], pulse)

    def _reset(self) -> None:
        self._followed = self._other = None
        self._window.clear()
        self._since_try = self._misfits = 0


def find_two(times_s: list[float]) -> tuple[list[float], list[float]] | None:
    """Return the pulses of two clocks, first those of the one that sent the first pulse; None if there are not two."""
    if _irregularity(times_s) < TWICE_IRREGULAR or _unevenness(times_s) < UNEVEN:
        return None
    for start in range(STARTS):
        for following in range(start + 1, min(start + 1 + NEXT, len(times_s))):
            period_s = times_s[following] - times_s[start]
            if not LEAST_PERIOD_S <= period_s <= GREATEST_PERIOD_S:
                continue
            members = _follow(times_s, start, period_s)
            if members is None:
                continue
            taken = set(members)
            others = [index for index in range(len(times_s)) if index not in taken]
            guess = [[times_s[index] for index in found] for found in (members, others)]
            if (found := _matched(times_s, guess)) is not None:
                return found
    return None


def _matched(times_s: list[float], guess: list[list[float]]) -> tuple[list[float], list[float]] | None:
    """Return the pulses of two clocks that are about as guessed, of which each pulse but a few is the nearest one."""
    if min(len(pulses) for pulses in guess) < LEAST_PULSES or _irregularity(guess[1]) > IRREGULAR:
        return None
    lines = [_line(pulses) for pulses in guess]
    if abs(math.log(lines[0].period_s / lines[1].period_s)) < LEAST_DIFFERENCE:
        return None
    pairs = sorted(
        (abs(times_s[index] - line.at(number)) / line.period_s, clock, number, index)
        for clock, line in enumerate(lines)
        for number in _due(line, times_s)
        for index in _around(times_s, line.at(number))
    )
    numbers: dict[tuple[int, int], int] = {}
    indices: set[int] = set()
    for error, clock, number, index in pairs:
        if error <= TOLERANCE and (clock, number) not in numbers and index not in indices:
            numbers[clock, number] = index
            indices.add(index)
    due = sum(len(_due(line, times_s)) for line in lines)
    if max(due, len(times_s)) - len(numbers) > MOST_UNMATCHED:
        return None
    first, second = (
        sorted(times_s[index] for (clock, _), index in numbers.items() if clock == each) for each in (0, 1)
    )
    if sum(_is_in(at_s, first) for at_s in second) > len(second) / 2:
        return None  # One clock, whose pulses are delivered together once in each cycle of a MIDI system.
    # The first pulse is that of a start, or of the clock that was alone before.
    errors = [abs(number - round(number)) for number in ((times_s[0] - line.at(0)) / line.period_s for line in lines)]
    return (first, second) if errors[0] <= errors[1] else (second, first)


def _line(pulses: list[float]) -> Line:
    """Return the straight line through the pulses of a clock, numbered from its first one."""
    period_s = statistics.median(later_s - at_s for at_s, later_s in pairwise(pulses))
    numbered = [(0, pulses[0])]
    for at_s in pulses[1:]:
        number, before_s = numbered[-1]
        numbered.append((number + max(1, round((at_s - before_s) / period_s)), at_s))
    return line_through(numbered)


def _due(line: Line, times_s: list[float]) -> range:
    """Return the numbers of the pulses that a clock sends from its first one to the end of the window."""
    return range(math.floor((times_s[-1] - line.at(0)) / line.period_s + TOLERANCE) + 1)


def _around(times_s: list[float], at_s: float) -> range:
    """Return the indices of the pulses next to a moment."""
    index = bisect_left(times_s, at_s)
    return range(max(0, index - 2), min(len(times_s), index + 2))


def _follow(times_s: list[float], start: int, period_s: float) -> list[int] | None:
    """Return the pulses that follow one after each period, up to the end; None if one is missing."""
    members = [start]
    index = start + 1
    train = _Train(times_s[start], period_s)
    while True:
        due_s = train.last_s + train.period_s
        while index + 1 < len(times_s) and abs(times_s[index + 1] - due_s) <= abs(times_s[index] - due_s):
            index += 1
        if index >= len(times_s) or times_s[index] < due_s - TOLERANCE * train.period_s:
            # The window ends before the next pulse.
            return members if due_s > times_s[-1] - TOLERANCE * train.period_s else None
        if times_s[index] > due_s + TOLERANCE * train.period_s:
            return None
        train.take(times_s[index])
        members.append(index)
        index += 1


def _is_in(at_s: float, times_s: list[float]) -> bool:
    index = bisect_left(times_s, at_s)
    return any(abs(other_s - at_s) < SAME_S for other_s in times_s[max(0, index - 1) : index + 1])


def _train_of(pulses: list[float]) -> _Train:
    return _Train(pulses[-1], _line(pulses).period_s)


def _unevenness(times_s: list[float]) -> float:
    """Return the standard deviation of the pulses from a straight line, in intervals of it."""
    line = line_through(list(enumerate(times_s)))
    return statistics.pstdev(at_s - line.at(number) for number, at_s in enumerate(times_s)) / line.period_s


def _irregularity(times_s: list[float]) -> float:
    """Return the standard deviation of the intervals as a share of their mean."""
    intervals_s = [later_s - at_s for at_s, later_s in pairwise(times_s)]
    mean_s = statistics.fmean(intervals_s)
    return statistics.pstdev(intervals_s, mean_s) / mean_s if mean_s > 0 else 0.0
