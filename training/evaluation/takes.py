"""Lets a model play takes as `render` does, as passages; and cuts such passages from pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.model.bundle import Bundle

from ..data.dataset import Ids
from .passages import Passage, passage_of
from .players import Players

_BAR = bar_tokens.ids_of("bar")


@dataclass(frozen=True)
class Takes:
    """A model that plays: the settings that all takes begin with, the number of takes for each request, and seeds.

    Each of `seeds` plays other takes.
    """

    players: Players
    base: Settings
    count: int = 20
    seed: int = 0
    seeds: int = 1

    @property
    def bundle(self) -> Bundle:
        """The model."""
        return self.players.bundle

    def seeds_of(self, number: int) -> range:
        """Return the seeds of the takes of the seed with this number, from 0."""
        first = self.seed + number * self.count
        return range(first, first + self.count)

    def ids_of(self, number: int, settings: Settings) -> Iterator[Ids]:
        """Yield the ids of the takes of the seed with this number."""
        return self.played([(settings, seed) for seed in self.seeds_of(number)])

    def played(self, requests: Sequence[tuple[Settings, int]]) -> Iterator[Ids]:
        """Yield the ids of takes with some settings and seeds."""
        return self.players.play(take_ids, requests)

    def of(self, number: int, settings: Settings) -> Iterator[Passage]:
        """Yield the takes of the seed with this number."""
        return map(passage_of, self.ids_of(number, settings))


def take_ids(bundle: Bundle, settings: Settings, seed: int) -> Ids:
    """Return the ids of a take of a model in bars, without its prompt."""
    ids = [step.token_id for step in Composer(Performance.of(settings, bundle, seed)).steps()]
    # The token of the bar after the last ends the take.
    return np.array(ids[:-1] if ids and ids[-1] in _BAR else ids, np.uint16)


def bars_between(passage: Passage, first: int, end: int | None) -> Passage:
    """Return bars of a passage, chosen like a slice, as a passage that begins at 0; at least one has to be in it."""
    starts = passage.bar_starts[first:end]
    lengths = passage.bar_lengths[first:end]
    start, stop = int(starts[0]), int(starts[-1] + lengths[-1])
    inside = (passage.onsets >= start) & (passage.onsets < stop)
    return Passage(
        passage.onsets[inside] - start, passage.durations[inside], passage.pitches[inside], starts - start, lengths
    )
