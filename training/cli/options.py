"""Defines the flags that several training commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from musicgen_live.errors import TrainingError

Name = TypeVar("Name", bound=str)

Recipe = Annotated[str | None, typer.Option(help="classic, or stream (the default).", show_default=False)]
Units = Annotated[int | None, typer.Option(min=1, help="Units of each LSTM layer.", show_default="by recipe")]
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Windows, or parallel sequences, per training step.", show_default="by recipe")
]
LearningRate = Annotated[
    float | None, typer.Option(help="Highest learning rate of the Adam optimizer.", show_default="by recipe")
]
Epochs = Annotated[int | None, typer.Option(min=1, help="Passes over the music, at most.", show_default="by recipe")]
Seed = Annotated[int | None, typer.Option(min=0, help="Same seed, same model; 0 by default.", show_default=False)]
Dropout = Annotated[
    float | None, typer.Option(help="Share of activations that dropout sets to 0.", show_default="by recipe")
]
Patience = Annotated[
    int | None,
    typer.Option(
        min=1, help="End after this number of epochs without a lower held-out loss.", show_default="by recipe"
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="float32 (the default), or bfloat16: 1.5 times as fast on processors that have it.",
        show_default=False,
    ),
]
Base = Annotated[
    str | None, typer.Option("--from", help="Continue from this model: a shipped one, or a file.", show_default=False)
]
FIT = {
    "recipe": Recipe,
    "base": Base,
    "units": Units,
    "batch_size": BatchSize,
    "learning_rate": LearningRate,
    "epochs": Epochs,
    "patience": Patience,
    "dropout": Dropout,
    "precision": Precision,
    "seed": Seed,
}
"""Flags of a training run, in the order of `--help`."""


@dataclass(frozen=True)
class TrainingFlags:
    """Values of the training flags: recipe, base model, and the others by name; None for flags without a value."""

    recipe: str | None
    base: str | None
    others: dict[str, str | float | None]


def with_fit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's parameter `flags`, a `TrainingFlags`, by the flags of `FIT`."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters: list[inspect.Parameter] = []
    for own in inspect.signature(command, eval_str=True).parameters.values():
        if own.name == "flags":
            parameters += [inspect.Parameter(name, keyword, default=None, annotation=FIT[name]) for name in FIT]
        else:
            parameters.append(own.replace(kind=keyword))

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:  # noqa: ANN401 (flags of any type)
        values = {name: given.pop(name) for name in FIT}
        command(flags=TrainingFlags(values.pop("recipe"), values.pop("base"), values), **given)

    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


Encoding = Annotated[
    str, typer.Option(help="Encoding of the music: chords (of the classic recipe), bars or bars-hands.")
]
Style = Annotated[
    str | None, typer.Option(help="Style of the music that the network reads, in bars.", show_default="own")
]
MusicName = Annotated[str | None, typer.Option(help="Name of the music.", show_default="the folder's name")]
Licence = Annotated[str, typer.Option(help="Licence of the music, copied into every model.")]
NO_LICENCE = "not stated"
Credit = Annotated[str, typer.Option(help="Names to credit.")]
Weights = Annotated[str, typer.Option(help="best (on held-out pieces) or last.")]
NumberType = Annotated[
    str, typer.Option(help="Number type of the stored weights: float16, or float32 at twice the size.")
]


def one_of(flag: str, value: str, known: Iterable[Name]) -> Name:
    """Return `value` as one of the known names; TrainingError lists them if it is none."""
    names = list(known)
    for name in names:
        if name == value:
            return name
    raise TrainingError(f"{flag} {value} is not known; {flag} takes {' or '.join(names)}")
