"""Takes the steps of a training run in several workers at once, with TensorFlow's collective operations.

Every worker has the whole network, and trains it on its shard of the lanes, or of the windows of a batch. Gradients
are summed over all workers before the optimizer clips and applies them, so that all weights stay the same, and become
those of one worker with all lanes, within rounding. `tf.distribute` has no loop for this under Keras 3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from musicgen_live.errors import TrainingError

from .batches import Shard
from .checkpoint import state_variables
from .data.dataset import Dataset
from .data.pool import default_jobs
from .recipes import FitOptions
from .trainer import Trainer
from .workers import Workers

Tensor = Any
_SUM = tf.distribute.ReduceOp.SUM
_LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.InternalError)
"""The errors of TensorFlow when another worker has ended."""


def connect(workers: Workers) -> Callable[[Dataset, FitOptions, int], Trainer]:
    """Wait for all workers, and return what makes the trainer of this one; `TF_CONFIG` must name them.

    Call it before TensorFlow computes anything. Workers of one machine share its cores, and take a GPU each.
    TrainingError with another backend than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise TrainingError(
            f"several workers train with TensorFlow alone, and KERAS_BACKEND is {keras.backend.backend()}; unset it, "
            "or train with one worker"
        )
    if workers.on_this_machine > 1:
        tf.config.threading.set_intra_op_parallelism_threads(max(1, default_jobs() // workers.on_this_machine))
    if gpus := tf.config.list_physical_devices("GPU"):
        tf.config.set_visible_devices(gpus[workers.number_on_this_machine % len(gpus)], "GPU")
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    return partial(ParallelTrainer, strategy=strategy, workers=workers)


class ParallelTrainer(Trainer):
    """Trains the network of a run in one of several workers. All of them have to call the same methods in turn."""

    def __init__(
        self,
        dataset: Dataset,
        options: FitOptions,
        steps: int,
        strategy: tf.distribute.MultiWorkerMirroredStrategy,
        workers: Workers,
    ) -> None:
        """Build the network; TrainingError if the lanes cannot be shared, or a worker trains on something else."""
        shard, self._strategy = Shard(workers.number, len(workers.addresses)), strategy
        if options.batch_size % shard.of and options.architecture(dataset).mode == "carried":
            raise TrainingError(
                f"{options.batch_size} streams cannot be shared by {shard.of} workers; say a --batch-size that can"
            )
        super().__init__(dataset, options, steps, shard)
        # The optimizer is given gradients that are clipped: see `_clipped`.
        self.model.optimizer.global_clipnorm = None
        self._clip_norm = options.clip_norm
        layers = self.model.layers
        self._carried = {id(state) for layer in layers for state in getattr(layer, "carried", ())}
        self._seeds = {id(each.seed_generator.state) for each in layers if isinstance(each, keras.layers.Dropout)}
        self._is_windowed = not self._carried
        self._are_by_rows: list[bool] = []
        """True for each variable whose gradient has a row for each id, known when a step was traced."""
        self._step: Callable[..., Tensor] | None = None
        self.check_same(f"{dataset.fingerprint()} {options}", "data set and options")
        self.restore(super().state())

    def train(self, x: NDArray[Any], y: NDArray[np.int32]) -> tuple[float, float, int]:
        """Take a step with all workers."""
        if self._step is None:
            # Workers may have batches of other sizes: traced anew for a size, they would wait for each other in vain.
            signature = [
                tf.TensorSpec([None if self._is_windowed else array.shape[0], *array.shape[1:]], array.dtype)
                for array in (x, y)
            ]
            self._step = tf.function(self._whole_step, input_signature=signature)
        loss, hits, tokens = _unless_lost(self._step, tf.constant(x), tf.constant(y)).numpy().tolist()
        return loss / tokens, hits / tokens, int(tokens)

    def largest(self, *values: int) -> tuple[int, ...]:
        """Return the largest that any worker gives, for each of some values."""
        found: list[int] = self._of_all(np.array(values, np.int64)).max(axis=0).tolist()
        return tuple(found)

    def from_first(self, compute: Callable[[], Sequence[float]]) -> Sequence[float]:
        """Return the values that the first worker computes, while the others wait."""
        values = np.array(compute() if self.is_first else [], np.float64)
        (count,) = self.largest(len(values))
        found: list[float] = self._sum(values if self.is_first else np.zeros(count)).tolist()
        return found

    def check_same(self, text: str, what: str) -> None:
        """Raise TrainingError, which names `what`, unless all workers give the same text."""
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
        others = np.flatnonzero(np.diff(self._of_all(np.array([number], np.int64))[:, 0]))
        if len(others):
            raise TrainingError(f"the {what} of worker {others[0] + 2} are not those of worker {others[0] + 1}")

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the variables as one worker with all lanes has them; the dropout seeds are those of the first."""
        state = super().state()
        for name, variable in state_variables(self.model).items():
            if id(variable) in self._carried:
                state[name] = np.concatenate(list(self._of_all(state[name])))
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Set the variables that `state` returned with any number of workers.

        The seeds of this worker differ from those of the first one, as its lanes need other dropout.
        """
        own = dict(state)
        for name, variable in state_variables(self.model).items():
            if id(variable) in self._carried and len(own[name]) != variable.shape[0]:
                rows = self.shard.of_rows(len(own[name]))
                own[name] = own[name][rows.start : rows.stop]
            if id(variable) in self._seeds:
                seed, drawn = own[name].tolist()
                own[name] = np.array([seed + self.shard.number, drawn], own[name].dtype)
        super().restore(own)

    def _whole_step(self, x: Tensor, y: Tensor) -> Tensor:
        """Train on the batch of all workers; return sums over its tokens: nats, right predictions, and tokens."""
        *sums, figures = self._strategy.run(self._summed_gradients, (x, y))
        tokens, squares_of_rows = figures[2], figures[3]
        gradients = self._clipped([each / tokens for each in sums], squares_of_rows / tokens**2)
        self.model.optimizer.apply(gradients, self.model.trainable_variables)
        return figures[:3]

    def _clipped(self, gradients: list[Tensor], squares_of_rows: Tensor) -> list[Tensor]:
        """Clip by global norm as Keras does for one worker.

        There the gradient of an embedding has a row for each id of the batch, and its norm is that of these rows, not
        of their sums for each id.
        """
        if self._clip_norm is None:
            return gradients
        dense = [g for g, is_by_rows in zip(gradients, self._are_by_rows, strict=True) if not is_by_rows]
        norm = tf.sqrt(squares_of_rows + tf.add_n([tf.reduce_sum(each**2) for each in dense]))
        factor = self._clip_norm / tf.maximum(norm, self._clip_norm)
        return [each * factor for each in gradients]

    def _summed_gradients(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """Return the gradients of the sum of all workers' losses, and the sums of `_whole_step`.

        A last sum is that of the squares of the rows of the embeddings' gradients.
        """
        with tf.GradientTape() as tape:
            logits = tf.cast(self.model(x, training=True), tf.float32)
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        hits = tf.equal(tf.argmax(logits, -1, y.dtype), y)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self._are_by_rows = [isinstance(each, tf.IndexedSlices) for each in gradients]
        rows = [tf.reduce_sum(each.values**2) for each in gradients if isinstance(each, tf.IndexedSlices)]
        counts = [tf.cast(count, tf.float32) for count in (tf.math.count_nonzero(hits), tf.size(y))]
        figures = tf.stack([loss, *counts, tf.add_n(rows) if rows else 0.0])
        gradients = [tf.convert_to_tensor(each) for each in gradients]
        summed: list[Tensor] = tf.distribute.get_replica_context().all_reduce(_SUM, [*gradients, figures])
        return summed

    def _of_all(self, own: NDArray[Any]) -> NDArray[Any]:
        """Return the arrays of all workers, stacked."""
        stacked = np.zeros((self.shard.of, *own.shape), own.dtype)
        stacked[self.shard.number] = own
        return self._sum(stacked)

    def _sum(self, own: NDArray[Any]) -> NDArray[Any]:
        """Return the sum of the arrays of all workers, whose values float64 has exactly."""
        total: NDArray[np.float64] = _unless_lost(self._traced_sum, tf.constant(own.reshape(-1), tf.float64)).numpy()
        return total.reshape(own.shape).astype(own.dtype)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float64)])  # type: ignore[untyped-decorator]
    def _traced_sum(self, own: Tensor) -> Tensor:
        # Behind `identity` the tensor has a device, without which it cannot be reduced.
        return self._strategy.run(
            lambda each: tf.distribute.get_replica_context().all_reduce(_SUM, tf.identity(each)), (own,)
        )


def _unless_lost(function: Callable[..., Tensor], *arguments: Tensor) -> Tensor:
    """Call a function that waits for the other workers; TrainingError if one of them has ended."""
    try:
        return function(*arguments)
    except _LOST as exc:
        raise TrainingError(
            "another worker has ended, so this one ends too; what was saved last is still there: go on with --resume"
        ) from exc
