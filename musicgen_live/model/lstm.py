"""Runs a trained LSTM in NumPy, ids in and logits out: the weights, and steps of any number of rows.

Equations: Hochreiter & Schmidhuber 1997 with forget gate (Gers et al. 2000), as in `keras.layers.LSTM`.

Products ignore the flag of an invalid value. OpenBLAS kernels also compute in lanes beyond an array, whose garbage may
raise it: numpy issues 13173 and 24067. Seen with 0.3.31 once in some ten runs of the tests, with a right result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import NORM_EPSILON, Architecture
from musicgen_live.model.state import Floats, Layer, State

_HALF, _ONE, _NORM_EPSILON = np.float32(0.5), np.float32(1), np.float32(NORM_EPSILON)


class Network:
    """Weights prepared to run, shared by any number of predictors; immutable.

    The kernel and the recurrent kernel of a layer are stacked into one matrix, so that a layer is one
    product. The weights of the gates i, f and o are halved: sigmoid(z) = tanh(z / 2) / 2 + 1/2, so one tanh is enough
    for all four gates. The order is i, f, o, g, with the candidate last, so that the three sigmoids are contiguous.
    """

    def __init__(self, architecture: Architecture, tensors: Mapping[str, NDArray[np.floating]]) -> None:
        """Take weights with the names and shapes of `architecture.tensor_shapes()`; ValueError on others."""
        self.architecture = architecture
        for name, shape in architecture.tensor_shapes().items():
            if name not in tensors:
                raise ValueError(f"the tensor {name} is missing")
            if tensors[name].shape != shape:
                raise ValueError(f"the tensor {name} has shape {tensors[name].shape}; {shape} is needed")
        kernel = _prepared(tensors["lstm0.kernel"])
        # The input of the first layer for an id never changes, so its product with the kernel is a table.
        self.input_table: Floats = _inputs(architecture, tensors) @ kernel
        self.input_table += _prepared(tensors["lstm0.bias"][None])
        self.recall_tables: tuple[Floats, ...] = tuple(
            _float32(tensors[name]) @ kernel for name in architecture.remembered
        )
        self.first_recurrent: Floats = _prepared(tensors["lstm0.recurrent"])
        self.upper: list[tuple[Floats, Floats]] = [
            (
                _prepared(tensors[f"lstm{layer}.kernel"], tensors[f"lstm{layer}.recurrent"]),
                _prepared(tensors[f"lstm{layer}.bias"][None])[0],
            )
            for layer in range(1, architecture.layers)
        ]
        self.norms: list[tuple[Floats, Floats]] = [
            (_float32(tensors[f"norm{layer}.gamma"]), _float32(tensors[f"norm{layer}.beta"]))
            for layer in range(architecture.layers)
            if architecture.layer_norm
        ]
        self._mean = np.full((architecture.units, 1), 1 / architecture.units, np.float32)
        self.output_kernel: Floats = _float32(tensors["output.kernel"])
        self.output_bias: Floats = _float32(tensors["output.bias"])

    def zero_state(self, rows: int) -> State:
        """Return a state of `rows` rows in which nothing was read."""
        return State(self.architecture.layers, self.architecture.units, rows)

    @np.errstate(invalid="ignore")
    def advance(
        self,
        state: State,
        token_ids: int | NDArray[np.integer],
        recalled: Sequence[int | NDArray[np.integer]] = (),
    ) -> Floats:
        """Read one id into every row of `state`, in place (or one id per row); return the output of the top layer.

        It has shape `(rows, units)` and is part of the state, so read it before the next step. A network with
        `architecture.remembered` also needs `recalled`: a number for each of these names, or an array, one per row.
        """
        first, *others = state.layers
        gates = first.gates
        np.matmul(first.h, self.first_recurrent, gates)
        gates += self.input_table[token_ids]
        for table, recalled_ids in zip(self.recall_tables, recalled, strict=True):
            gates += table[recalled_ids]
        self._finish_layer(0, first, state)
        for number, layer in enumerate(others, start=1):
            stacked, bias = self.upper[number - 1]
            np.matmul(layer.joined, stacked, gates)
            gates += bias
            self._finish_layer(number, layer, state)
        return state.layers[-1].above

    @np.errstate(invalid="ignore")
    def read(self, state: State, rows: NDArray[np.integer]) -> Floats:
        """Read a sequence of ids into a state of one row; return the output of the top layer after the last.

        `rows` has a line for each id: the id, and what `advance` gets as `recalled`. It reads layer by layer: the
        inputs of a layer for all ids are one product, and its recurrent weights stay in the processor's cache. 235 ids
        took 65 ms of processor time at 3x512, one by one 190. The sums differ from those of `advance` within rounding.
        """
        inputs = self.input_table[rows[:, 0]]
        for table, column in zip(self.recall_tables, rows.T[1:], strict=True):
            inputs += table[column]
        recurrent = self.first_recurrent
        outputs = np.empty((len(rows), self.architecture.units), np.float32)
        for number, layer in enumerate(state.layers):
            if number:
                stacked, bias = self.upper[number - 1]
                kernel, recurrent = np.split(stacked, 2)
                inputs = outputs @ kernel
                inputs += bias
            gates = layer.gates
            for row, values in enumerate(inputs):
                if number:
                    layer.below[:] = outputs[row]
                np.matmul(layer.h, recurrent, gates)
                gates += values
                self._finish_layer(number, layer, state)
                outputs[row] = layer.above[0]
        return state.layers[-1].above

    @np.errstate(invalid="ignore")
    def logits(self, top: Floats) -> Floats:
        """Return the logits of rows of the top layer, `(rows, units)` to `(rows, classes)`, as a new array."""
        result: Floats = top @ self.output_kernel
        result += self.output_bias
        return result

    def _finish_layer(self, number: int, layer: Layer, state: State) -> None:
        """Compute the step of a layer from the sums of its gates, and its output to the layer above."""
        _step_cell(layer)
        if not self.norms:
            layer.above[:] = layer.h
            return
        gamma, beta = self.norms[number]
        centred, column = state.scratch, state.column
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


def _float32(tensor: NDArray[np.floating]) -> Floats:
    return np.asarray(tensor, np.float32)


def _prepared(*matrices: NDArray[np.floating]) -> Floats:
    """Return matrices one above the other, with Keras' gates i, f, g, o (last axis) as i, f, o, g, and i, f, o halved.

    It writes each gate to its place at once. Copies of everything in between took 40 MB of the memory of `play` for
    good, and 0.1 s before the first note of 3x512 units.
    """
    result = np.empty((sum(map(len, matrices)), matrices[0].shape[-1]), np.float32)
    first_row = 0
    for matrix in matrices:
        rows = result[first_row : first_row + len(matrix)]
        first_row += len(matrix)
        for source, target, factor in zip((0, 1, 3, 2), range(4), (_HALF, _HALF, _HALF, _ONE), strict=True):
            np.multiply(_gate(matrix, source), factor, out=_gate(rows, target), dtype=np.float32)
    return result


def _gate(matrix: NDArray[np.floating], number: int) -> NDArray[np.floating]:
    """Return the columns of a gate as a view."""
    units = matrix.shape[-1] // 4
    return matrix[:, number * units : (number + 1) * units]


def _inputs(architecture: Architecture, tensors: Mapping[str, NDArray[np.floating]]) -> Floats:
    """Return the input of the first layer for each id, `(classes, input_width)`."""
    if architecture.input == "embedding":
        return _float32(tensors["embedding"])
    # Divide in float32 as training does, so that both get the same number.
    scalar = np.arange(architecture.classes, dtype=np.float32) / np.float32(architecture.classes)
    return scalar[:, None]


def _step_cell(layer: Layer) -> None:
    """Compute one LSTM step for all rows from gates of which i, f and o are halved; `c` and `h` change in place."""
    sigmoids, c, h = layer.sigmoids, layer.c, layer.h
    np.tanh(layer.gates, layer.gates)
    sigmoids *= _HALF
    sigmoids += _HALF
    c *= layer.f
    c += np.multiply(layer.i, layer.g, layer.g)
    np.tanh(c, h)
    h *= layer.o
