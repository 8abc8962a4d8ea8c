"""The recipes: what each trains on at a step, with which defaults, and its batches in a repeatable order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle
from training.data.dataset import Dataset, Piece
from training.data.labels import with_reminders
from training.data.recall import hide_runs, readings
from training.data.transposition import in_random_keys

PRECISIONS = ("float32", "bfloat16")

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
    precision: str = "float32"
    """In which numbers layers compute: float32, or bfloat16 with weights and optimizer in float32."""
    patience: int | None = None
    """After how many epochs without a lower held-out loss a run ends; None never ends it."""
    recall: bool = False
    """Whether the network also sees what followed the latest ids when they were last read."""
    hide_recall: float = 0.0
    """With which probability it does not see that, for a run of ids."""
    layer_norm: bool = False
    """Whether what leaves a layer is normalised."""
    base: str | None = None
    """The fingerprint of the model that a run began with."""

    def __post_init__(self) -> None:
        for name in ("units", "batch_size", "epochs", "window", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise TrainingError(f"{name.replace('_', ' ')} is {value}; at least 1 is needed")
        if not 0 < self.learning_rate < math.inf:
            raise TrainingError(f"the learning rate is {self.learning_rate}; it must be above 0")
        if not 0 <= self.seed < 2**32:
            raise TrainingError(f"the seed is {self.seed}; it must be from 0 to {2**32 - 1}")
        if not 0 <= self.dropout < 1:
            raise TrainingError(f"dropout is {self.dropout}; it must be from 0 to below 1")
        if self.precision not in PRECISIONS:
            raise TrainingError(f"precision is {self.precision!r}; it can be {' or '.join(PRECISIONS)}")

    def architecture(self, dataset: Dataset) -> Architecture:
        """The network this run trains."""
        classes = len(dataset.vocabulary)
        if not self.embedding:
            return Architecture(classes, self.units, "index", "window", window=self.window)
        return Architecture(
            classes,
            self.units,
            "embedding",
            "carried",
            embedding=self.embedding,
            window=self.window,
            recall_from=first_remembered(dataset.encoding) if self.recall else None,
            layer_norm=self.layer_norm,
        )


MUCH_MUSIC_DATA_POINTS = 500_000
MUCH_MUSIC = {"batch_size": 64, "learning_rate": 4e-3, "dropout": 0.2, "epochs": 18}
"""What `stream` does otherwise with so much music: 64 lanes run 2.5 times as fast on two cores as 16, and with a
million data points an epoch has updates enough all the same."""


def first_remembered(encoding: str) -> int:
    """The lowest id that is music, and not said of it: what recall begins with."""
    return bar_tokens.ids_of("bar").start if encoding in BAR_ENCODINGS else 0


@dataclass(frozen=True)
class Recipe:
    """Defaults, and how to cut a data set into batches."""

    defaults: FitOptions
    steps_per_epoch: Callable[[Dataset, FitOptions], int]
    data_points: Callable[[Dataset], int]
    """How many data points an epoch has."""
    data_points_needed: Callable[[FitOptions], int]
    """How many it must have for one step."""
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


def _heard_points(dataset: Dataset) -> int:
    """How many data points an epoch has where pieces are heard as often as their weights say."""
    return round(sum(piece.length * piece.weight for piece in dataset.of_split("train")))


def _stream_steps(dataset: Dataset, options: FitOptions) -> int:
    return max(0, _heard_points(dataset) - 1) // (options.batch_size * options.segment)


def _stream_batches(dataset: Dataset, options: FitOptions, epoch: int) -> Iterator[Batch]:
    """Segments of parallel streams, `(lanes, segment)` or with recall `(lanes, segment, 3)`, and the ids one step on.

    The pieces are joined in a new order and cut at new places in every epoch, so that the state a lane begins
    with and the ends of its segments fall elsewhere each time.
    """
    rng = _rng(options, epoch)
    pieces = [dataset.ids_of(piece) for piece in _drawn(dataset.of_split("train"), rng)]
    order = rng.permutation(len(pieces))
    if options.transpose:
        pieces = in_random_keys(dataset.encoding, pieces, np.random.default_rng([options.seed, epoch, 1]))
    if dataset.encoding in BAR_ENCODINGS:
        pieces = [with_reminders(piece, rng) for piece in pieces]
    architecture = options.architecture(dataset)
    stream = np.concatenate([readings(architecture, pieces[i]) for i in order])
    if options.recall:
        hide_runs(stream, len(dataset.vocabulary), options.hide_recall, np.random.default_rng([options.seed, epoch, 2]))
    stream = np.roll(stream, int(rng.integers(len(stream))), axis=0)
    steps = _stream_steps(dataset, options)
    lane_length = steps * options.segment
    # Weights below 1 leave out pieces by chance: a stream that came out short goes round.
    needed = options.batch_size * lane_length + 1
    stream = np.concatenate([stream] * -(-needed // len(stream)))
    ids = stream.reshape(len(stream), -1)[:, 0]
    starts = np.arange(options.batch_size)[:, None] * lane_length
    for step in range(steps):
        positions = starts + step * options.segment + np.arange(options.segment)
        yield stream[positions], ids[positions + 1]


def _drawn(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    """Every piece as often as its weight says; a fraction by chance."""
    drawn = [piece for piece in pieces for _ in range(int(piece.weight + (piece.weight % 1 and rng.random())))]
    return drawn or pieces


RECIPES: dict[str, Recipe] = {
    "classic": Recipe(
        FitOptions("classic", units=64, batch_size=128, learning_rate=1e-3, epochs=100),
        _window_steps,
        _training_points,
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
            recall=True,
            hide_recall=0.2,
            layer_norm=True,
            patience=6,
        ),
        _stream_steps,
        _heard_points,
        lambda options: options.batch_size * options.segment + 1,
        _stream_batches,
    ),
}


def check_size(dataset: Dataset, options: FitOptions) -> None:
    """TrainingError, with what would help, if the training pieces do not fill one step."""
    recipe = RECIPES[options.recipe]
    points = recipe.data_points(dataset)
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


FINE_TUNING_DATA_POINTS = 500_000
"""How much music, its repetitions counted, a model that goes on with a user's own files hears: some minutes' work."""

Given = Mapping[str, str | float | None]
"""Options by name; None where the recipe decides."""


def check_asked(recipe: str, base: Bundle | None, given: Given) -> None:
    """TrainingError on what can be refused before any music is read."""
    options_for(recipe, **given)
    if base is None:
        return
    if recipe != "stream":
        raise TrainingError(f"the recipe {recipe} begins anew; to go on --from a model, leave out --recipe")
    if base.architecture.mode != "carried":
        raise TrainingError("the model to go on from is of the recipe classic; only those of the recipe stream go on")
    if given.get("units") not in (None, base.architecture.units):
        raise TrainingError(f"the model to go on from has {base.architecture.units} units; leave out --units")


def fine_tuning(base: Bundle, dataset: Dataset, given: Given) -> dict[str, str | float | None]:
    """What was given, with what going on from a model asks for in the other places: its network, and small steps.

    TrainingError if the model cannot go on with this data set; `check_asked` has to have passed.
    """
    if (base.encoding, base.vocabulary) != (dataset.encoding, dataset.vocabulary):
        raise TrainingError(
            f"the model to go on from speaks {base.encoding}, with {len(base.vocabulary)} classes, the data set "
            f"{dataset.encoding}, with {len(dataset.vocabulary)}; a model in bars goes on with any data set in bars, "
            "one in chords only with its own"
        )
    network = base.architecture
    asked = {name: value for name, value in given.items() if value is not None}
    return {
        "batch_size": 16,
        "learning_rate": 5e-4,
        "dropout": 0.2,
        "epochs": max(6, min(40, FINE_TUNING_DATA_POINTS // max(1, _training_points(dataset)))),
        **asked,
        "units": network.units,
        "embedding": network.embedding,
        "window": network.window,
        "recall": network.recall_from is not None,
        "layer_norm": network.layer_norm,
        "base": base.fingerprint(),
    }


def options_for(recipe: str, dataset: Dataset | None = None, /, **given: str | float | None) -> FitOptions:
    """A recipe's defaults for a data set with what was given (not None) in their place.

    TrainingError on an unknown recipe.
    """
    if recipe not in RECIPES:
        raise TrainingError(f"there is no recipe {recipe!r}; known are {', '.join(RECIPES)}")
    defaults = RECIPES[recipe].defaults
    if dataset and recipe == "stream" and _training_points(dataset) >= MUCH_MUSIC_DATA_POINTS:
        defaults = replace(defaults, **MUCH_MUSIC)  # type: ignore[arg-type]
    return replace(defaults, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
