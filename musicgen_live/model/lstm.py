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
from musicgen_live.model.state import Floats, Layer, State

_HALF, _NORM_EPSILON = np.float32(0.5), np.float32(NORM_EPSILON)


class Predictor(Protocol):
    """Something that reads ids one at a time and predicts the next."""

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`, a fresh array."""
        ...


class Recalling(Predictor, Protocol):
    """A predictor whose recall can be hidden from the network."""

    looks_back: bool


class Network:
    """Weights made ready to run, shared by any number of predictors; immutable once made.

    The kernel and the recurrent kernel of a layer are stacked into one matrix, so that a layer is one
    product. The gates i, f and o are halved beforehand: sigmoid(z) = tanh(z / 2) / 2 + 1/2, so one tanh over
    all four gates serves them all. They stand in the order i, f, o, g, the candidate last, so that one run is theirs.
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
        # What the first layer sees of an id never changes: its product with the kernel is a table.
        table = _inputs(architecture, weights) @ weights["lstm0.kernel"]
        self.input_table: Floats = _ready(table + weights["lstm0.bias"])
        self.recall_tables: tuple[Floats, ...] = tuple(
            _ready(weights[name] @ weights["lstm0.kernel"])
            for name in ("recall", "recall_length")
            if architecture.recall_from is not None
        )
        self.first_recurrent: Floats = _ready(weights["lstm0.recurrent"])
        self.upper: list[tuple[Floats, Floats]] = []
        for layer in range(1, architecture.layers):
            kernel, recurrent = weights[f"lstm{layer}.kernel"], weights[f"lstm{layer}.recurrent"]
            self.upper.append((_ready(np.concatenate([kernel, recurrent])), _ready(weights[f"lstm{layer}.bias"])))
        self.norms: list[tuple[Floats, Floats]] = [
            (weights[f"norm{layer}.gamma"], weights[f"norm{layer}.beta"])
            for layer in range(architecture.layers)
            if architecture.layer_norm
        ]
        self._mean = np.full((architecture.units, 1), 1 / architecture.units, np.float32)
        self.output_kernel: Floats = weights["output.kernel"]
        self.output_bias: Floats = weights["output.bias"]

    def zero_state(self, rows: int) -> State:
        """The state before anything was read, in so many rows."""
        return State(self.architecture.layers, self.architecture.units, rows)

    def recall(self) -> Recall | None:
        """What has to go with every id that is read, where the network is made for it."""
        first = self.architecture.recall_from
        return None if first is None else Recall(self.architecture.classes, first)

    def advance(
        self,
        state: State,
        token_ids: int | NDArray[np.integer],
        recalled: Sequence[int | NDArray[np.integer]] = (),
    ) -> Floats:
        """Read one id into every row of `state`, in place (or an id a row); return what leaves the top.

        That is `(rows, units)` and part of the state, to be read before the next step. A network with recall needs
        `recalled` too: the recalled id and the length class, or one of each a row.
        """
        first, *others = state.layers
        gates = first.gates
        np.matmul(first.h, self.first_recurrent, gates)
        gates += self.input_table[token_ids]
        for table, recalled_ids in zip(self.recall_tables, recalled, strict=True):
            gates += table[recalled_ids]
        self._finish(0, first, state)
        for number, layer in enumerate(others, start=1):
            stacked, bias = self.upper[number - 1]
            np.matmul(layer.joined, stacked, gates)
            gates += bias
            self._finish(number, layer, state)
        return state.layers[-1].above

    def logits(self, top: Floats) -> Floats:
        """Logits of rows of the top layer: `(rows, units)` to `(rows, classes)`, an array of its own."""
        result: Floats = top @ self.output_kernel
        result += self.output_bias
        return result

    def _finish(self, number: int, layer: Layer, state: State) -> None:
        """Make the step of a layer from the sums of its gates, and have it leave upwards."""
        _cell(layer)
        if not self.norms:
            layer.above[:] = layer.h
            return
        gamma, beta = self.norms[number]
        centred, column = state.room, state.column
        np.matmul(layer.h, self._mean, column)
        np.subtract(layer.h, column, centred)
        above = np.multiply(centred, centred, layer.above)
        np.matmul(above, self._mean, column)
        column += _NORM_EPSILON
        np.sqrt(column, column)
        centred /= column
        centred *= gamma
        np.add(centred, beta, above)
        if number:
            above += layer.below


def _ready(gates: Floats) -> Floats:
    """Gates in Keras' order i, f, g, o along the last axis: in the order i, f, o, g, all but the last halved."""
    i, f, g, o = np.split(gates, 4, axis=-1)
    half = np.float32(0.5)
    return np.concatenate([i * half, f * half, o * half, g], axis=-1)


def _inputs(architecture: Architecture, weights: Mapping[str, Floats]) -> Floats:
    """What the first layer sees of each id, `(classes, input_width)`."""
    if architecture.input == "embedding":
        return weights["embedding"]
    # The division is done in float32 as training does it, so that both see the very same number.
    scalar = np.arange(architecture.classes, dtype=np.float32) / np.float32(architecture.classes)
    return scalar[:, None]


def _cell(layer: Layer) -> None:
    """One LSTM cell for all rows, from gates of which i, f and o are halved; `c` and `h` change in place."""
    sigmoids, c, h = layer.sigmoids, layer.c, layer.h
    np.tanh(layer.gates, layer.gates)
    sigmoids *= _HALF
    sigmoids += _HALF
    c *= layer.f
    c += np.multiply(layer.i, layer.g, layer.g)
    np.tanh(c, h)
    h *= layer.o


@dataclass(frozen=True)
class Snapshot:
    """The state of a predictor."""

    carried: Floats
    recalled: int
    """The number of ids that its recall remembers."""
    looks_back: bool
    newest: int = 0
    read: int = 0


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
        self._state.clear()
        if self._recall:
            self._recall.reset()

    def snapshot(self) -> Snapshot:
        """Return the state."""
        return Snapshot(self._state.snapshot(), self._recall.snapshot() if self._recall else 0, self.looks_back)

    def restore(self, state: Snapshot) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self._state.restore(state.carried)
        self.looks_back = state.looks_back
        if self._recall:
            self._recall.restore(state.recalled)


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
        self._state.clear(self._newest)
        self._read += 1
        is_full = self._read >= self._window
        # Rows that have not begun are left out, which halves the time to read a prompt.
        begun = self._state if is_full else self._state.first(self._read)
        recalled = self._recall.read(token_id, shown=self.looks_back) if self._recall else ()
        top = self._network.advance(begun, token_id, recalled)
        self._newest = (self._newest + 1) % self._window
        oldest = self._newest if is_full else 0
        logits: Floats = self._network.logits(top[oldest : oldest + 1])[0]
        return logits

    def reset(self) -> None:
        """Forget everything read."""
        self._state.clear()
        if self._recall:
            self._recall.reset()
        self._newest = 0
        self._read = 0

    def snapshot(self) -> Snapshot:
        """Return the state."""
        return Snapshot(
            self._state.snapshot(),
            self._recall.snapshot() if self._recall else 0,
            self.looks_back,
            self._newest,
            self._read,
        )

    def restore(self, state: Snapshot) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self._state.restore(state.carried)
        self.looks_back = state.looks_back
        self._newest, self._read = state.newest, state.read
        if self._recall:
            self._recall.restore(state.recalled)


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
