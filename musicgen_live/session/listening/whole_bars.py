"""Suspects the end of a musician's phrase at a bar line, from the bars that phrases usually have."""

from __future__ import annotations

from collections import Counter, deque
from statistics import median_low
from typing import Literal

from musicgen_live.music.notes import PPQ

Suspicion = Literal["usual", "guess"]
"""The reason to expect the end of a phrase: its usual length, or that it might be over."""

_COMPARED_PHRASES = 4
_AGREEING_PHRASES = 2
_COMPARED_STEPS = 8
_LATE_END_TICKS = PPQ // 4
"""A phrase that ends within a sixteenth after a bar line does not count that bar."""
_FILLED_TICKS = PPQ // 2
"""A note that ends within an eighth before a bar line fills the bar."""


class WholeBars:
    """The bars of a musician's phrases, and the suspicion that one is over at a bar line.

    Bars count from the bar of the first note, or from the line after an upbeat: a first note in the last beat of a bar.
    A phrase may be over when it has as many bars as most of the latest four phrases, quite surely if two of them agree.
    A first or a longer phrase may be over after 1, 2, 4, 8 or more times as many bars if its last note fills the bar.
    """

    def __init__(self, bar_ticks: int, beat_ticks: int) -> None:
        """Start without a phrase."""
        self._bar_ticks = bar_ticks
        self._beat_ticks = beat_ticks
        self._lengths: deque[int] = deque(maxlen=_COMPARED_PHRASES)
        self._begin_tick = 0
        """The first bar line of the phrase."""
        self._first_tick = 0
        self._latest_tick = 0
        """The first and the latest onset of the phrase."""
        self._steps: deque[int] = deque(maxlen=_COMPARED_STEPS)
        """The distances between the latest onsets, in ticks."""

    def begin_phrase(self, tick: int) -> None:
        """Begin a phrase with its first onset."""
        line_tick = tick // self._bar_ticks * self._bar_ticks
        is_upbeat = tick - line_tick > 0 and line_tick + self._bar_ticks - tick <= self._beat_ticks
        self._begin_tick = line_tick + self._bar_ticks if is_upbeat else line_tick
        self._first_tick = self._latest_tick = tick
        self._steps.clear()

    def add_onset(self, tick: int) -> None:
        """Add an onset of the phrase after the first."""
        self._steps.append(tick - self._latest_tick)
        self._latest_tick = tick

    def end_phrase(self, end_tick: int) -> None:
        """Remember the length of the phrase, which ended at a tick."""
        self._lengths.append(self.bars(end_tick))

    @property
    def begins_with_rest(self) -> bool:
        """True if the first bar of the phrase begins with a rest."""
        return self._first_tick > self._begin_tick

    def bars(self, end_tick: int) -> int:
        """Return the number of bars of a phrase that ends at a tick, from 1."""
        last_tick = max(self._latest_tick, end_tick - _LATE_END_TICKS)
        return max(1, (last_tick - self._begin_tick) // self._bar_ticks + 1)

    def suspicion(self, line_tick: int, end_tick: int, expected_bars: int | None) -> Suspicion | None:
        """Return the reason to expect that a phrase whose last note ends at a tick is over at the bar line after it.

        `expected_bars` is the expected length of the first phrase, None if nothing is known.
        """
        bars, rest = divmod(line_tick - self._begin_tick, self._bar_ticks)
        usual = self._usual_bars or expected_bars
        times, left = divmod(bars, usual or 1)
        if rest or left or not _is_power_of_two(times) or self._latest_tick >= line_tick:
            return None
        if usual is not None and times == 1:
            return "usual" if self._is_sure(usual) else "guess"
        return "guess" if self._steps and self._fills_bar(line_tick, end_tick) else None

    def usual_line_tick(self, expected_bars: int | None) -> int | None:
        """Return the bar line at which the phrase has its usual length; None unless two phrases or more agree on that.

        `expected_bars` is the expected length of the first phrase, None if nothing is known.
        """
        usual = self._usual_bars or expected_bars
        return self._begin_tick + usual * self._bar_ticks if usual is not None and self._is_sure(usual) else None

    def _is_sure(self, usual: int) -> bool:
        """Return True if the options suggest this number of bars and no phrase contradicts, or if phrases agree."""
        return not self._lengths or self._lengths.count(usual) >= _AGREEING_PHRASES

    @property
    def _usual_bars(self) -> int | None:
        """The most frequent length of the latest phrases, the latest of those; None before the first."""
        return max(reversed(self._lengths), key=Counter(self._lengths).__getitem__, default=None)

    def _fills_bar(self, line_tick: int, end_tick: int) -> bool:
        """Return True if the last note lasts to the line, or staccato leaves no more room before it than usually."""
        usual_step = median_low(self._steps)
        return end_tick >= line_tick - _FILLED_TICKS or line_tick - self._latest_tick <= usual_step * 5 // 4


def _is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
