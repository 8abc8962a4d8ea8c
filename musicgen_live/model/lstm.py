"""The LSTM in NumPy: the weights of a trained network and the two ways to run them, ids in and logits out.

Equations: Hochreiter & Schmidhuber 1997 with forget gate (Gers et al. 2000), as in `keras.layers.LSTM`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import NORM_EPSILON, Architecture
from musicgen_live.model.recall import Recall

Floats = NDArray[np.float32]


class Predictor(Protocol):
    """Something that reads ids one at a time and predicts the next."""

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`, a fresh array."""
        ...

    def reset(self) -> None:
        """Forget everything read."""
        ...


class Recalling(Predictor, Protocol):
    """A predictor whose recall can be hidden from the network."""

    looks_back: bool


class Network:
    """Weights made ready to run, shared by any number of predictors; immutable once made.

    The kernel and the recurrent kernel of a layer are stacked into one matrix, so that a layer is one
    product. The gates i, f and o are halved beforehand: sigmoid(z) = tanh(z / 2) / 2 + 1/2, so one tanh over
    all four gates serves them all.
    """

    def __init__(self, architecture: Architecture, tensors: Mapping[str, NDArray[np.floating]]) -> None:
        """Take weights named and shaped as `architecture.tensor_shapes()`; ValueError if they are not."""
        self.architecture = architecture
        for name, shape in architecture.tensor_shapes().items():
            if name not in tensors:
                raise ValueError(f"the tensor {name} is missing")
            if tensors[name].shape != shape:
                raise ValueError(f"the tensor {name} has shape {tensors[name].shape}; {shape} is needed")
        weights = {name: np.asarray(tensor, dtype=np.float32) for name, tensor in tensors.items()}
        units = architecture.units
        halve = np.full(4 * units, 0.5, dtype=np.float32)
        halve[2 * units : 3 * units] = 1.0
        # What the first layer sees of an id never changes: its product with the kernel is a table.
        self.input_table: Floats = _inputs(architecture, weights) @ weights["lstm0.kernel"]
        self.input_table = (self.input_table + weights["lstm0.bias"]) * halve
        self.recall_tables: tuple[Floats, ...] = tuple(
            (weights[name] @ weights["lstm0.kernel"]) * halve
            for name in ("recall", "recall_length")
            if architecture.recall_from is not None
        )
        self.first_recurrent: Floats = np.ascontiguousarray(weights["lstm0.recurrent"] * halve)
        self.upper: list[tuple[Floats, Floats]] = []
        for layer in range(1, architecture.layers):
            kernel, recurrent = weights[f"lstm{layer}.kernel"], weights[f"lstm{layer}.recurrent"]
            stacked = np.ascontiguousarray(np.concatenate([kernel, recurrent]) * halve)
            self.upper.append((stacked, weights[f"lstm{layer}.bias"] * halve))
        self.norms: list[tuple[Floats, Floats]] = [
            (weights[f"norm{layer}.gamma"], weights[f"norm{layer}.beta"])
            for layer in range(architecture.layers)
            if architecture.layer_norm
        ]
        self._mean = np.full(units, 1 / units, np.float32)
        self.output_kernel: Floats = weights["output.kernel"]
        self.output_bias: Floats = weights["output.bias"]

    def zero_state(self, rows: int) -> list[tuple[Floats, Floats]]:
        """Per layer `h` and `c`, each of shape `(rows, units)`, all zero.

        `h` of a layer and the input that comes to it lie in one array `(rows, 2 * units)`, input first, so that no
        step has to join them; the first layer has `h` alone.
        """
        units = self.architecture.units
        widths = [units] + [2 * units] * (self.architecture.layers - 1)
        return [(np.zeros((rows, width), np.float32), np.zeros((rows, units), np.float32)) for width in widths]

    def recall(self) -> Recall | None:
        """What has to go with every id that is read, where the network is made for it."""
        first = self.architecture.recall_from
        return None if first is None else Recall(self.architecture.classes, first)

    def advance(
        self,
        state: list[tuple[Floats, Floats]],
        token_ids: int | NDArray[np.integer],
        recalled: Sequence[int | NDArray[np.integer]] = (),
    ) -> Floats:
        """Read one id into every row of `state`, in place (or an id a row); return what leaves the top.

        A network with recall needs `recalled` too: the recalled id and the length class, or one of each a row.
        """
        units = self.architecture.units
        h, c = state[0]
        gates = h @ self.first_recurrent
        gates += self.input_table[token_ids]
        for table, recalled_ids in zip(self.recall_tables, recalled, strict=True):
            gates += table[recalled_ids]
        for layer, (stacked, bias) in enumerate(self.upper, start=1):
            above, c_above = state[layer]
            above[:, :units] = self._leaving(layer - 1, gates, h, c)
            gates = above @ stacked
            gates += bias
            h, c = above, c_above
        return self._leaving(self.architecture.layers - 1, gates, h, c)

    def logits(self, top: Floats) -> Floats:
        """Logits of rows of the top layer: `(rows, units)` to `(rows, classes)`."""
        result: Floats = top @ self.output_kernel
        result += self.output_bias
        return result

    def _leaving(self, layer: int, gates: Floats, h: Floats, c: Floats) -> Floats:
        """Make the step of one layer, in place; what leaves it upwards, `(rows, units)`."""
        units = c.shape[1]
        own = h[:, -units:]
        _cell(gates, c, own)
        if not self.norms:
            return own
        gamma, beta = self.norms[layer]
        leaving: Floats = own - (own @ self._mean)[:, None]
        variance = np.einsum("ij,ij->i", leaving, leaving) * self._mean[0]
        leaving *= (1 / np.sqrt(variance + np.float32(NORM_EPSILON)))[:, None]
        leaving *= gamma
        leaving += beta
        if layer:
            leaving += h[:, :units]
        return leaving


def _inputs(architecture: Architecture, weights: Mapping[str, Floats]) -> Floats:
    """What the first layer sees of each id, `(classes, input_width)`."""
    if architecture.input == "embedding":
        return weights["embedding"]
    # The division is done in float32 as training does it, so that both see the very same number.
    scalar = np.arange(architecture.classes, dtype=np.float32) / np.float32(architecture.classes)
    return scalar[:, None]


def _cell(gates: Floats, c: Floats, h: Floats) -> None:
    """One LSTM cell for all rows: gates `(rows, 4 * units)`, i, f and o halved; `c` and `h` change in place."""
    units = c.shape[1]
    np.tanh(gates, out=gates)
    candidate = gates[:, 2 * units : 3 * units].copy()
    gates *= 0.5
    gates += 0.5
    c *= gates[:, units : 2 * units]
    candidate *= gates[:, :units]
    c += candidate
    np.tanh(c, out=h)
    h *= gates[:, 3 * units :]


@dataclass(frozen=True)
class Memory:
    """All that a predictor has of what it read, but for its recall, of which this is the length."""

    state: list[tuple[Floats, Floats]]
    recalled: int
    looks_back: bool
    newest: int = 0
    read: int = 0


def _copied(state: list[tuple[Floats, Floats]]) -> list[tuple[Floats, Floats]]:
    return [(h.copy(), c.copy()) for h, c in state]


class CarriedState:
    """One LSTM step an id, the state kept: what a network trained on streams was trained for."""

    def __init__(self, network: Network) -> None:
        self.looks_back = True
        self._network = network
        self._recall = network.recall()
        self._state = network.zero_state(1)

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`."""
        recalled = self._recall.read(token_id, shown=self.looks_back) if self._recall else ()
        logits: Floats = self._network.logits(self._network.advance(self._state, token_id, recalled))[0]
        return logits

    def reset(self) -> None:
        """Forget everything read."""
        self._state = self._network.zero_state(1)
        if self._recall:
            self._recall.reset()

    def memory(self) -> Memory:
        """What it has of what was read until now, to go back to."""
        return Memory(_copied(self._state), self._recall.length if self._recall else 0, self.looks_back)

    def go_back(self, memory: Memory) -> None:
        """Forget what was read since this was its memory; it has to be one of what was read before."""
        self._state, self.looks_back = _copied(memory.state), memory.looks_back
        if self._recall:
            self._recall.go_back(memory.recalled)


class ExactWindow:
    """The last `window` ids from a zero state at every prediction, by windows in flight.

    Recomputing would cost `window` steps an id. Instead `window` rows are kept, each one id older than the next: an id
    advances all of them by one step, in one product a layer; the row that has read `window` ids gives the
    prediction and is cleared to start anew. The arithmetic is that of the recomputation.
    """

    def __init__(self, network: Network) -> None:
        self.looks_back = True
        self._network = network
        self._recall = network.recall()
        self._window = network.architecture.window
        self._state = network.zero_state(self._window)
        self._newest = 0
        self._read = 0

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next.

        Before `window` ids were read the prediction comes from all of them: the oldest row has seen them all.
        """
        for h, c in self._state:
            h[self._newest] = 0.0
            c[self._newest] = 0.0
        self._read += 1
        is_full = self._read >= self._window
        # Rows that have not begun are left out, which halves the time to read a prompt.
        begun = self._state if is_full else [(h[: self._read], c[: self._read]) for h, c in self._state]
        recalled = self._recall.read(token_id, shown=self.looks_back) if self._recall else ()
        top = self._network.advance(begun, token_id, recalled)
        self._newest = (self._newest + 1) % self._window
        oldest = self._newest if is_full else 0
        logits: Floats = self._network.logits(top[oldest : oldest + 1])[0]
        return logits

    def reset(self) -> None:
        """Forget everything read."""
        self._state = self._network.zero_state(self._window)
        if self._recall:
            self._recall.reset()
        self._newest = 0
        self._read = 0

    def memory(self) -> Memory:
        """What it has of what was read until now, to go back to."""
        return Memory(
            _copied(self._state), self._recall.length if self._recall else 0, self.looks_back, self._newest, self._read
        )

    def go_back(self, memory: Memory) -> None:
        """Forget what was read since this was its memory; it has to be one of what was read before."""
        self._state, self.looks_back = _copied(memory.state), memory.looks_back
        self._newest, self._read = memory.newest, memory.read
        if self._recall:
            self._recall.go_back(memory.recalled)


def predictor(network: Network) -> CarriedState | ExactWindow:
    """The way to run a network that fits how it was trained."""
    return ExactWindow(network) if network.architecture.mode == "window" else CarriedState(network)


def read_all(predictor: Predictor, token_ids: Iterable[int]) -> Floats:
    """Read ids, at least one; return the logits after the last."""
    logits: Floats | None = None
    for token_id in token_ids:
        logits = predictor.step(token_id)
    if logits is None:
        raise ValueError("a prompt of at least one id is needed")
    return logits
