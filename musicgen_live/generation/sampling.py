"""Ways to choose the next id from logits, each a small object with a memory of its own choices."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.settings import Settings
from musicgen_live.encodings.stateful import Stateful, Stateless
from musicgen_live.model.state import Floats

LONGEST_CYCLE = 128
"""The longest cycle, in ids, that the loop guard looks for."""


class Sampler(Stateful[Any], Protocol):
    """Chooses ids one after another."""

    def choose(self, logits: Floats) -> int:
        """The next id, from logits of shape `(classes,)`, at least one of which is above minus infinity."""
        ...


class Greedy(Stateless):
    """Always the most probable id: the recipe literally, which tends to end in one note or figure for ever."""

    def choose(self, logits: Floats) -> int:
        """The id of the highest logit; the lowest such id on a tie."""
        return int(logits.argmax())


class GreedyWithLoopGuard:
    """The most probable id that does not begin a fourth round of what was just heard three times.

    For every cycle length up to `LONGEST_CYCLE`, `_matches` counts how many of the latest ids equal the id that
    many steps before. A count of twice the length means three rounds; the id that would continue is set aside
    for this one choice. Deterministic.
    """

    def __init__(self) -> None:
        self._latest: deque[int] = deque(maxlen=LONGEST_CYCLE)
        self._matches: NDArray[np.int64] = np.zeros(LONGEST_CYCLE, np.int64)

    def choose(self, logits: Floats) -> int:
        """The id of the highest logit among those that continue no cycle heard three times."""
        before = np.fromiter(reversed(self._latest), np.int64, count=len(self._latest))
        looping = self._matches[: len(before)] >= 2 * np.arange(1, len(before) + 1)
        allowed = logits
        if looping.any():
            allowed = logits.copy()
            allowed[before[looping]] = -np.inf
            if not np.isfinite(allowed).any():
                # Fewer classes than cycles heard: nothing is left to turn to, so the loop goes on.
                allowed = logits
        chosen = int(allowed.argmax())
        matching = before == chosen
        self._matches[: len(before)] = np.where(matching, self._matches[: len(before)] + 1, 0)
        self._latest.append(chosen)
        return chosen

    def snapshot(self) -> tuple[tuple[int, ...], NDArray[np.int64]]:
        """Return the state."""
        return tuple(self._latest), self._matches.copy()

    def restore(self, state: tuple[tuple[int, ...], NDArray[np.int64]]) -> None:
        """Return to a state."""
        latest, matches = state
        self._latest, self._matches = deque(latest, LONGEST_CYCLE), matches.copy()


class NucleusSampler:
    """A random id by the softmax of logits / temperature, among the `top_k` most probable and the top-p nucleus.

    The nucleus is the smallest set of ids that holds at least `top_p` of the probability (Holtzman et al. 2020).
    """

    def __init__(
        self, rng: np.random.Generator, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0
    ) -> None:
        """`temperature` above 0, `top_k` from 1 (None: all), `top_p` above 0 to 1; ValueError otherwise."""
        if not temperature > 0 or not 0 < top_p <= 1 or (top_k is not None and top_k < 1):
            raise ValueError(f"temperature {temperature}, top-k {top_k}, top-p {top_p} cannot be")
        self.rng = rng
        self._temperature = temperature
        self._top_k = top_k
        self._top_p = top_p

    def choose(self, logits: Floats) -> int:
        """Draw one id."""
        # Ids that a grammar has masked: none may be drawn, not even by a rounding in the last digit.
        (allowed,) = np.isfinite(logits).nonzero()
        order = allowed[(-logits[allowed]).argsort(kind="stable")][: self._top_k]
        scaled = logits[order].astype(np.float64)
        scaled /= self._temperature
        scaled -= scaled[0]
        probabilities = np.exp(scaled, scaled)
        probabilities /= np.add.reduce(probabilities)
        cumulative = probabilities.cumsum()
        kept = min(int(cumulative.searchsorted(self._top_p)) + 1, len(order))
        drawn = self.rng.random() * cumulative[kept - 1]
        return int(order[min(int(cumulative[:kept].searchsorted(drawn, side="right")), kept - 1)])

    def snapshot(self) -> Mapping[str, Any]:
        """Return the state of the random generator; nothing else changes."""
        return self.rng.bit_generator.state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Return to a state."""
        self.rng.bit_generator.state = state


def sampler_for(settings: Settings, seed: int) -> Sampler:
    """A fresh chooser; the seed matters to `sample` alone."""
    if settings.decode == "pure-argmax":
        return Greedy()
    if settings.decode == "argmax":
        return GreedyWithLoopGuard()
    return NucleusSampler(np.random.default_rng(seed), settings.temperature, settings.top_k, settings.top_p)


def sampler_after(before: Sampler, settings: Settings, seed: int) -> Sampler:
    """A chooser as settings want it that goes on from another one: in its draws, with what it remembers.

    Where they have nothing in common it is a fresh one by the seed.
    """
    after = sampler_for(settings, seed)
    if isinstance(after, NucleusSampler) and isinstance(before, NucleusSampler):
        after.rng = before.rng
    elif type(after) is type(before):
        return before
    return after
