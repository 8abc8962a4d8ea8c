"""The card of a model: where it comes from and what was measured, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

_LARGEST_WHOLE = 2**53
"""Whole numbers up to this one are exact in every program that reads JSON."""


@dataclass(frozen=True)
class ModelCard:
    """The origin of a model; TypeError on values of another type and on absurd numbers."""

    recipe: str
    epochs: int
    corpus: str
    licence: str
    credit: str
    music21_version: str
    metrics: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("recipe", "corpus", "licence", "credit", "music21_version"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} on its card is {getattr(self, name)!r:.60}; text is needed")
        if type(self.epochs) is not int or not 0 <= self.epochs <= _LARGEST_WHOLE:
            raise TypeError(f"epochs on its card is {self.epochs!r:.60}; a whole number from 0 is needed")
        if not isinstance(self.metrics, dict) or not all(map(_is_figure, self.metrics.values())):
            raise TypeError(f"the figures on its card are not numbers: {self.metrics!r:.200}")

    @property
    def origin(self) -> str:
        """The recipe and the music, and whether training made anything of it: after fine-tuning, no epoch may have."""
        training = "trained on" if self.epochs else "unchanged by training on"
        return f"recipe {self.recipe}, {training} {self.corpus}"


def _is_figure(value: object) -> bool:
    return type(value) is float or (type(value) is int and abs(value) <= _LARGEST_WHOLE)
