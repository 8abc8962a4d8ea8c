"""Computes metrics of a passage to compare it with other music: pitch, rhythm, texture, repetition.

The metrics with a source are the usual ones for generated music. MusPy (Dong et al. 2020) has them too, but supports no
change of time signature, counts a bar too many at the end, and has had no release since 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings.bar_tokens import POSITIONS, UNITS

from ..data.dataset import Ids
from .passages import Passage, passage_of
from .report import GRAM

PLACES_A_QUARTER = sum(position < UNITS for position in POSITIONS)
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Metrics:
    """Metrics of a passage. Metrics of notes are 0 if there are no notes."""

    pitch_class_entropy: float
    """Entropy of the notes' pitch classes, in bits, 0 to log2(12) = 3.58 (Wu & Yang 2020)."""
    scale_consistency: float
    """Largest share of the notes within one major or natural minor scale, 0 to 1 (Mogren 2016)."""
    groove_consistency: float
    """Similarity of the rhythms of successive bars of equal length, 0 to 1: 1 minus the mean share of positions at
    which only one of the two has an onset (Wu & Yang 2020); 1 if there are no such bars."""
    notes_per_quarter: float
    polyphony: float
    """Mean number of notes that sound at once, over the time in which any sounds (Dong et al. 2018)."""
    empty_bar_rate: float
    """Share of the bars in which no note sounds, 0 to 1 (Dong et al. 2018)."""
    longest_loop_quarters: float
    """Length in quarters of the longest loop: the same notes in direct succession, twice or more."""
    distinct_4gram_rate: float
    """Number of distinct 4-grams of tokens over the number of all 4-grams, 0 to 1."""


def metrics_of(ids: Ids) -> Metrics:
    """Compute the metrics of whole bars, given as ids of the `bars` encoding that begin with a bar token."""
    passage = passage_of(ids)
    return Metrics(
        pitch_class_entropy=pitch_class_entropy(passage),
        scale_consistency=scale_consistency(passage),
        groove_consistency=groove_consistency(passage),
        notes_per_quarter=len(passage.pitches) * UNITS / passage.end,
        polyphony=polyphony(passage),
        empty_bar_rate=empty_bar_rate(passage),
        longest_loop_quarters=longest_loop_quarters(passage),
        distinct_4gram_rate=distinct_rate(ids.tolist(), GRAM),
    )


def _pitch_classes(passage: Passage) -> NDArray[np.int64]:
    return np.bincount(passage.pitches % 12, minlength=12)


def pitch_class_entropy(passage: Passage) -> float:
    """Return `Metrics.pitch_class_entropy` in bits."""
    counts = _pitch_classes(passage)
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def scale_consistency(passage: Passage) -> float:
    """Return `Metrics.scale_consistency`, 0 to 1."""
    counts = _pitch_classes(passage)
    best = max(sum(counts[(tonic + step) % 12] for step in scale) for scale in (_MAJOR, _MINOR) for tonic in range(12))
    return float(best / max(1, counts.sum()))


def groove_consistency(passage: Passage) -> float:
    """Return `Metrics.groove_consistency`, 0 to 1."""
    bars = passage.bar_of(passage.onsets)
    rhythms = [set[int]() for _ in passage.bar_starts]
    for bar, onset in zip(bars.tolist(), passage.onsets.tolist(), strict=True):
        rhythms[bar].add(onset - int(passage.bar_starts[bar]))
    lengths = passage.bar_lengths.tolist()
    shares = [
        len(one ^ other) / (length * PLACES_A_QUARTER / UNITS)
        for (one, length), (other, next_length) in pairwise(zip(rhythms, lengths, strict=True))
        if length == next_length
    ]
    return 1 - float(np.mean(shares)) if shares else 1.0


def polyphony(passage: Passage) -> float:
    """Return `Metrics.polyphony` in notes; notes held beyond the last bar count up to its end."""
    sounding = passage.roll.sum(axis=1)
    return float(sounding.sum() / max(1, np.count_nonzero(sounding)))


def empty_bar_rate(passage: Passage) -> float:
    """Return `Metrics.empty_bar_rate`, 0 to 1."""
    first = passage.bar_of(passage.onsets)
    last = passage.bar_of(np.minimum(passage.onsets + passage.durations, passage.end) - 1)
    sounds = np.zeros(len(passage.bar_starts) + 1, np.int64)
    np.add.at(sounds, first, 1)
    np.add.at(sounds, last + 1, -1)
    return float(np.mean(np.cumsum(sounds)[:-1] == 0))


def longest_loop_quarters(passage: Passage) -> float:
    """Return `Metrics.longest_loop_quarters`."""
    next_onsets = np.append(passage.onsets[1:], passage.end)
    notes = np.stack([next_onsets - passage.onsets, passage.durations, passage.pitches], axis=1)
    longest = 0
    for period in range(1, len(notes) // 2 + 1):
        starts, stops = _runs_of_true((notes[period:] == notes[:-period]).all(axis=1))
        for first, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            if stop - first >= period:
                longest = max(longest, int(next_onsets[stop + period - 1] - passage.onsets[first]))
    return longest / UNITS


def distinct_rate(ids: Sequence[int], length: int) -> float:
    """Return the number of distinct n-grams of `length` ids over that of all; 0 if there are fewer ids."""
    grams = [tuple(ids[i : i + length]) for i in range(len(ids) - length + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def longest_run(ids: Sequence[int]) -> int:
    """Return the length of the longest run of one id."""
    return max((len(list(run)) for _, run in groupby(ids)), default=0)


def most_rounds(ids: Sequence[int]) -> int:
    """Return the greatest number of times that a cycle of ids occurs in direct succession; 1 without such a cycle."""
    sequence = np.asarray(ids)
    most = 1
    for length in range(1, len(sequence) // 2 + 1):
        starts, stops = _runs_of_true(sequence[length:] == sequence[:-length])
        most = max(most, 1 + int((stops - starts).max(initial=0)) // length)
    return most


def _runs_of_true(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the runs of True in a mask start, and where they stop."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return edges[::2], edges[1::2]
