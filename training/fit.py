"""Trains a network on a data set: one loop for every recipe, with checkpoints that resume exactly."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import keras

from musicgen_live.errors import TrainingError
from musicgen_live.files import replace_text
from musicgen_live.model.lstm import Network
from training import curve
from training.checkpoint import Progress, load_checkpoint, save_checkpoint, save_weights
from training.dataset import Dataset
from training.network import Tensors, build, weights_of
from training.recipes import RECIPES, FitOptions
from training.scoring import Score, score

# A kill costs at most this much work; writing a checkpoint of 3x512 units takes about 0.1 s.
CHECKPOINT_EVERY_S = 60.0


@dataclass(frozen=True)
class StepReport:
    """What a progress bar shows after a batch; means over the epoch so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    data_points_per_s: float


@dataclass(frozen=True)
class FitResult:
    """How a run ended: all epochs done, or stopped by a signal with a checkpoint to go on from."""

    finished: bool
    history: list[dict[str, float]]


def _say_nothing(_: object) -> None:
    pass


def fit(
    dataset: Dataset,
    run: Path,
    options: FitOptions,
    *,
    resume: bool = False,
    on_step: Callable[[StepReport], None] = _say_nothing,
    on_epoch: Callable[[dict[str, float]], None] = _say_nothing,
) -> FitResult:
    """Train until `options.epochs` are done; write checkpoints, weights, `history.csv` and `curve.png` to `run`.

    SIGINT and SIGTERM end it after the batch at hand, with a checkpoint.
    """
    recipe = RECIPES[options.recipe]
    steps = recipe.steps_per_epoch(dataset, options)
    if steps < 1:
        raise TrainingError(
            f"the training pieces hold {len(dataset.stream('train'))} data points; too few for batch size "
            f"{options.batch_size}: add files or lower --batch-size"
        )
    model = _compiled(dataset, options, steps)
    _claim(run, dataset, options, resume)
    checkpoint = run / "checkpoint.safetensors"
    progress = load_checkpoint(checkpoint, model) if resume else Progress()
    with _stop_on_signal() as stop:
        while progress.epoch < options.epochs and not stop.is_set():
            if progress.batch == 0:
                _reset_states(model)
            saved_at = time.monotonic()
            batches = recipe.batches(dataset, options, progress.epoch)
            for x, y in islice(batches, progress.batch, None):
                before = time.monotonic()
                loss, accuracy = (float(value) for value in model.train_on_batch(x, y)[:2])
                model.reset_metrics()
                progress.batch += 1
                progress.loss_sum += loss * y.size
                progress.accuracy_sum += accuracy * y.size
                progress.data_points += y.size
                progress.seconds += time.monotonic() - before
                on_step(_report(progress, options, steps))
                if stop.is_set() or time.monotonic() - saved_at > CHECKPOINT_EVERY_S:
                    save_checkpoint(checkpoint, model, progress)
                    saved_at = time.monotonic()
                if stop.is_set():
                    break
            if progress.batch == steps:
                on_epoch(_end_epoch(run, dataset, options, model, progress))
                save_checkpoint(checkpoint, model, progress)
    curve.draw(progress.history, run / "curve.png")
    return FitResult(progress.epoch >= options.epochs, progress.history)


def _compiled(dataset: Dataset, options: FitOptions, steps: int) -> keras.Model:
    keras.utils.set_random_seed(options.seed)
    architecture = options.architecture(len(dataset.vocabulary))
    lanes = options.batch_size if architecture.mode == "carried" else None
    model = build(architecture, options.dropout, lanes)
    rate: float | keras.optimizers.schedules.LearningRateSchedule = options.learning_rate
    if options.cosine:
        total = steps * options.epochs
        warmup = min(200, total // 10)
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 100, total - warmup, warmup_target=rate, warmup_steps=warmup
        )
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=options.clip_norm)
    model.compile(
        optimizer,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
        # XLA on two cores made 3x64 units slower (596 against 889 windows a second); JAX needs it.
        jit_compile=keras.backend.backend() != "tensorflow",
    )
    optimizer.build(model.trainable_variables)
    return model


def _claim(run: Path, dataset: Dataset, options: FitOptions, resume: bool) -> None:
    """Write `run.json`, or on resume check that it names this data set and these options."""
    wanted = {"options": asdict(options), "data": dataset.fingerprint()}
    path = run / "run.json"
    if resume:
        if not path.exists():
            raise TrainingError(f"{run} holds no run to go on with; leave out --resume")
        if json.loads(path.read_text(encoding="utf-8")) != wanted:
            raise TrainingError(f"{run} was started with another data set or other options; choose another --out")
    elif path.exists():
        raise TrainingError(f"{run} already holds a run; add --resume to go on with it, or choose another --out")
    else:
        replace_text(path, json.dumps(wanted, indent=1) + "\n")


def read_options(run: Path) -> FitOptions:
    """The options a run was started with."""
    try:
        return FitOptions(**json.loads((run / "run.json").read_text(encoding="utf-8"))["options"])
    except FileNotFoundError as exc:
        raise TrainingError(f"{run} holds no run; make one with: musicgen-train fit DATA --out {run}") from exc


def _reset_states(model: keras.Model) -> None:
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def _report(progress: Progress, options: FitOptions, steps: int) -> StepReport:
    seen = progress.data_points
    return StepReport(
        progress.epoch + 1,
        options.epochs,
        progress.batch,
        steps,
        progress.loss_sum / seen,
        progress.accuracy_sum / seen,
        seen / max(progress.seconds, 1e-9),
    )


def _end_epoch(
    run: Path, dataset: Dataset, options: FitOptions, model: keras.Model, progress: Progress
) -> dict[str, float]:
    """Score the held-out pieces, keep the weights (the best ones too), and start the sums anew."""
    architecture = options.architecture(len(dataset.vocabulary))
    tensors = weights_of(model, architecture)
    held_out = _held_out(dataset, options, tensors)
    row = {
        "epoch": progress.epoch + 1,
        "loss": progress.loss_sum / progress.data_points,
        "accuracy": progress.accuracy_sum / progress.data_points,
        "valid_loss": held_out.nats,
        "valid_accuracy": held_out.top1,
        "seconds": progress.seconds,
        "data_points_per_s": progress.data_points / max(progress.seconds, 1e-9),
    }
    judged = row["valid_loss"] if held_out.data_points else row["loss"]
    save_weights(run / "last.safetensors", architecture, tensors, progress.epoch + 1)
    if progress.best_loss is None or judged < progress.best_loss:
        progress.best_loss = judged
        save_weights(run / "best.safetensors", architecture, tensors, progress.epoch + 1)
    progress.history.append(row)
    curve.write_csv(progress.history, run / "history.csv")
    progress.epoch += 1
    progress.batch, progress.data_points = 0, 0
    progress.loss_sum = progress.accuracy_sum = progress.seconds = 0.0
    return row


def _held_out(dataset: Dataset, options: FitOptions, tensors: Tensors) -> Score:
    network = Network(options.architecture(len(dataset.vocabulary)), tensors)
    return score(network, [dataset.ids_of(piece) for piece in dataset.of_split("valid")], options.window)


@contextmanager
def _stop_on_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; outside the main thread, where no handler can be put, nobody sets it."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
