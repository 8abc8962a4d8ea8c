"""Measures of a passage of music that say whether it is like other music: tones, rhythm, texture, repetition.

The measures with a source are those that the field compares generated music by; MusPy (Dong et al. 2020) has them too,
but knows no change of time signature, counts a bar too many at the end, and has had no release since 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings.bar_tokens import POSITIONS, UNITS
from training.data.dataset import Ids
from training.evaluation.passages import Passage, passage_of

GRAM = 4
PLACES_A_QUARTER = sum(place < UNITS for place in POSITIONS)
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Metrics:
    """What is measured of a passage. A passage without notes has 0 for whatever its notes would say."""

    pitch_class_entropy: float
    """Of the notes' pitch classes, in bits, 0 to log2(12) = 3.58 (Wu & Yang 2020)."""
    scale_consistency: float
    """The largest share of notes that lie in one major or natural minor scale, 0 to 1 (Mogren 2016)."""
    groove_consistency: float
    """How much of the rhythm a bar shares with the next one of its length, 0 to 1: 1 less the mean share of places
    at which only one of the two has an onset (Wu & Yang 2020); 1 where no two such bars meet."""
    notes_per_quarter: float
    polyphony: float
    """How many notes sound, on average, where any sounds (Dong et al. 2018)."""
    empty_bar_rate: float
    """The share of bars in which no note sounds, 0 to 1 (Dong et al. 2018)."""
    longest_loop_quarters: float
    """The longest stretch that goes round in a cycle, the same notes twice in a row or more, in quarters."""
    distinct_4gram_rate: float
    """Distinct 4-grams of tokens over all 4-grams, 0 to 1."""


def metrics_of(ids: Ids) -> Metrics:
    """Measure whole bars, ids of the `bars` encoding from a bar token on."""
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
    """In bits, as in `Metrics`."""
    counts = _pitch_classes(passage)
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def scale_consistency(passage: Passage) -> float:
    """A share, as in `Metrics`."""
    counts = _pitch_classes(passage)
    best = max(sum(counts[(tonic + step) % 12] for step in scale) for scale in (_MAJOR, _MINOR) for tonic in range(12))
    return float(best / max(1, counts.sum()))


def groove_consistency(passage: Passage) -> float:
    """A share, as in `Metrics`."""
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
    """Notes that sound at once, as in `Metrics`; what sounds on behind the last bar counts no further."""
    roll = np.zeros((passage.end, 128), np.bool_)
    for onset, duration, pitch in zip(passage.onsets, passage.durations, passage.pitches, strict=True):
        roll[onset : onset + duration, pitch] = True
    sounding = roll.sum(axis=1)
    return float(sounding.sum() / max(1, np.count_nonzero(sounding)))


def empty_bar_rate(passage: Passage) -> float:
    """A share, as in `Metrics`."""
    first = passage.bar_of(passage.onsets)
    last = passage.bar_of(np.minimum(passage.onsets + passage.durations, passage.end) - 1)
    sounds = np.zeros(len(passage.bar_starts) + 1, np.int64)
    np.add.at(sounds, first, 1)
    np.add.at(sounds, last + 1, -1)
    return float(np.mean(np.cumsum(sounds)[:-1] == 0))


def longest_loop_quarters(passage: Passage) -> float:
    """A time in quarters, as in `Metrics`."""
    until = np.append(passage.onsets[1:], passage.end)
    notes = np.stack([until - passage.onsets, passage.durations, passage.pitches], axis=1)
    longest = 0
    for period in range(1, len(notes) // 2 + 1):
        same = (notes[period:] == notes[:-period]).all(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]])))
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if stop - first >= period:
                longest = max(longest, int(until[stop + period - 1] - passage.onsets[first]))
    return longest / UNITS


def distinct_rate(ids: Sequence[int], length: int) -> float:
    """Distinct runs of `length` ids over all such runs; 0 where there are not that many ids."""
    grams = [tuple(ids[i : i + length]) for i in range(len(ids) - length + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def longest_run(ids: Sequence[int]) -> int:
    """How often one id stands in a row at most."""
    return max((len(list(run)) for _, run in groupby(ids)), default=0)


def most_rounds(ids: Sequence[int]) -> int:
    """How often any cycle of ids stands in a row at most; 1 where nothing returns at once."""
    row = np.asarray(ids)
    most = 1
    for length in range(1, len(row) // 2 + 1):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row[length:] == row[:-length], [False]])))
        most = max(most, 1 + int((edges[1::2] - edges[::2]).max(initial=0)) // length)
    return most
