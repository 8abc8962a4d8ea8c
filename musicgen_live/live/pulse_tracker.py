"""When the pulses of a clock really are, though each comes a little late or early. Knows no transport and no music."""

from __future__ import annotations

import math
from collections import deque

PULSES_A_QUARTER = 24

MEMORY = 0.93
"""How much of the past each pulse leaves in force: about a quarter is remembered. Of jitter with a standard deviation
of 1 ms a median error of 0.28 ms is left; with a ramp from 90 to 174 BPM in eight bars, the 99th percentile of the
error is 1.9 ms, where it sets in (with 0.95: 0.23 and 3.5; with 0.97: 0.17 and 9.5)."""

FIRST_NOISE_S = 0.002
LEAST_NOISE_S = 0.0004
OUTLIER = 3.0
"""Deviations, in units of the usual one, beyond which a pulse is not believed whole."""

MOST_BELIEVED = 0.4
"""The share of a period from which on a pulse is an outlier, however much they jitter."""

CHANGE_PULSES = 5
"""As many pulses in a row on the same side, all of them outliers, are a jump of tempo."""

HALF_SURE = 12
"""As many pulses the period is worth where it is known and the phase is not."""

GAP = 1.6
"""Periods without a pulse from which on something is wrong: pulses were lost, the clock paused or is much slower."""

HELD_UP = 0.6
"""How soon, in periods, a pulse comes behind another one that had been held up: a machine that is busy for a moment
hands over what came meanwhile in a burst, with nothing lost."""

LOST_ARE_IN_TIME = 0.25
"""How close, in periods, the first pulse after a gap has to be to where a pulse belongs if only pulses were lost."""


class PulseTracker:
    """A loop that is locked to pulses: where they are, how fast they come, and how that changes.

    A fading-memory polynomial filter of third order (g-h-k filter, critically damped, gains after Brookner, Tracking
    and Kalman Filtering Made Easy, 1998), which has no lag on a steady ramp. It begins with the gains of a growing
    memory, a straight line through all pulses so far, until those have come down to the fading ones.
    """

    def __init__(self, period_s: float, at_s: float | None = None) -> None:
        """`period_s` is what is taken for the time between two pulses until two have come.

        With `at_s`, a loop that had been locked goes on: a pulse, the one of number 0, was there.
        """
        self.count = -1
        """The number of the last pulse, from 0."""
        self.arrived_s = -math.inf
        """When that pulse came."""
        self._at_s = 0.0
        self._period_s = period_s
        self._bend_s = 0.0  # how much longer each period is than the one before
        self._seen = 0
        self._noise_s = FIRST_NOISE_S
        self._side = 0  # outliers in a row, negative where pulses come early
        self._recent: deque[tuple[int, float]] = deque(maxlen=CHANGE_PULSES + 1)
        self._gap: tuple[int, float] | None = None  # the first pulse after a gap, and when the one before it came
        if at_s is not None:
            self._begin(0, at_s, seen=HALF_SURE)
            self.arrived_s = at_s

    @property
    def period_s(self) -> float:
        """Seconds from the last pulse to the next one."""
        return self._period_s + self._bend_s / 2

    def time_of(self, pulse: float) -> float:
        """When a pulse, counted from 0, was or will be; exact around the last one."""
        return self._at_s + (pulse - self._anchor) * self.period_s

    def pulse_at(self, at_s: float) -> float:
        """The inverse of `time_of`."""
        return self._anchor + (at_s - self._at_s) / self.period_s

    @property
    def _anchor(self) -> int:
        """The pulse that `_at_s` is about."""
        return self.count if self._gap is None else self._gap[0] - 1

    def hear(self, at_s: float) -> None:
        """Enter a pulse that came at `at_s`.

        After a gap it takes the next pulse to tell what happened. If that comes at once, pulses were held up. If it
        comes in time and they go on as if some of a beat had been there, these were lost and are counted; else the
        clock had paused or is slower, and they are not.
        """
        if self._seen < 2:
            self._advance(at_s)
        elif self._gap is not None:
            self._understand_gap(at_s)
        elif at_s - self.arrived_s > GAP * self.period_s:
            self.count += 1
            self._gap = (self.count, self.arrived_s)
        else:
            self._advance(at_s)
        self.arrived_s = at_s

    def hear_first(self, at_s: float) -> None:
        """Enter a pulse that need not be in time with those before it: the first after a start or an interruption."""
        if self._gap is None and self._seen > 2 and abs(self.time_of(self.count + 1) - at_s) < self.period_s / 5:
            self._advance(at_s)
        else:
            self._begin(self.count + 1, at_s)
        self.arrived_s = at_s

    def skip(self, pulses: int) -> None:
        """Count pulses that were not heard, because nothing could be, as if they had been in time."""
        self._at_s = self.time_of(self.count + pulses)
        self.count += pulses
        self.arrived_s = self._at_s
        self._gap = None

    def _begin(self, count: int, at_s: float, seen: int = 1) -> None:
        """Begin anew at a pulse, with the period as it is."""
        self.count, self._at_s, self._seen = count, at_s, seen
        self._period_s, self._bend_s, self._side = self.period_s, 0.0, 0
        self._gap = None
        self._recent.clear()
        self._recent.append((count, at_s))

    def _advance(self, at_s: float, pulses: int = 1) -> None:
        """Go on by one pulse, or by several of which only the last was heard."""
        if self._seen == 0:
            self._begin(self.count + 1, at_s)
            return
        self.count += pulses
        expected_s = self._at_s + pulses * self._period_s + pulses * pulses * self._bend_s / 2
        self._period_s += pulses * self._bend_s
        error_s = at_s - expected_s
        limit_s = min(OUTLIER * self._noise_s, MOST_BELIEVED * self._period_s)
        if error_s > limit_s and at_s - self.arrived_s < HELD_UP * self.period_s:
            self._at_s = expected_s  # It was held up, and says nothing but that it was sent.
            return
        self._seen += 1
        self._recent.append((self.count, at_s))
        if self._seen > CHANGE_PULSES + 1:
            side = int(math.copysign(1, error_s)) if abs(error_s) > limit_s else 0
            self._side = self._side + side if side * self._side > 0 else side
            error_s = max(-limit_s, min(limit_s, error_s))
            # 1.25: from the mean to the standard deviation.
            self._noise_s = max(LEAST_NOISE_S, self._noise_s + (1.25 * abs(error_s) - self._noise_s) / 24)
        if abs(self._side) >= CHANGE_PULSES:
            self._fit_recent()
            return
        position, speed, bend = self._gains()
        self._at_s = expected_s + position * error_s
        self._period_s += speed * error_s
        self._bend_s += bend * error_s

    def _gains(self) -> tuple[float, float, float]:
        n, rest = self._seen, 1 - MEMORY
        position = 2 * (2 * n - 1) / (n * (n + 1))
        if position > 1 - MEMORY**3:
            return position, 6 / (n * (n + 1)), 0.0
        return 1 - MEMORY**3, 1.5 * rest * rest * (1 + MEMORY), rest**3

    def _fit_recent(self) -> None:
        """Begin anew with the straight line through the last few pulses: what came before had another tempo."""
        pulses = list(self._recent)
        middle = sum(count for count, _ in pulses) / len(pulses)
        middle_s = sum(at_s for _, at_s in pulses) / len(pulses)
        period_s = sum((count - middle) * (at_s - middle_s) for count, at_s in pulses) / sum(
            (count - middle) ** 2 for count, _ in pulses
        )
        if period_s > 0:
            self._period_s = period_s
        self._at_s = middle_s + (self.count - middle) * self._period_s
        self._bend_s, self._side, self._seen = 0.0, 0, len(pulses)

    def _understand_gap(self, at_s: float) -> None:
        """Tell by the second pulse after a gap what the gap was."""
        assert self._gap is not None
        first, before_s = self._gap
        gap_s, period_s = self.arrived_s - before_s, at_s - self.arrived_s
        missed = round(gap_s / self.period_s)
        is_in_time = abs(gap_s / self.period_s - missed) <= LOST_ARE_IN_TIME
        self._gap = None
        if period_s < HELD_UP * self.period_s:
            self.count = first
            self._at_s += self.period_s
            self._period_s += self._bend_s
            self._advance(at_s)
        elif period_s > GAP * self.period_s:
            self._begin(first, self.arrived_s)
            self._advance(at_s)
        elif is_in_time and missed < PULSES_A_QUARTER:
            self.count = first - 1
            self._advance(self.arrived_s, missed)
            self._advance(at_s)
        else:
            self._begin(first + 1, at_s, seen=HALF_SURE)
