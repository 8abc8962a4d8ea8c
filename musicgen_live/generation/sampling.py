"""Samplers: they choose the next id from logits, and remember their choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from musicgen_live.config.settings import Settings
from musicgen_live.encodings.stateful import Stateful, Stateless
from musicgen_live.generation.cycles import Cycles, Numbers
from musicgen_live.model.state import Floats


class Sampler(Stateful[Any], Protocol):
    """Chooses ids one after another."""

    def choose(self, logits: Floats) -> int:
        """Return the next id from logits `(classes,)`, at least one of which is above minus infinity."""
        ...


class Greedy(Stateless):
    """Chooses the most probable id, literally as in the recipe, and so tends to repeat one note or figure for ever."""

    def choose(self, logits: Floats) -> int:
        """Return the id of the highest logit; the lowest such id on a tie."""
        return int(logits.argmax())


class GreedyWithLoopGuard:
    """Chooses the most probable id that does not begin a fourth round of a cycle that just played three times.

    The id that would continue the cycle is excluded from this one choice. Deterministic.
    """

    def __init__(self) -> None:
        self._cycles = Cycles()

    def choose(self, logits: Floats) -> int:
        """Return the id of the highest logit among those that continue no cycle played three times."""
        cycles, allowed = self._cycles, logits
        looping = cycles.counts >= 2 * cycles.lengths
        if looping.any():
            allowed = logits.copy()
            allowed[cycles.before[looping]] = -np.inf
            if not np.isfinite(allowed).any():
                # Fewer classes than cycles: no id is left to change to, so the loop continues.
                allowed = logits
        chosen = int(allowed.argmax())
        cycles.advance(chosen)
        return chosen

    def snapshot(self) -> tuple[Numbers, Numbers]:
        """Return the state."""
        return self._cycles.snapshot()

    def restore(self, state: tuple[Numbers, Numbers]) -> None:
        """Return to a state."""
        self._cycles.restore(state)


class NucleusSampler:
    """Draws an id by the softmax of logits / temperature, among the `top_k` most probable and the top-p nucleus.

    The nucleus is the smallest set of ids that holds at least `top_p` of the probability (Holtzman et al. 2020).
    """

    def __init__(
        self, rng: np.random.Generator, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0
    ) -> None:
        """Use `temperature` above 0, `top_k` from 1 (None: all), `top_p` above 0 to 1; ValueError otherwise."""
        if not temperature > 0 or not 0 < top_p <= 1 or (top_k is not None and top_k < 1):
            raise ValueError(f"temperature {temperature}, top-k {top_k}, top-p {top_p} cannot be")
        self.rng = rng
        self._temperature = temperature
        self._top_k = top_k
        self._top_p = top_p

    def choose(self, logits: Floats) -> int:
        """Draw one id."""
        # Leave masked ids out, so that not even a rounding in the last digit can draw one.
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
    """Return a new sampler; only `sample` uses the seed."""
    if settings.decode == "pure-argmax":
        return Greedy()
    if settings.decode == "argmax":
        return GreedyWithLoopGuard()
    return NucleusSampler(np.random.default_rng(seed), settings.temperature, settings.top_k, settings.top_p)


def sampler_after(before: Sampler, settings: Settings, seed: int) -> Sampler:
    """Return the sampler of the settings that continues another one: its draws, its memory.

    If they have nothing in common, it is a new one with this seed.
    """
    after = sampler_for(settings, seed)
    if isinstance(after, NucleusSampler) and isinstance(before, NucleusSampler):
        after.rng = before.rng
    elif type(after) is type(before):
        return before
    return after
