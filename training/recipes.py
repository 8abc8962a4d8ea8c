"""The recipes: what each trains on at a step, with which defaults, and its batches in a repeatable order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import Architecture
from training.dataset import Dataset
from training.transposition import in_random_keys

Batch = tuple[NDArray[Any], NDArray[np.int32]]


@dataclass(frozen=True)
class FitOptions:
    """Everything a run depends on besides the data set; stored with the run."""

    recipe: str
    units: int
    batch_size: int
    learning_rate: float
    epochs: int
    seed: int = 0
    dropout: float = 0.0
    embedding: int = 0
    segment: int = 0
    clip_norm: float | None = None
    cosine: bool = False
    window: int = 100
    transpose: bool = False
    """Whether each epoch hears every piece in another key, where the encoding has pitches to move."""

    def __post_init__(self) -> None:
        for name in ("units", "batch_size", "epochs", "window"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name.replace('_', ' ')} is {getattr(self, name)}; at least 1 is needed")
        if not 0 < self.learning_rate < math.inf:
            raise TrainingError(f"the learning rate is {self.learning_rate}; it must be above 0")
        if not 0 <= self.seed < 2**32:
            raise TrainingError(f"the seed is {self.seed}; it must be from 0 to {2**32 - 1}")
        if not 0 <= self.dropout < 1:
            raise TrainingError(f"dropout is {self.dropout}; it must be from 0 to below 1")

    def architecture(self, classes: int) -> Architecture:
        """The network this run trains."""
        if self.embedding:
            return Architecture(
                classes, self.units, "embedding", "carried", embedding=self.embedding, window=self.window
            )
        return Architecture(classes, self.units, "index", "window", window=self.window)


@dataclass(frozen=True)
class Recipe:
    """Defaults, and how to cut a data set into batches."""

    defaults: FitOptions
    steps_per_epoch: Callable[[Dataset, FitOptions], int]
    data_points_needed: Callable[[FitOptions], int]
    """How many data points the training pieces must hold for one step."""
    batches: Callable[[Dataset, FitOptions, int], Iterator[Batch]]
    """`(data set, options, epoch)` to the batches of that epoch: the same ones each time it is called."""


def _rng(options: FitOptions, epoch: int) -> np.random.Generator:
    return np.random.default_rng([options.seed, epoch])


def _training_points(dataset: Dataset) -> int:
    return sum(piece.length for piece in dataset.of_split("train"))


def _window_count(dataset: Dataset, options: FitOptions) -> int:
    return max(0, _training_points(dataset) - options.window)


def _window_steps(dataset: Dataset, options: FitOptions) -> int:
    return -(-_window_count(dataset, options) // options.batch_size)


def _window_batches(dataset: Dataset, options: FitOptions, epoch: int) -> Iterator[Batch]:
    """Windows of ids divided by the number of classes, `(batch, window, 1)`, and the id that follows each."""
    stream = dataset.stream("train").astype(np.int32)
    order = _rng(options, epoch).permutation(_window_count(dataset, options))
    offsets = np.arange(options.window)
    classes = np.float32(len(dataset.vocabulary))
    for first in range(0, len(order), options.batch_size):
        starts = order[first : first + options.batch_size]
        windows = stream[starts[:, None] + offsets].astype(np.float32) / classes
        yield windows[:, :, None], stream[starts + options.window]


def _stream_steps(dataset: Dataset, options: FitOptions) -> int:
    return max(0, _training_points(dataset) - 1) // (options.batch_size * options.segment)


def _stream_batches(dataset: Dataset, options: FitOptions, epoch: int) -> Iterator[Batch]:
    """Segments of parallel streams, `(lanes, segment)` ids and the same one step on, in order of time.

    The pieces are joined in a new order and cut at new places in every epoch, so that the state a lane begins
    with and the ends of its segments fall elsewhere each time.
    """
    rng = _rng(options, epoch)
    pieces = [dataset.ids_of(piece) for piece in dataset.of_split("train")]
    order = rng.permutation(len(pieces))
    if options.transpose:
        pieces = in_random_keys(dataset.encoding, pieces, np.random.default_rng([options.seed, epoch, 1]))
    stream = np.concatenate([pieces[i] for i in order]).astype(np.int32)
    stream = np.roll(stream, int(rng.integers(len(stream))))
    steps = _stream_steps(dataset, options)
    lane_length = steps * options.segment
    starts = np.arange(options.batch_size)[:, None] * lane_length
    for step in range(steps):
        positions = starts + step * options.segment + np.arange(options.segment)
        yield stream[positions], stream[positions + 1]


RECIPES: dict[str, Recipe] = {
    "classic": Recipe(
        FitOptions("classic", units=64, batch_size=128, learning_rate=1e-3, epochs=100),
        _window_steps,
        lambda options: options.window + 1,
        _window_batches,
    ),
    "stream": Recipe(
        FitOptions(
            "stream",
            units=256,
            batch_size=16,
            learning_rate=2e-3,
            epochs=40,
            dropout=0.4,
            embedding=128,
            segment=64,
            clip_norm=1.0,
            cosine=True,
            transpose=True,
        ),
        _stream_steps,
        lambda options: options.batch_size * options.segment + 1,
        _stream_batches,
    ),
}


def check_size(dataset: Dataset, options: FitOptions) -> None:
    """TrainingError, with what would help, if the training pieces do not fill one step."""
    recipe, points = RECIPES[options.recipe], _training_points(dataset)
    needed, least = recipe.data_points_needed(options), recipe.data_points_needed(replace(options, batch_size=1))
    if points >= needed:
        return
    message = f"the training pieces hold {points:,} data points; the recipe {options.recipe} needs at least {needed:,}"
    if least <= points:
        largest = next(
            n
            for n in range(options.batch_size, 0, -1)
            if recipe.data_points_needed(replace(options, batch_size=n)) <= points
        )
        raise TrainingError(
            f"{message} with --batch-size {options.batch_size}: add files, or say --batch-size {largest}"
        )
    raise TrainingError(f"{message}: add files")


def options_for(recipe: str, **given: float | None) -> FitOptions:
    """A recipe's defaults with what was given (not None) in their place; TrainingError on an unknown recipe."""
    if recipe not in RECIPES:
        raise TrainingError(f"there is no recipe {recipe!r}; known are {', '.join(RECIPES)}")
    return replace(RECIPES[recipe].defaults, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
