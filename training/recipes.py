"""Defines the training recipes: their options, defaults and batches, in a repeatable order."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Protocol

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens, bars
from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import MOST, Architecture
from musicgen_live.model.bundle import Bundle

from .batches import WHOLE, Batch, Epoch, Shard, window_batches
from .data.dataset import Dataset

PRECISIONS = ("float32", "bfloat16")

_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "bool": (bool,),
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (float, int),
    "float | None": (float, int, type(None)),
}
"""The types of values by the annotation of their field."""

_MOST_OF_ANYTHING = 1_000_000
"""The most epochs, say; numbers of hundreds of digits are too large to be computed with."""


@dataclass(frozen=True)
class FitOptions:
    """Options of a run: everything it depends on besides the data set. Stored with the run."""

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
    """Transpose every piece to a random key in each epoch, if the encoding allows it."""
    precision: str = "float32"
    """Number type of the layers' computation: float32, or bfloat16 with weights and optimizer in float32."""
    patience: int | None = None
    """Number of epochs without a lower held-out loss after which a run ends; None for no limit."""
    recall: bool = False
    """Also give the network the id that followed the most recent earlier occurrence of the latest ids (`Recall`)."""
    hide_recall: float = 0.0
    """Probability that recall is hidden from the network for a run of ids."""
    layer_norm: bool = False
    """Apply layer normalisation to the output of each layer."""
    reference: bool = False
    """Also show the network the token at the same place of an earlier bar (`Reference`), if the encoding has bars."""
    intervals: bool = False
    """Also give it the id that followed an equal context in another transposition, if the encoding has bars."""
    base: str | None = None
    """Fingerprint of the model that a run fine-tunes."""

    def __post_init__(self) -> None:
        self._check_types()
        for name in ("units", "batch_size", "epochs", "window", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise TrainingError(f"{name.replace('_', ' ')} is {value}; at least 1 is needed")
            most = MOST.get(name, _MOST_OF_ANYTHING)
            if value is not None and value > most:
                raise TrainingError(f"{name.replace('_', ' ')} is {value}; at most {most} can be trained")
        if not 0 < self.learning_rate < math.inf:
            raise TrainingError(f"the learning rate is {self.learning_rate}; it must be above 0")
        if not 0 <= self.seed < 2**32:
            raise TrainingError(f"the seed is {self.seed}; it must be from 0 to {2**32 - 1}")
        if not 0 <= self.dropout < 1:
            raise TrainingError(f"dropout is {self.dropout}; it must be from 0 to below 1")
        if self.precision not in PRECISIONS:
            raise TrainingError(f"precision is {self.precision!r}; it can be {' or '.join(PRECISIONS)}")

    def _check_types(self) -> None:
        """Raise TrainingError on a value of another type, as a damaged record of a run may have it."""
        for field in fields(self):
            value, kinds = getattr(self, field.name), _KINDS[str(field.type)]
            if type(value) not in kinds:
                raise TrainingError(f"{field.name.replace('_', ' ')} is {value!r:.60}, which is not {field.type}")

    def architecture(self, dataset: Dataset) -> Architecture:
        """Return the architecture that this run trains; ValueError if it is too large to be run."""
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
            reference=self.reference and dataset.encoding == bars.NAME,
            intervals=self.intervals and dataset.encoding in BAR_ENCODINGS,
        )


MUCH_MUSIC_TOKENS = 500_000
MUCH_MUSIC = {"batch_size": 64, "learning_rate": 4e-3, "dropout": 0.2, "epochs": 18}
"""Defaults of `stream` from that number of tokens on: on two cores 64 streams run 2.5 times as fast as 16, and a
million tokens still give an epoch enough updates."""


def first_remembered(encoding: str) -> int:
    """Return the lowest id that recall uses: the first one that is not a control token."""
    return bar_tokens.ids_of("bar").start if encoding in BAR_ENCODINGS else 0


class Batches(Protocol):
    """A way to cut a data set into batches."""

    def __call__(
        self, dataset: Dataset, options: FitOptions, epoch: int, first: int, shard: Shard = WHOLE
    ) -> Iterator[Batch]:
        """Yield a shard of each batch of an epoch, from number `first` on: the same ones at every call."""


@dataclass(frozen=True)
class Recipe:
    """A training recipe: default options, and a way to cut a data set into batches."""

    defaults: FitOptions
    steps_per_epoch: Callable[[Dataset, FitOptions], int]
    tokens: Callable[[Dataset], int]
    """Number of tokens in an epoch."""
    tokens_needed: Callable[[FitOptions], int]
    """Number of tokens that one step needs."""
    batches: Batches


def _training_tokens(dataset: Dataset) -> int:
    return sum(piece.length for piece in dataset.of_split("train"))


def _window_count(dataset: Dataset, options: FitOptions) -> int:
    return max(0, _training_tokens(dataset) - options.window)


def _window_steps(dataset: Dataset, options: FitOptions) -> int:
    return -(-_window_count(dataset, options) // options.batch_size)


def _window_batches(
    dataset: Dataset, options: FitOptions, epoch: int, first: int, shard: Shard = WHOLE
) -> Iterator[Batch]:
    return window_batches(dataset, options.window, options.batch_size, options.seed, epoch, first, shard)


def _weighted_tokens(dataset: Dataset) -> int:
    """Return the number of tokens in an epoch that repeats each piece by its weight."""
    return round(sum(piece.length * piece.weight for piece in dataset.of_split("train")))


def _stream_steps(dataset: Dataset, options: FitOptions) -> int:
    return max(0, _weighted_tokens(dataset) - 1) // (options.batch_size * options.segment)


def _stream_batches(
    dataset: Dataset, options: FitOptions, epoch: int, first: int, shard: Shard = WHOLE
) -> Iterator[Batch]:
    architecture = options.architecture(dataset)
    music = Epoch(dataset, architecture, options.seed, epoch, options.transpose, options.hide_recall)
    return music.batches(options.batch_size, options.segment, _stream_steps(dataset, options), first, shard)


RECIPES: dict[str, Recipe] = {
    "classic": Recipe(
        FitOptions("classic", units=64, batch_size=128, learning_rate=1e-3, epochs=100),
        _window_steps,
        _training_tokens,
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
            reference=True,
            intervals=True,
            patience=6,
        ),
        _stream_steps,
        _weighted_tokens,
        lambda options: options.batch_size * options.segment + 1,
        _stream_batches,
    ),
}


def check_size(dataset: Dataset, options: FitOptions) -> None:
    """Raise TrainingError, with advice, if the network is too large or the training pieces do not fill one step."""
    try:
        options.architecture(dataset)
    except ValueError as exc:
        raise TrainingError(f"such a network cannot be played: {exc}; say fewer --units") from exc
    recipe = RECIPES[options.recipe]
    tokens = recipe.tokens(dataset)
    needed, least = recipe.tokens_needed(options), recipe.tokens_needed(replace(options, batch_size=1))
    if tokens >= needed:
        return
    message = f"the training pieces hold {tokens:,} data points; the recipe {options.recipe} needs at least {needed:,}"
    if least <= tokens:
        # A batch needs at least a token for each of its sequences.
        sizes = range(1, min(options.batch_size, tokens + 1))
        largest = bisect_right(sizes, tokens, key=lambda n: recipe.tokens_needed(replace(options, batch_size=n)))
        raise TrainingError(
            f"{message} with --batch-size {options.batch_size}: add files, or say --batch-size {largest}"
        )
    raise TrainingError(f"{message}: add files")


FINE_TUNING_TOKENS = 500_000
"""Tokens of a fine-tuning run over all its epochs, which take some minutes."""

Given = Mapping[str, str | float | None]
"""Options by name; None leaves the value to the recipe."""


def check_options(recipe: str, base: Bundle | None, given: Given) -> None:
    """Raise TrainingError on options that are invalid whatever the data set."""
    options_for(recipe, **given)
    if base is None:
        return
    if recipe != "stream":
        raise TrainingError(f"the recipe {recipe} begins anew; to go on --from a model, leave out --recipe")
    if base.architecture.mode != "carried":
        raise TrainingError("the model to go on from is of the recipe classic; only those of the recipe stream go on")
    units, before = given.get("units"), base.architecture.units
    if isinstance(units, int | float) and units % before:
        raise TrainingError(
            f"the model to go on from has {before} units; leave out --units, or widen it to {2 * before} or "
            f"{3 * before}"
        )


def fine_tuning(base: Bundle, dataset: Dataset, given: Given) -> dict[str, str | float | None]:
    """Return options for fine-tuning `base`: its network, the given values, and small steps by default.

    Call `check_options` first. TrainingError if the model cannot read this data set.
    """
    if (base.encoding, base.vocabulary) != (dataset.encoding, dataset.vocabulary):
        raise TrainingError(
            f"the model to go on from speaks {base.encoding}, with {len(base.vocabulary)} classes, the data set "
            f"{dataset.encoding}, with {len(dataset.vocabulary)}; a model in bars goes on with any data set in bars, "
            "one in chords only with its own"
        )
    network = base.architecture
    chosen = {name: value for name, value in given.items() if value is not None}
    return {
        "batch_size": 16,
        "learning_rate": 5e-4,
        "dropout": 0.2,
        "epochs": max(6, min(40, FINE_TUNING_TOKENS // max(1, _training_tokens(dataset)))),
        "units": network.units,
        **chosen,
        "embedding": network.embedding,
        "window": network.window,
        "recall": network.recall_from is not None,
        "layer_norm": network.layer_norm,
        "reference": network.reference,
        "intervals": network.intervals,
        "base": base.fingerprint(),
    }


def options_for(recipe: str, dataset: Dataset | None = None, /, **given: str | float | None) -> FitOptions:
    """Return a recipe's defaults for a data set, replaced by the given values that are not None.

    TrainingError on an unknown recipe or an invalid value.
    """
    if recipe not in RECIPES:
        raise TrainingError(f"there is no recipe {recipe!r}; known are {', '.join(RECIPES)}")
    defaults = RECIPES[recipe].defaults
    if dataset and recipe == "stream" and _training_tokens(dataset) >= MUCH_MUSIC_TOKENS:
        defaults = replace(defaults, **MUCH_MUSIC)  # type: ignore[arg-type]
    return replace(defaults, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
