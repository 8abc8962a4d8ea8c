"""Filters the jitter from the pulses of a clock. Knows no transport and no music."""

from __future__ import annotations

import math
from collections import deque

from musicgen_live.player.transport.clock_gaps import DELAYED, LEAST_PERIOD_S, ClockGap, GapKind, jitter_s, line_through

MEMORY = 0.93
"""The weight of the past at each pulse when the growing memory ends: that memory is about a quarter note long."""

LONGEST_MEMORY = 0.96
"""The weight of the past while the tempo is steady. Of jitter with a standard deviation of 1 ms it leaves 0.21 ms at
the median and 0.82 at the 99th percentile; 0.93 for ever, 0.27 and 1.00."""

SHORTEST_MEMORY = 0.905
"""The weight of the past when errors show a change of tempo that is no jump. A step of 5 BPM then leaves 2.1 to 2.4 ms
at the 99th percentile, a ramp from 90 to 174 BPM in eight bars 1.3 (0.93 for ever: 2.6 to 3.0, and 1.8). After steps of
1 or 2 BPM, and while the tempo sways by 2 BPM, it is up to a tenth more than with 0.93 for ever."""

LENGTHENING = 1 / 16
"""The share by which a pulse without a trend brings the memory nearer to the longest."""

TREND_MEMORY = 0.85
TREND = 2.4
"""Errors average to 0 while the tempo is steady. So many standard deviations of their average show that it changes."""

FIRST_NOISE_S = 0.002
LEAST_NOISE_S = 0.0004
OUTLIER = 3.0
"""The number of standard deviations at which the error of a pulse is clipped."""

MAX_ERROR = 0.4
"""The share of a period at which an error is clipped, whatever the standard deviation."""

CHANGE_PULSES = 5
"""The number of outliers in a row on the same side that are a jump of tempo."""

PULSES_AFTER_PAUSE = 12
"""The number of pulses that a restarted filter counts as seen: the tempo is known, the phase is not."""

GAP = 1.3
"""The number of periods, to which the clock's jitter is added, after which a missing pulse is a gap: pulses were lost
or delayed, or the clock paused or is much slower."""

LATE = 0.5
"""The delay of a pulse, in periods and beyond that jitter, from which on one before it was lost."""

JITTER_PULSES = 24
"""The number of latest pulses by which jitter is measured."""


class ClockFilter:
    """Estimates the moments of pulses, their period, and its change.

    A fading-memory polynomial filter of third order (g-h-k filter, critically damped, gains after Brookner, Tracking
    and Kalman Filtering Made Easy, 1998), which has no lag on a steady ramp. It begins with the gains of a growing
    memory, a straight line through all pulses so far, until they have decreased to the fading ones. Then the memory
    grows longer as long as the tempo is steady, and is short again as soon as the errors have a trend.
    """

    def __init__(self, period_s: float, at_s: float | None = None) -> None:
        """Make a filter that assumes `period_s` between pulses until it has received two.

        With `at_s` it continues another filter: pulse 0 was at that moment.
        """
        self.count = -1
        """The number of the last pulse, from 0."""
        self.arrived_s = -math.inf
        """The moment at which that pulse arrived."""
        self._at_s = 0.0
        self._period_s = period_s
        self._bend_s = 0.0  # the increase of the period from one pulse to the next
        self._seen = 0
        self._noise_s = FIRST_NOISE_S
        self._memory = MEMORY
        self._trend_s = 0.0  # the average error of the latest pulses
        self._side = 0  # the number of outliers in a row, negative for early pulses
        self._recent: deque[tuple[int, float]] = deque(maxlen=JITTER_PULSES)
        self._gap: ClockGap | None = None
        if at_s is not None:
            self._begin(0, at_s, seen=PULSES_AFTER_PAUSE)
            self.arrived_s = at_s

    @property
    def period_s(self) -> float:
        """Seconds from the last pulse to the next one."""
        return self._period_s + self._bend_s / 2

    def time_of(self, pulse: float) -> float:
        """Return the moment of a pulse, counted from 0; exact around the last one."""
        return self._at_s + (pulse - self._anchor) * self.period_s

    def pulse_at(self, at_s: float) -> float:
        """Return the number of the pulse at a moment, as the inverse of `time_of`."""
        return self._anchor + (at_s - self._at_s) / self.period_s

    @property
    def _anchor(self) -> int:
        """The number of the pulse at `_at_s`."""
        return self.count if self._gap is None else self._gap.number - 1

    def receive(self, at_s: float) -> None:
        """Add a pulse that arrived at `at_s`.

        After a gap a few more pulses show its cause; until then the estimates continue unchanged. Lost pulses are
        counted, those of a pause are not.
        """
        if self._gap is not None:
            self.count += 1
            self._resolve(self._gap, at_s)
        elif self._is_late(at_s):
            self.count += 1
            due_s = self._at_s + self.period_s
            self._gap = ClockGap(self.count, due_s, self.period_s, jitter_s(self._recent), self.arrived_s)
            self._gap.receive(at_s)
        else:
            self._advance(at_s)
        self.arrived_s = at_s

    def _is_late(self, at_s: float) -> bool:
        """Return True if a pulse at `at_s` comes after a gap."""
        if self._seen < 2:
            return False
        gap_s, late_s = at_s - self.arrived_s - GAP * self.period_s, at_s - self._at_s - (1 + LATE) * self.period_s
        return max(gap_s, late_s) > 0 and max(gap_s, late_s) > jitter_s(self._recent)

    def receive_first(self, at_s: float) -> None:
        """Add a pulse that may be out of time with those before: the first one after a start or an interruption."""
        if self._gap is None and self._seen > 2 and abs(self.time_of(self.count + 1) - at_s) < self.period_s / 5:
            self._advance(at_s)
        else:
            self._begin(self.count + 1, at_s)
        self.arrived_s = at_s

    def skip(self, pulses: int) -> None:
        """Count pulses that could not be received, as if they had been in time."""
        self._at_s = self.time_of(self.count + pulses)
        self.count += pulses
        self.arrived_s = self._at_s
        self._gap = None

    def _begin(self, count: int, at_s: float, seen: int = 1) -> None:
        """Restart at a pulse, with the present period."""
        self.count, self._at_s, self._seen = count, at_s, seen
        self._period_s, self._bend_s = self.period_s, 0.0
        self._forget_errors()
        self._gap = None
        self._recent.clear()
        self._recent.append((count, at_s))

    def _advance(self, at_s: float, pulses: int = 1) -> None:
        """Advance by one pulse, or by several of which only the last one was received."""
        if self._seen == 0 or (self._seen == 1 and at_s - self.arrived_s < LEAST_PERIOD_S):
            # Of two pulses that arrive together, the second one was delayed less.
            self._begin(self.count + pulses, at_s)
            return
        self.count += pulses
        expected_s = self._at_s + pulses * self._period_s + pulses * pulses * self._bend_s / 2
        self._period_s += pulses * self._bend_s
        error_s = at_s - expected_s
        limit_s = min(OUTLIER * self._noise_s, MAX_ERROR * self._period_s)
        if error_s > limit_s and at_s - self.arrived_s < DELAYED * self.period_s:
            self._at_s = expected_s  # It was delayed: its arrival shows only that it was sent.
            return
        self._seen += 1
        self._recent.append((self.count, at_s))
        if self._seen > CHANGE_PULSES + 1:
            side = int(math.copysign(1, error_s)) if abs(error_s) > limit_s else 0
            self._side = self._side + side if side * self._side > 0 else side
            error_s = max(-limit_s, min(limit_s, error_s))
            self._adapt_memory(error_s)
            # 1.25: from the mean to the standard deviation.
            self._noise_s = max(LEAST_NOISE_S, self._noise_s + (1.25 * abs(error_s) - self._noise_s) / 24)
        if abs(self._side) >= CHANGE_PULSES:
            self._fit_recent()
            return
        position, speed, bend = self._gains()
        self._at_s = expected_s + position * error_s
        self._period_s += speed * error_s
        self._bend_s += bend * error_s
        self._period_s = max(self._period_s, LEAST_PERIOD_S)

    def _adapt_memory(self, error_s: float) -> None:
        self._trend_s += (1 - TREND_MEMORY) * (error_s - self._trend_s)
        if abs(self._trend_s) > TREND * self._noise_s * math.sqrt((1 - TREND_MEMORY) / (1 + TREND_MEMORY)):
            self._memory = SHORTEST_MEMORY
        else:
            self._memory += LENGTHENING * (LONGEST_MEMORY - self._memory)

    def _gains(self) -> tuple[float, float, float]:
        n = self._seen
        position = 2 * (2 * n - 1) / (n * (n + 1))
        if position > 1 - MEMORY**3:
            self._memory = MEMORY
            return position, 6 / (n * (n + 1)), 0.0
        memory, rest = self._memory, 1 - self._memory
        return 1 - memory**3, 1.5 * rest * rest * (1 + memory), rest**3

    def _forget_errors(self) -> None:
        self._memory, self._trend_s, self._side = MEMORY, 0.0, 0

    def _fit_recent(self) -> None:
        """Restart with the straight line through the last few pulses, because earlier ones had another tempo."""
        pulses = list(self._recent)[-CHANGE_PULSES - 1 :]
        line = line_through(pulses)
        self._period_s = max(line.period_s, LEAST_PERIOD_S)
        self._at_s = line.at(self.count)
        self._bend_s, self._seen = 0.0, len(pulses)
        self._forget_errors()
        self._recent.clear()
        self._recent.extend(pulses)

    def _resolve(self, gap: ClockGap, at_s: float) -> None:
        """Add a pulse to a gap, and continue the estimates if the cause is clear by now."""
        verdict = gap.receive(at_s)
        if verdict is None:
            return
        self._gap = None
        if verdict.kind is GapKind.LOST:
            self.count = gap.number - 1
            for number, (_, arrived_s) in enumerate(gap.pulses):
                self._advance(arrived_s, 1 + verdict.lost if number == 0 else 1)
                self.arrived_s = arrived_s
        elif verdict.kind is GapKind.PAUSED:
            self._begin(self.count, at_s, seen=PULSES_AFTER_PAUSE)
        else:
            self._recent.clear()
            self._recent.extend(gap.pulses[-CHANGE_PULSES - 1 :])
            self._fit_recent()
