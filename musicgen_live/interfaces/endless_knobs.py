"""Endless knobs (relative encoders): reads their steps, and tells one from a knob that has two ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from musicgen_live.config.controller_map import Coding

_FIRST_STEPS: dict[int, Coding] = {1: "twos-complement", 63: "binary-offset", 65: "binary-offset"}
"""Values that a knob with two ends hardly ever sends first, as it stands anywhere. 127, a step to the left in two's
complement, is not among them: it is also the upper end, and a button."""

LARGEST_STEP = 15
"""The most steps of one message, from the fastest turns."""


def steps_of(coding: Coding, value: int) -> int:
    """Return the steps that a controller value means, above 0 to the right."""
    if coding == "binary-offset":
        return value - 64
    if value < 64:
        return value
    return value - 128 if coding == "twos-complement" else 64 - value


def coding_of(values: Sequence[int]) -> Coding | None:
    """Return the coding of a knob by the values of a turn; None if it has two ends.

    A knob with two ends never sends the same value twice in a row.
    """
    if len(values) == 1:
        return _FIRST_STEPS.get(values[0])
    codings: tuple[Coding, ...] = ("twos-complement", "binary-offset")
    fitting = [coding for coding in codings if all(_is_step(coding, value) for value in values)]
    return fitting[0] if fitting and any(_is_turn(fitting[0], *pair) for pair in pairwise(values)) else None


def _is_step(coding: Coding, value: int) -> bool:
    return 0 < abs(steps_of(coding, value)) <= LARGEST_STEP


def _is_turn(coding: Coding, before: int, value: int) -> bool:
    """Return True if two values are steps, and not positions: equal, or in opposite directions."""
    return before == value or (steps_of(coding, before) > 0) != (steps_of(coding, value) > 0)


class KnobKind:
    """Decides by the first two messages of a knob, while it acts already, if the knob is endless."""

    def __init__(self) -> None:
        self.coding: Coding | None = None
        """The coding if the knob is endless, as far as is known."""
        self._values: list[int] = []

    def receive(self, value: int) -> int | None:
        """Return the steps of a message; None if it is a position."""
        if len(self._values) < 2:
            self._values.append(value)
            is_endless = self._values[0] in _FIRST_STEPS
            self.coding = coding_of(self._values) if is_endless else None
        elif self.coding is not None and not _is_step(self.coding, value):
            self.coding = None
        return None if self.coding is None else steps_of(self.coding, value)
