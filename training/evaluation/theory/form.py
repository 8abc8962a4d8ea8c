"""Measures the form of a passage: how alike its bars are at a distance, and where its phrases lie."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from musicgen_live.encodings.bar_tokens import UNITS

from ..figure import share_of
from ..passages import Passage

Bar = frozenset[tuple[int, int]]
"""The notes that begin in a bar, as (units after the bar line, pitch)."""

DISTANCES = (1, 2, 3, 4, 5, 7, 8, 9)
PHRASE_BARS = 4


def bars_of(passage: Passage) -> list[Bar]:
    """Return the notes of every bar."""
    bars: list[set[tuple[int, int]]] = [set() for _ in passage.bar_starts]
    numbers = passage.bar_of(passage.onsets)
    places = passage.onsets - passage.bar_starts[numbers]
    for number, place, pitch in zip(numbers.tolist(), places.tolist(), passage.pitches.tolist(), strict=True):
        bars[number].add((place, pitch))
    return [frozenset(bar) for bar in bars]


def rhythms_of(bars: Sequence[Bar]) -> list[frozenset[int]]:
    """Return the places of the onsets in every bar."""
    return [frozenset(place for place, _ in bar) for bar in bars]


def likeness(bars: Sequence[frozenset[object]], distance: int) -> float:
    """Return how alike bars at a distance are, 0 to 1: the share of their notes, or places, that both have (Jaccard).

    Two empty bars are alike. 0 if the passage is too short.
    """
    pairs = list(zip(bars, bars[distance:], strict=False))
    return float(np.mean([len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs])) if pairs else 0.0


def form_features(passage: Passage) -> dict[str, float]:
    """Return features of form by name."""
    bars = bars_of(passage)
    notes = {distance: likeness(bars, distance) for distance in DISTANCES}
    rhythm = {distance: likeness(rhythms_of(bars), distance) for distance in DISTANCES}
    return {
        **{f"bars alike at distance {distance}: notes": value for distance, value in notes.items()},
        **{f"bars alike at distance {distance}: rhythm": value for distance, value in rhythm.items()},
        "phrase of 4 bars: notes": notes[4] - (notes[3] + notes[5]) / 2,
        "phrase of 8 bars: notes": notes[8] - (notes[7] + notes[9]) / 2,
        "phrase of 4 bars: rhythm": rhythm[4] - (rhythm[3] + rhythm[5]) / 2,
        "bars heard before": float(np.mean([bool(bar) and bar in bars[:number] for number, bar in enumerate(bars)])),
        "bars like the one before": share_of([bool(a) and a == b for a, b in pairwise(bars)]),
        **_density(bars),
        **_phrase_ends(passage, bars),
    }


def _density(bars: Sequence[Bar]) -> dict[str, float]:
    counts = np.array([len(bar) for bar in bars], np.float64)
    mean = max(float(counts.mean()), 1e-9)
    quarters = np.array_split(counts, 4)
    first, last = (float(part.mean()) if len(part) else 0.0 for part in (quarters[0], quarters[-1]))
    return {"density varies between bars": float(counts.std()) / mean, "density rises": (last - first) / mean}


def _phrase_ends(passage: Passage, bars: Sequence[Bar]) -> dict[str, float]:
    """Compare every fourth bar, where phrases end, with the others: number of notes, longest note in quarters."""
    counts = np.array([len(bar) for bar in bars], np.float64)
    longest = np.zeros(len(bars))
    np.maximum.at(longest, passage.bar_of(passage.onsets), passage.durations / UNITS)
    is_end = np.arange(len(bars)) % PHRASE_BARS == PHRASE_BARS - 1
    if not is_end.any():
        return {"phrase ends are fuller": 0.0, "phrase ends are longer": 0.0}
    return {
        "phrase ends are fuller": float(counts[is_end].mean() - counts[~is_end].mean()) / max(counts.mean(), 1e-9),
        "phrase ends are longer": float(longest[is_end].mean() - longest[~is_end].mean()),
    }
