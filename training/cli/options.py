"""The flags that several training commands share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

import typer

from musicgen_live.errors import TrainingError

Name = TypeVar("Name", bound=str)

Recipe = Annotated[str | None, typer.Option(help="How to train: classic or stream.", show_default="stream")]
Units = Annotated[int | None, typer.Option(min=1, help="Units of each LSTM layer.", show_default="by recipe")]
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Windows, or parallel streams, a step.", show_default="by recipe")
]
LearningRate = Annotated[float | None, typer.Option(help="Of the Adam optimizer.", show_default="by recipe")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Rounds through the music.", show_default="by recipe")]
Seed = Annotated[int | None, typer.Option(min=0, help="Same seed, same model.", show_default="0")]
Dropout = Annotated[float | None, typer.Option(help="Share of activations left out, from 0.", show_default="by recipe")]
Weights = Annotated[str, typer.Option(help="best on held-out pieces, or last.")]
NumberType = Annotated[str, typer.Option(help="How weights are stored: float16, or float32 at twice the size.")]


def one_of(flag: str, value: str, known: Iterable[Name]) -> Name:
    """The known name that was given; TrainingError lists them otherwise."""
    names = list(known)
    for name in names:
        if name == value:
            return name
    raise TrainingError(f"{flag} {value} is not known; {flag} takes {' or '.join(names)}")
