"""What LSTM layers have of what they read, and the room that a step needs: arrays made once, and views of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """One layer of a state: what it carries from step to step, and its room."""

    below: Floats
    """What comes to it, `(rows, units)`; the first layer has none, `(rows, 0)`."""
    joined: Floats
    """`below` and `h` side by side, so that no step has to join them."""
    h: Floats
    """`(rows, units)`, as is `c`."""
    c: Floats
    gates: Floats
    """`(rows, 4 * units)`: the gates i, f, o, the candidate g. All four are views of it, and so are the first three."""
    sigmoids: Floats
    i: Floats
    f: Floats
    o: Floats
    g: Floats
    above: Floats
    """Where what leaves it goes, `(rows, units)`: what comes to the next one, if there is one."""


class State:
    """`h` and `c` of all layers, a row for each of some readings that go on side by side, all zero at first.

    Whatever a step works on lies in it: an array made anew each time costs as much as the arithmetic of a small layer.
    """

    def __init__(self, layers: int, units: int, rows: int) -> None:
        self._units = units
        # Row by row h of the first layer, below and h of each other layer, c of each.
        self._carried = np.zeros((rows, (3 * layers - 1) * units), np.float32)
        self._top = np.empty((rows, units), np.float32)
        self._gates = np.empty((rows, 4 * units), np.float32)
        self._build(layers)

    def _build(self, layers: int) -> None:
        """Make the views."""
        units, carried, gates = self._units, self._carried, self._gates
        rows = len(carried)
        self.room: Floats = np.empty((rows, units), np.float32)
        self.column: Floats = np.empty((rows, 1), np.float32)
        i, f, o, g = (gates[:, at * units : (at + 1) * units] for at in range(4))
        begins = [0, *(units * (2 * layer - 1) for layer in range(1, layers)), units * (2 * layers - 1)]
        found = []
        for layer in range(layers):
            joined = carried[:, begins[layer] : begins[layer + 1]]
            first_c = begins[-1] + layer * units
            is_last = layer == layers - 1
            above = self._top if is_last else carried[:, begins[layer + 1] : begins[layer + 1] + units]
            c = carried[:, first_c : first_c + units]
            below, h = joined[:, :-units], joined[:, -units:]
            found.append(Layer(below, joined, h, c, gates, gates[:, : 3 * units], i, f, o, g, above))
        self.layers: tuple[Layer, ...] = tuple(found)

    def first(self, rows: int) -> State:
        """The first rows, which stay those of this state."""
        if rows == len(self._carried):
            return self
        part = State.__new__(State)
        part._units = self._units
        part._carried, part._top, part._gates = self._carried[:rows], self._top[:rows], self._gates[:rows]
        part._build(len(self.layers))
        return part

    def clear(self, row: int | None = None) -> None:
        """Forget everything, or what one row has."""
        self._carried[slice(None) if row is None else row] = 0.0

    def snapshot(self) -> Floats:
        """Return a copy of everything that is carried on."""
        return self._carried.copy()

    def restore(self, state: Floats) -> None:
        """Return to a state."""
        self._carried[:] = state
