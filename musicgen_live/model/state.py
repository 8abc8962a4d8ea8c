"""The state of LSTM layers, and scratch space for a step: arrays made once, and views of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """One layer of a state: the arrays that it carries from step to step, and scratch space."""

    below: Floats
    """Its input, `(rows, units)`; that of the first layer is not stored, `(rows, 0)`."""
    joined: Floats
    """`below` and `h` side by side, so that no step needs to join them."""
    h: Floats
    """`(rows, units)`, as is `c`."""
    c: Floats
    gates: Floats
    """`(rows, 4 * units)`: i, f, o and the candidate g, which are views of it; `sigmoids` views the first three."""
    sigmoids: Floats
    i: Floats
    f: Floats
    o: Floats
    g: Floats
    above: Floats
    """Its output, `(rows, units)`, which is `below` of the next layer if there is one."""


class State:
    """`h` and `c` of all layers, with a row for each of several sequences read in parallel; zero at first.

    It holds all arrays of a step, because allocating one each time costs as much as the arithmetic of a small layer.
    """

    def __init__(self, layers: int, units: int, rows: int) -> None:
        self._units = units
        # Columns: h of the first layer, below and h of each other layer, c of each layer.
        self._carried = np.zeros((rows, (3 * layers - 1) * units), np.float32)
        self._top = np.empty((rows, units), np.float32)
        self._gates = np.empty((rows, 4 * units), np.float32)
        self._build(layers)

    def _build(self, layers: int) -> None:
        """Create the views."""
        units, carried, gates = self._units, self._carried, self._gates
        rows = len(carried)
        self.scratch: Floats = np.empty((rows, units), np.float32)
        self.column: Floats = np.empty((rows, 1), np.float32)
        i, f, o, g = (gates[:, gate * units : (gate + 1) * units] for gate in range(4))
        starts = [0, *(units * (2 * layer - 1) for layer in range(1, layers)), units * (2 * layers - 1)]
        views = []
        for layer in range(layers):
            joined = carried[:, starts[layer] : starts[layer + 1]]
            c_start = starts[-1] + layer * units
            is_last = layer == layers - 1
            above = self._top if is_last else carried[:, starts[layer + 1] : starts[layer + 1] + units]
            c = carried[:, c_start : c_start + units]
            below, h = joined[:, :-units], joined[:, -units:]
            views.append(Layer(below, joined, h, c, gates, gates[:, : 3 * units], i, f, o, g, above))
        self.layers: tuple[Layer, ...] = tuple(views)

    def first(self, rows: int) -> State:
        """Return the first rows as views of this state."""
        if rows == len(self._carried):
            return self
        part = State.__new__(State)
        part._units = self._units
        part._carried, part._top, part._gates = self._carried[:rows], self._top[:rows], self._gates[:rows]
        part._build(len(self.layers))
        return part

    def clear(self, row: int | None = None) -> None:
        """Set the state to zero, or only that of one row."""
        self._carried[slice(None) if row is None else row] = 0.0

    def move(self, row: int, to: int) -> None:
        """Copy the state of a row to another one."""
        self._carried[to] = self._carried[row]

    def snapshot(self) -> Floats:
        """Return a copy of the state."""
        return self._carried.copy()

    def restore(self, state: Floats) -> None:
        """Return to a state."""
        self._carried[:] = state
