"""Reads ids one at a time and predicts the next: the two ways to run a network, with carried state or exact windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from musicgen_live.model.lstm import Network
from musicgen_live.model.remembered import Remembered, RememberedState
from musicgen_live.model.state import Floats
from musicgen_live.model.step_cache import StepCache, TakenStep


class Predictor(Protocol):
    """Reads ids one at a time and predicts the next."""

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`, as a new array."""
        ...


class RememberingPredictor(Predictor, Protocol):
    """A predictor whose network also sees recall and a reference."""

    remembered: Remembered


@dataclass(frozen=True)
class Snapshot:
    """The state of a predictor."""

    carried: Floats
    remembered: RememberedState
    newest: int = 0
    read: int = 0


class CarriedState:
    """Runs one LSTM step per id and keeps the state, for networks trained on streams."""

    def __init__(self, network: Network) -> None:
        self.remembered = Remembered(network.architecture)
        self._network = network
        self._state = network.zero_state(1)
        self._cache = StepCache()
        self._collected: list[tuple[int, ...]] | None = None
        self._nothing: Floats = np.zeros(network.architecture.classes, np.float32)

    def read_together(self, step_all: Callable[[], Floats]) -> Floats:
        """Read all ids that a function gives to `step`, faster; return the logits after the last.

        What `step` returns meanwhile means nothing. Without any id, return what the function returns.
        """
        self._collected = []
        try:
            result = step_all()
            rows = np.array(self._collected, np.int64)
        finally:
            self._collected = None
        if not len(rows):
            return result
        self._cache.skip(len(rows))
        logits: Floats = self._network.logits(self._network.read(self._state, rows))[0]
        return logits

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`."""
        recalled = self.remembered.read(token_id)
        if self._collected is not None:
            self._collected.append((token_id, *recalled))
            return self._nothing
        if (taken := self._cache.take((token_id, *recalled))) is not None:
            self._state.restore(taken.carried)
            return taken.logits.copy()
        logits: Floats = self._network.logits(self._network.advance(self._state, token_id, recalled))[0]
        self._cache.put(TakenStep((token_id, *recalled), self._state.snapshot(), logits.copy()))
        return logits

    def reset(self) -> None:
        """Forget everything read."""
        self._state.clear()
        self.remembered.reset()
        self._cache.skip(1)

    def snapshot(self) -> Snapshot:
        """Return the state."""
        return Snapshot(self._state.snapshot(), self.remembered.snapshot(), read=self._cache.position)

    def restore(self, state: Snapshot) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self._state.restore(state.carried)
        self.remembered.restore(state.remembered)
        self._cache.position = state.read


class ExactWindow:
    """Runs the last `window` ids from a zero state for every prediction, with `window` partly read windows in parallel.

    Recomputing would cost `window` steps per id. Instead this keeps a row per window, each one id older than the next.
    An id advances all of them by one step, in one product per layer; the row that has read `window` ids gives the
    prediction and starts again from zero. The arithmetic equals that of the recomputation.
    """

    def __init__(self, network: Network) -> None:
        self.remembered = Remembered(network.architecture)
        self._network = network
        self._window = network.architecture.window
        self._state = network.zero_state(self._window)
        self._newest = 0
        self._read = 0

    def read_together(self, step_all: Callable[[], Floats]) -> Floats:
        """Return what a function returns that gives ids to `step`: windows are read one id at a time."""
        return step_all()

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`.

        Until `window` ids were read, the prediction uses all of them, because the oldest row has read them all.
        """
        self._state.clear(self._newest)
        self._read += 1
        is_full = self._read >= self._window
        # Skip rows that have not started, which halves the time to read a prompt.
        started = self._state if is_full else self._state.first(self._read)
        top = self._network.advance(started, token_id, self.remembered.read(token_id))
        self._newest = (self._newest + 1) % self._window
        oldest = self._newest if is_full else 0
        logits: Floats = self._network.logits(top[oldest : oldest + 1])[0]
        return logits

    def reset(self) -> None:
        """Forget everything read."""
        self._state.clear()
        self.remembered.reset()
        self._newest = 0
        self._read = 0

    def snapshot(self) -> Snapshot:
        """Return the state."""
        return Snapshot(self._state.snapshot(), self.remembered.snapshot(), self._newest, self._read)

    def restore(self, state: Snapshot) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self._state.restore(state.carried)
        self.remembered.restore(state.remembered)
        self._newest, self._read = state.newest, state.read


def predictor(network: Network) -> CarriedState | ExactWindow:
    """Return a predictor that runs a network in the mode of its training."""
    return ExactWindow(network) if network.architecture.mode == "window" else CarriedState(network)


def read_all(predictor: Predictor, token_ids: Iterable[int]) -> Floats:
    """Read ids, at least one; return the logits after the last."""
    logits: Floats | None = None
    for token_id in token_ids:
        logits = predictor.step(token_id)
    if logits is None:
        raise ValueError("a prompt of at least one id is needed")
    return logits
