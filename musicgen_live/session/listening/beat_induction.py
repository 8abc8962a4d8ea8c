"""Finds the tempo of a phrase from the moments of its onsets: the period at which onsets recur, weighted by habit.

The period is the highest point of the autocorrelation of the onsets times a log-normal weight, as in D. P. W. Ellis,
"Beat tracking by dynamic programming" (Journal of New Music Research 36, 2007); the weight is that of R. Parncutt, "A
perceptual model of pulse salience and metrical accent" (Music Perception 11, 1994), around an expected tempo. A
regression of the onsets on a grid of sixteenths or triplets then gives the exact period.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

CHORD_S = 0.05
"""Notes that begin within this time are one onset."""
FEWEST_ONSETS = 4
SLOWEST_BPM, FASTEST_BPM = 40.0, 220.0
_OCTAVES = 0.9
"""The width of the weight, a standard deviation in octaves of tempo, as in Ellis."""
_SPREAD_S = 0.03
"""The width of an onset in the autocorrelation."""
_LEAST_BEATS = 3
"""A phrase of fewer beats says no tempo."""
_LEAST_SHARE = 0.6
"""The least share of beats with an onset."""
_MOST_OFF = 0.03
"""The greatest mean distance from the grid, in beats: at random it is 0.05."""
_MOST_ONSETS = 24
"""Later onsets add nothing."""
_SIXTEENTH, _TRIPLET = 1 / 4, 1 / 3


def onsets_of(moments_s: Sequence[float]) -> list[float]:
    """Return the onsets of rising moments of note-ons: the first note of each chord."""
    onsets: list[float] = []
    for at_s in moments_s:
        if not onsets or at_s - onsets[-1] > CHORD_S:
            onsets.append(at_s)
    return onsets


def tempo_of(onsets_s: Sequence[float], expected_bpm: float) -> float | None:
    """Return the tempo of rising onsets, of which the first is on a beat; None if they do not say one clearly.

    Of two tempos of which one is a multiple of the other, the nearer to `expected_bpm` is preferred.
    """
    since_s = [at_s - onsets_s[0] for at_s in onsets_s[:_MOST_ONSETS]]
    if len(since_s) < FEWEST_ONSETS:
        return None
    lags_s = [later - at_s for i, at_s in enumerate(since_s) for later in since_s[i + 1 :]]
    candidates = [lag_s for lag_s in lags_s if 60 / FASTEST_BPM <= lag_s <= 60 / SLOWEST_BPM]
    if not candidates:
        return None
    period_s = max(candidates, key=lambda lag_s: _salience(lag_s, lags_s, expected_bpm))
    fits = [_fitted(since_s, period_s, step) for step in (_SIXTEENTH, _TRIPLET)]
    off, period_s, first_s = min(fits)
    if off > _MOST_OFF or not SLOWEST_BPM <= 60 / period_s <= FASTEST_BPM:
        return None
    return 60 / period_s if _is_marked([(at_s - first_s) / period_s for at_s in since_s]) else None


def _salience(period_s: float, lags_s: Sequence[float], expected_bpm: float) -> float:
    """Return how often onsets recur after a period, times its weight."""
    recurs = sum(math.exp(-0.5 * ((lag_s - period_s) / _SPREAD_S) ** 2) for lag_s in lags_s)
    octaves = math.log2(60 / period_s / expected_bpm)
    return recurs * math.exp(-0.5 * (octaves / _OCTAVES) ** 2)


def _fitted(since_s: Sequence[float], period_s: float, step: float) -> tuple[float, float, float]:
    """Fit a grid of steps of a beat, from near the first onset on.

    Return the mean distance of onsets from it, in beats, its period, and the moment at which it begins.
    """
    first_s, mean_s = 0.0, sum(since_s) / len(since_s)
    for _ in range(3):
        places = [round((at_s - first_s) / period_s / step) * step for at_s in since_s]
        mean = sum(places) / len(places)
        spread = sum((place - mean) ** 2 for place in places)
        if not spread:
            break
        period_s = sum((place - mean) * at_s for place, at_s in zip(places, since_s, strict=True)) / spread
        first_s = mean_s - mean * period_s
    beats = [(at_s - first_s) / period_s for at_s in since_s]
    return sum(abs(beat - round(beat / step) * step) for beat in beats) / len(beats), period_s, first_s


def _is_marked(beats: Sequence[float]) -> bool:
    """Return True if onsets mark most of the beats, the first too, and there are enough of these."""
    whole = math.floor(beats[-1] + _SIXTEENTH / 2)
    struck = {round(beat) for beat in beats if abs(beat - round(beat)) <= _SIXTEENTH / 2}
    return whole >= _LEAST_BEATS and len(struck) >= _LEAST_SHARE * (whole + 1) and 0 in struck
