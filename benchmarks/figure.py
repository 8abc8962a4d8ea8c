"""Defines what a benchmark returns: figures, each beside a peer of the same run, a goal, and what limits it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


class LeftOutError(Exception):
    """A benchmark cannot run here; the message says what it needs."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value, of which less is better if there is a peer."""

    name: str
    """The words for what was measured."""
    row: str = ""
    """The line of a table, if the figures of a benchmark fill one; `name` is then the column."""
    value: float
    unit: str = ""
    peer: str = ""
    """The words for what did the same in the same run."""
    peer_value: float | None = None
    at_most: float | None = None
    """The goal for the value."""
    times: float | None = None
    """The goal for the peer's value, as a multiple of ours."""
    limit: str = ""
    """A sentence on what keeps the figure from its goal, for when it is not reached."""
    telling: bool = False
    """True for a figure that the README shows."""

    @property
    def ratio(self) -> float | None:
        """The peer's value as a multiple of ours, infinity if ours alone is 0; None if there is none, or both are 0."""
        if self.peer_value is None or not (self.value or self.peer_value):
            return None
        return self.peer_value / self.value if self.value else math.inf

    @property
    def is_reached(self) -> bool:
        """True for a figure that has no goal, or reaches it."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.times is None or (self.ratio is not None and self.ratio >= self.times)
        )

    def text(self) -> str:
        """Return the value, beside that of the peer, in words."""
        value = with_unit(self.value, self.unit)
        if self.peer_value is None:
            return value
        both = f"{number(self.value)} against {with_unit(self.peer_value, self.unit)}"
        # Beside each other in the column of a table, ratios are a further number to read past.
        return both if self.row or self.ratio in (None, math.inf) else f"{both}: {compared(self.ratio)}"

    def goal(self) -> str:
        """Return the goal in words; nothing if there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}".rstrip()
        return "" if self.times is None else f"{self.times:g} times less"


def number(value: float) -> str:
    """Return a number with three digits that count, with two below 1, and with no more than it was rounded to."""
    if value >= 100 or isinstance(value, int):
        return f"{value:,.0f}"
    rounded = f"{value:#.2g}" if abs(value) < 1 else f"{value:#.3g}"
    return min(rounded, str(value), key=len)


def with_unit(value: float, unit: str) -> str:
    """Return a number and its unit."""
    return f"{number(value)} {unit}".rstrip()


def compared(ratio: float) -> str:
    """Return in words how much less a value is, of which a peer's is a multiple."""
    if ratio >= 2:
        return f"{number(ratio)} times less"
    if ratio >= 1:
        return f"{100 * (1 - 1 / ratio):.0f} % less"
    return f"{100 * (1 / ratio - 1):.0f} % more" if ratio > 0.5 else f"{number(1 / ratio)} times more"


def print_figures(figures: Sequence[Figure]) -> None:
    """Print a line for each figure."""
    for figure in figures:
        name = f"{figure.row}: {figure.name}" if figure.row else figure.name
        peer = f" ({figure.peer})" if figure.peer else ""
        goal = f"  [goal: {figure.goal()}{'' if figure.is_reached else ', NOT REACHED'}]" if figure.goal() else ""
        print(f"{name}: {figure.text()}{peer}{goal}", flush=True)
