"""Finds the beat of a phrase from the moments of its onsets: its period, and where in it the phrase begins.

Candidates for the period are the highest points of the autocorrelation of the onsets times a log-normal weight, as in
D. P. W. Ellis, "Beat tracking by dynamic programming" (Journal of New Music Research 36, 2007); the weight is that of
R. Parncutt, "A perceptual model of pulse salience and metrical accent" (Music Perception 11, 1994), around an expected
tempo. For each, a regression of the onsets on a grid gives the exact period. Each place of the grid may be the beat: it
is better the more beats are struck, and the more long notes begin on them, as these are heard as accents (D.-J. Povel
and P. Essens, "Perception of temporal patterns", Music Perception 2, 1985).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CHORD_S = 0.05
"""Notes that begin within this time are one onset."""
FEWEST_ONSETS = 4
SLOWEST_BPM, FASTEST_BPM = 40.0, 220.0
_OCTAVES = 0.9
"""The width of the weight, a standard deviation in octaves of tempo, as in Ellis."""
_SPREAD_S = 0.03
"""The width of an onset in the autocorrelation."""
_CANDIDATES = 6
"""So many periods are tried."""
_SAME_PERIOD = 0.05
"""Periods that differ by less than this share are one."""
_LEAST_BEATS = 3
"""A phrase of fewer beats says no tempo."""
_MOST_OFF = {1: 0.05, 1 / 2: 0.04, 1 / 3: 0.03, 1 / 4: 0.03}
"""The steps of a grid, and the greatest mean distance of onsets from it, all in beats. At random it is 0.05 for 1/4."""
_FARTHEST = 0.1
"""The greatest distance of a single onset, in beats."""
_GRID_FACTOR = {1: 1.0, 1 / 2: 1.0, 1 / 3: 0.75, 1 / 4: 0.9}
"""The factors for grids: what eighths explain is not heard as triplets of another beat."""
_LEAST_SCORE = 0.65
"""The least score of a beat that is clear."""
_ACCENT = 0.25
"""The exponent for the share of long notes on beats."""
_TOLERANCE = 1 / 8
"""An onset so near to a beat, in beats, strikes it."""
_UPBEAT_FACTOR = 0.85
"""The factor for a phrase that would begin beside a beat: in doubt it begins on one."""
_MOST_ONSETS = 24
"""Later onsets add nothing."""


@dataclass(frozen=True)
class Beat:
    """The beat of a phrase: its tempo, and the upbeat before its first one, in beats from 0 to below 1."""

    bpm: float
    upbeat: float


def onsets_of(moments_s: Sequence[float]) -> list[float]:
    """Return the onsets of rising moments of note-ons: the first note of each chord."""
    onsets: list[float] = []
    for at_s in moments_s:
        if not onsets or at_s - onsets[-1] > CHORD_S:
            onsets.append(at_s)
    return onsets


def beat_of(onsets_s: Sequence[float], expected_bpm: float) -> Beat | None:
    """Return the beat of rising onsets; None if they do not say one clearly.

    Of two tempos of which one is a multiple of the other, the nearer to `expected_bpm` is preferred.
    """
    since_s = [at_s - onsets_s[0] for at_s in onsets_s[:_MOST_ONSETS]]
    if len(since_s) < FEWEST_ONSETS:
        return None
    found = [
        (score * salience, beat)
        for period_s, salience in _candidates(since_s, expected_bpm)
        for score, beat in _beats(since_s, period_s)
    ]
    if not found:
        return None
    best = max(found, key=lambda each: each[0])[1]
    # If the best one has too few beats yet, another one would be a hasty guess.
    return best if since_s[-1] * best.bpm / 60 - best.upbeat >= _LEAST_BEATS - _TOLERANCE else None


def _candidates(since_s: Sequence[float], expected_bpm: float) -> list[tuple[float, float]]:
    """Return the most salient periods, each with its salience."""
    lags_s = [later - at_s for i, at_s in enumerate(since_s) for later in since_s[i + 1 :]]
    periods_s = [lag_s for lag_s in lags_s if 60 / FASTEST_BPM <= lag_s <= 60 / SLOWEST_BPM]
    rated = sorted(((_salience(each, lags_s, expected_bpm), each) for each in periods_s), reverse=True)
    chosen: list[tuple[float, float]] = []
    for salience, period_s in rated:
        if len(chosen) < _CANDIDATES and all(abs(period_s / other - 1) > _SAME_PERIOD for other, _ in chosen):
            chosen.append((period_s, salience))
    return chosen


def _salience(period_s: float, lags_s: Sequence[float], expected_bpm: float) -> float:
    """Return how often onsets recur after a period, times its weight."""
    recurs = sum(math.exp(-0.5 * ((lag_s - period_s) / _SPREAD_S) ** 2) for lag_s in lags_s)
    octaves = math.log2(60 / period_s / expected_bpm)
    return recurs * math.exp(-0.5 * (octaves / _OCTAVES) ** 2)


def _beats(since_s: Sequence[float], period_s: float) -> Iterator[tuple[float, Beat]]:
    """Yield every beat of about a period that the onsets mark, with its score from 0 to 1."""
    for step, most_off in _MOST_OFF.items():
        fitted_s, places = _fitted(since_s, period_s, step)
        off = [abs(place - round(place / step) * step) for place in places]
        distance = sum(off) / len(off) / most_off
        if max(off) > _FARTHEST or distance > 1 or not SLOWEST_BPM <= 60 / fitted_s <= FASTEST_BPM:
            continue
        for number in range(round(1 / step)):
            upbeat = number * step
            score = _marked([place - upbeat for place in places]) * (_UPBEAT_FACTOR if number else 1)
            if score >= _LEAST_SCORE:
                yield score * _GRID_FACTOR[step] * (1 - distance / 2), Beat(60 / fitted_s, upbeat)


def _fitted(since_s: Sequence[float], period_s: float, step: float) -> tuple[float, list[float]]:
    """Fit a grid of steps of a beat, from near the first onset on; return its period, and the onsets in its beats."""
    first_s, mean_s = 0.0, sum(since_s) / len(since_s)
    for _ in range(3):
        places = [round((at_s - first_s) / period_s / step) * step for at_s in since_s]
        mean = sum(places) / len(places)
        spread = sum((place - mean) ** 2 for place in places)
        if not spread:
            break
        period_s = sum((place - mean) * at_s for place, at_s in zip(places, since_s, strict=True)) / spread
        first_s = mean_s - mean * period_s
    return period_s, [(at_s - first_s) / period_s for at_s in since_s]


def _marked(places: Sequence[float]) -> float:
    """Return how well onsets at these places, in beats, mark the beats from 0 on: 0 to 1, and 0 unless 0 is struck."""
    whole = math.floor(places[-1] + _TOLERANCE)
    is_struck = [abs(place - round(place)) <= _TOLERANCE and round(place) >= 0 for place in places]
    struck = {round(place) for place, struck in zip(places, is_struck, strict=True) if struck}
    if whole < 1 or 0 not in struck:
        return 0.0
    # The last note is as long as anybody's guess.
    lengths = [min(later - place, 1.0) for place, later in zip(places, [*places[1:], places[-1] + 1], strict=True)]
    accented = sum(length for length, struck in zip(lengths, is_struck, strict=True) if struck) / sum(lengths)
    return len(struck) / (whole + 1) * math.pow(accented, _ACCENT)
