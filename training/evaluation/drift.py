"""Measures how music holds together over time: its key, density, range and bass, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from musicgen_live.config.settings import Settings

from ..data.dataset import Dataset, Ids, Split
from .figure import Figure, share_of
from .passages import Passage, passage_of
from .takes import Takes, bars_between
from .theory.keys import key_of
from .theory.voice_leading import line_of

LONG_BARS, SECTION_BARS = 64, 8
ENDLESS_BARS, PART_BARS = 256, 16
SPREAD_PERCENTILES = (5, 95)
LONG_SHARE = 4
"""One long take is played where other figures have this many takes."""
PHRASE_BARS = 4
FEWEST_KEY_NOTES = 12
"""Fewer notes of a prompt have no key."""


def key_figures(
    prompts: Sequence[Passage], real: Sequence[Passage], generated: Sequence[Sequence[Passage]]
) -> list[Figure]:
    """Return the share of the notes in the key of the prompt, for the first and the last 4 bars of passages.

    No figures if no prompt has a key.
    """
    if not any(len(prompt.pitches) >= FEWEST_KEY_NOTES for prompt in prompts):
        return []
    figures = []
    for name, first, end in (("first", 0, PHRASE_BARS), ("last", -PHRASE_BARS, None)):
        shares = [_mean_in_key(prompts, passages, first, end) for passages in (real, *generated)]
        text = f"notes of the {name} {PHRASE_BARS} bars in the key of the prompt"
        figures.append(Figure(text, tuple(shares[1:]), shares[0]))
    return figures


def _mean_in_key(prompts: Sequence[Passage], passages: Sequence[Passage], first: int, end: int | None) -> float:
    shares = []
    for prompt, passage in zip(prompts, passages, strict=True):
        if len(prompt.pitches) >= FEWEST_KEY_NOTES:
            key = key_of(prompt.pitches, prompt.durations)
            shares.append(key.share(bars_between(passage, first, end).pitches))
    return float(np.mean(shares))


def drift_figures(takes: Takes, dataset: Dataset, split: Split, in_model_ids: Callable[[Ids], Ids]) -> list[Figure]:
    """Return how the last 8 bars of long takes differ from their first 8; beside them, pieces that are as long."""
    pieces = (passage_of(in_model_ids(np.asarray(dataset.ids_of(piece)))) for piece in dataset.of_split(split))
    real = [section_change(bars_between(piece, 0, LONG_BARS)) for piece in pieces if len(piece.bar_starts) >= LONG_BARS]
    settings = takes.base.changed({"bars": LONG_BARS, "loop": True})
    played = [[section_change(take) for take in _long_takes(takes, number, settings)] for number in range(takes.seeds)]
    last = f"bars {LONG_BARS - SECTION_BARS + 1} to {LONG_BARS}"
    names = (
        (f"notes of {last} in the key of the first {SECTION_BARS}", None),
        (f"notes in {last}, those of the first {SECTION_BARS} being 1", 2),
        (f"range of {last} less that of the first {SECTION_BARS}, semitones", 1),
        (f"bass of {last} less that of the first {SECTION_BARS}, semitones", 1),
    )
    return [
        Figure(
            name,
            tuple(float(np.mean([row[column] for row in rows])) for rows in played),
            float(np.mean([row[column] for row in real])) if real else None,
            decimals,
        )
        for column, (name, decimals) in enumerate(names)
    ]


def endless_figures(takes: Takes, dataset: Dataset, split: Split, in_model_ids: Callable[[Ids], Ids]) -> list[Figure]:
    """Return the share of the parts of endless takes that are no farther from their beginning than those of pieces.

    A part has 16 bars; those of the second half of 256 bars count. Nine in ten of the parts of pieces are within their
    own spread. No figures if no piece has 64 bars.
    """
    pieces = (passage_of(in_model_ids(np.asarray(dataset.ids_of(piece)))) for piece in dataset.of_split(split))
    real = [row for piece in pieces if len(piece.bar_starts) >= LONG_BARS for row in part_changes(piece)]
    if not real:
        return []
    lowest, highest = np.percentile(real, SPREAD_PERCENTILES, axis=0)
    settings = takes.base.changed({"bars": ENDLESS_BARS, "loop": True})
    of_seeds: list[list[float]] = []
    for number in range(takes.seeds):
        rows: list[tuple[float, float, float]] = []
        for take in _long_takes(takes, number, settings):
            changes = part_changes(take)
            rows += changes[len(changes) // 2 :]
        of_seeds.append(
            [share_of([lowest[i] <= row[i] <= highest[i] for row in rows]) if rows else 0.0 for i in range(len(lowest))]
        )
    share = (SPREAD_PERCENTILES[1] - SPREAD_PERCENTILES[0]) / 100
    return [
        Figure(f"bars {ENDLESS_BARS // 2 + 1} to {ENDLESS_BARS}, {name} within the spread of pieces", of_seed, share)
        for name, of_seed in zip(("bass", "top line", "notes a bar"), zip(*of_seeds, strict=True), strict=True)
    ]


def _long_takes(takes: Takes, number: int, settings: Settings) -> Iterator[Passage]:
    """Yield the long takes of the seed with this number, one for `LONG_SHARE` takes of other figures."""
    seeds = takes.seeds_of(number)[: max(1, takes.count // LONG_SHARE)]
    return map(passage_of, takes.played([(settings, seed) for seed in seeds]))


def part_changes(passage: Passage) -> list[tuple[float, float, float]]:
    """Return how each further 16 bars differ from the first 16: mean bass, mean top line, notes a bar.

    Parts without notes are left out; none is left if the first is one.
    """
    parts = [
        bars_between(passage, first, first + PART_BARS)
        for first in range(0, len(passage.bar_starts) - PART_BARS + 1, PART_BARS)
    ]
    if not parts or not len(parts[0].pitches):
        return []
    rows = [
        (
            float(line_of(part, top=False).mean()),
            float(line_of(part, top=True).mean()),
            len(part.pitches) / PART_BARS,
        )
        for part in parts
        if len(part.pitches)
    ]
    bass, top, notes = rows[0]
    return [(row[0] - bass, row[1] - top, row[2] - notes) for row in rows[1:]]


def section_change(passage: Passage) -> tuple[float, float, float, float]:
    """Compare the last 8 bars of a passage with its first 8.

    Return the share of their notes in the first ones' key; their number of notes over that of the first; and how much
    their range and the mean of their bass lie above those of the first, in semitones. All 0 if either has no notes.
    """
    first = bars_between(passage, 0, SECTION_BARS)
    last = bars_between(passage, -SECTION_BARS, None)
    if not len(first.pitches) or not len(last.pitches):
        return 0.0, 0.0, 0.0, 0.0
    return (
        key_of(first.pitches, first.durations).share(last.pitches),
        len(last.pitches) / len(first.pitches),
        float(np.ptp(last.pitches)) - float(np.ptp(first.pitches)),
        float(line_of(last, top=False).mean() - line_of(first, top=False).mean()),
    )
