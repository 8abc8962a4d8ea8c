"""Defines what a benchmark returns: figures, each beside a peer of the same run, a goal, and what limits it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


class LeftOutError(Exception):
    """A benchmark cannot run here; the message says what it needs."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value, of which less is better if there is a peer."""

    name: str
    """The words for what was measured."""
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
        """The peer's value as a multiple of ours; None if there is none, or ours is 0."""
        return None if self.peer_value is None or not self.value else self.peer_value / self.value

    @property
    def is_reached(self) -> bool:
        """True for a figure that has no goal, or reaches it."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.times is None or (self.ratio is not None and self.ratio >= self.times)
        )

    def text(self) -> str:
        """Return the value, beside that of the peer, in words."""
        value = with_unit(self.value, self.unit)
        if self.peer_value is None or self.ratio is None:
            return value
        return f"{number(self.value)} against {with_unit(self.peer_value, self.unit)}: {compared(self.ratio)}"

    def goal(self) -> str:
        """Return the goal in words; nothing if there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}".rstrip()
        return "" if self.times is None else f"{self.times:g} times less"

    def to_json(self) -> dict[str, Any]:
        """Return the fields that say something, and the ratio, as JSON values."""
        fields = {name: value for name, value in asdict(self).items() if value not in ("", None) and value is not False}
        return fields if self.ratio is None else fields | {"ratio": round(self.ratio, 3)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Figure:
        """Build a figure from the result of `to_json`."""
        return cls(**{name: value for name, value in data.items() if name != "ratio"})


def number(value: float) -> str:
    """Return a number with three digits that count, with two below 1, and as a whole if it is one of a count."""
    if value >= 100 or isinstance(value, int):
        return f"{value:,.0f}"
    return f"{value:#.2g}" if value < 1 else f"{value:#.3g}"


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
        peer = f" ({figure.peer})" if figure.peer else ""
        goal = f"  [goal: {figure.goal()}{'' if figure.is_reached else ', NOT REACHED'}]" if figure.goal() else ""
        print(f"{figure.name}: {figure.text()}{peer}{goal}", flush=True)


def json_line(figures: Iterable[Figure]) -> str:
    """Return figures as one line of JSON."""
    return json.dumps([figure.to_json() for figure in figures])
