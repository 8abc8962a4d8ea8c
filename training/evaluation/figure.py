"""A figure of an evaluation: its values for several seeds, beside that of real music."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """A measured value with a name: one for each seed, and that of held-out music if there is such a thing."""

    name: str
    of_seeds: tuple[float, ...]
    real: float | None = None
    decimals: int | None = None
    """The number of decimals to print; None for a share from 0 to 1, printed in percent."""
    reference: str = ""
    """The name of `real` if it is not the same measure of held-out music."""

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return float(np.mean(self.of_seeds))

    @property
    def spread(self) -> float:
        """The standard deviation over the seeds; 0 for one."""
        return float(np.std(self.of_seeds, ddof=1)) if len(self.of_seeds) > 1 else 0.0

    @property
    def is_share(self) -> bool:
        """True if the value is a share from 0 to 1."""
        return self.decimals is None

    def text(self, value: float) -> str:
        """Return a value as text, with its unit."""
        return f"{100 * value:.1f} %" if self.decimals is None else f"{value:.{self.decimals}f}"

    def to_json(self) -> dict[str, Any]:
        """Return the figure as JSON values."""
        spread = self.spread if len(self.of_seeds) > 1 else None
        values = {"mean": self.mean, "spread": spread, "of_seeds": list(self.of_seeds), "real": self.real}
        return {"name": self.name, **values, "reference": self.reference or None}


@dataclass(frozen=True)
class Group:
    """Figures that belong together, with a title."""

    title: str
    figures: tuple[Figure, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the group as JSON values."""
        return {"title": self.title, "figures": [figure.to_json() for figure in self.figures]}


def share_of(values: Sequence[bool]) -> float:
    """Return the share of true values, 0 to 1; 0 of none."""
    return float(np.mean(values)) if values else 0.0
