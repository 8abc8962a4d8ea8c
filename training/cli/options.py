"""The flags that several training commands share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

import typer

from musicgen_live.errors import TrainingError

Name = TypeVar("Name", bound=str)

Recipe = Annotated[
    str | None, typer.Option(help="How to train: classic, or stream (if not given).", show_default=False)
]
Units = Annotated[int | None, typer.Option(min=1, help="Units of each LSTM layer.", show_default="by recipe")]
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Windows, or parallel streams, a step.", show_default="by recipe")
]
LearningRate = Annotated[float | None, typer.Option(help="Of the Adam optimizer.", show_default="by recipe")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Rounds through the music.", show_default="by recipe")]
Seed = Annotated[int | None, typer.Option(min=0, help="Same seed, same model; 0 if not given.", show_default=False)]
Dropout = Annotated[float | None, typer.Option(help="Share of activations left out, from 0.", show_default="by recipe")]
Patience = Annotated[
    int | None,
    typer.Option(min=1, help="End after so many epochs without a lower held-out loss.", show_default="by recipe"),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="float32 (if not given), or bfloat16: half as long again as fast on processors that have it.",
        show_default=False,
    ),
]
Base = Annotated[
    str | None, typer.Option("--from", help="Go on from this model: one that ships, or a file.", show_default=False)
]
Encoding = Annotated[str, typer.Option(help="How music becomes tokens: chords (the recipe's), bars, bars-hands.")]
Style = Annotated[
    str | None, typer.Option(help="What the music is called to the network, in bars.", show_default="own")
]
Weights = Annotated[str, typer.Option(help="best on held-out pieces, or last.")]
NumberType = Annotated[str, typer.Option(help="How weights are stored: float16, or float32 at twice the size.")]


def one_of(flag: str, value: str, known: Iterable[Name]) -> Name:
    """The known name that was given; TrainingError lists them otherwise."""
    names = list(known)
    for name in names:
        if name == value:
            return name
    raise TrainingError(f"{flag} {value} is not known; {flag} takes {' or '.join(names)}")
