"""Takes the steps of a training run on one device, and defines what a run asks of several workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from .batches import WHOLE, Shard
from .checkpoint import restore, state_of
from .data.dataset import Dataset
from .network import build
from .recipes import FitOptions


class Trainer:
    """Trains the network of a run on one device, with any backend of Keras.

    A run with several workers (`parallel.ParallelTrainer`) takes the same steps in all of them. What only one of them
    may do, such as to write a file, is for the first, whose shard of a batch has the number 0.
    """

    def __init__(self, dataset: Dataset, options: FitOptions, steps: int, shard: Shard = WHOLE) -> None:
        """Build the network for a shard of the lanes, and an optimizer for epochs of `steps` batches."""
        self.shard = shard
        keras.utils.set_random_seed(options.seed)
        architecture = options.architecture(dataset)
        lanes = len(shard.of_rows(options.batch_size)) if architecture.mode == "carried" else None
        self.model = build(architecture, options.dropout, lanes, options.precision)
        self.model.compile(
            _optimizer(options, steps),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy()],
            # XLA made 3x64 units on two cores slower (596 windows per second, not 889); JAX needs it.
            jit_compile=keras.backend.backend() != "tensorflow",
        )
        self.model.optimizer.build(self.model.trainable_variables)

    @property
    def is_first(self) -> bool:
        """True for the only worker, or the one that writes the run."""
        return self.shard.number == 0

    def train(self, x: NDArray[Any], y: NDArray[np.int32]) -> tuple[float, float, int]:
        """Take a step; return loss and accuracy, means over the tokens of the whole batch, and the number of these."""
        loss, accuracy = (float(value) for value in self.model.train_on_batch(x, y)[:2])
        self.model.reset_metrics()
        return loss, accuracy, y.size

    def reset_states(self) -> None:
        """Set the carried states to zero, as at the start of an epoch."""
        for layer in self.model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()

    def largest(self, *values: int) -> tuple[int, ...]:
        """Return the largest that any worker gives, for each of some values."""
        return values

    def from_first(self, compute: Callable[[], Sequence[float]]) -> Sequence[float]:
        """Return the values that the first worker computes, while the others wait."""
        return compute()

    def check_same(self, text: str, what: str) -> None:
        """Raise TrainingError, which names `what`, unless all workers give the same text."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all variables of model and optimizer (weights, moments, carried states, dropout seeds), by name."""
        return state_of(self.model)

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Set the variables that `state` returned; KeyError or ValueError if they are those of another model."""
        restore(self.model, state)


def _optimizer(options: FitOptions, steps: int) -> keras.optimizers.Optimizer:
    rate: float | keras.optimizers.schedules.LearningRateSchedule = options.learning_rate
    if options.cosine:
        total = steps * options.epochs
        warmup = min(200, total // 10)
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 100, total - warmup, warmup_target=rate, warmup_steps=warmup
        )
    return keras.optimizers.Adam(rate, global_clipnorm=options.clip_norm)
