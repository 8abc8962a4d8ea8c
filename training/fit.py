"""Trains a network on a data set, with one loop for every recipe and checkpoints that resume exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.signals import signals_handled
from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import Network

from . import curve
from .checkpoint import Progress, load_checkpoint, save_checkpoint, save_weights, saving
from .data.dataset import Dataset
from .evaluation.sample import drawn
from .evaluation.scoring import Score, score
from .network import set_weights, weights_of
from .recipes import RECIPES, FitOptions, check_size
from .run_lock import locked
from .runs import claim_run
from .trainer import Trainer
from .widening import widened

# A killed run loses at most this much work. A checkpoint of 3x512 units takes about 0.1 s to write.
CHECKPOINT_EVERY_S = 60.0
HELD_OUT_TOKENS = 1_500_000
"""Of more validation music, pieces are drawn at random, always the same ones: an epoch should not end for hours."""


@dataclass(frozen=True)
class StepReport:
    """Progress after a batch; loss and accuracy are means over the epoch so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    tokens_per_s: float


@dataclass(frozen=True)
class FitResult:
    """Outcome of a run: finished, or stopped by a signal after writing a checkpoint to resume from."""

    finished: bool
    history: list[dict[str, float]]
    stopped_by: int | None = None
    """The number of the signal that stopped the run."""
    unbeaten_loss: float | None = None
    """The held-out loss of the model that the run began from, if no epoch had a lower one."""


def _ignore(_: object) -> None:
    pass


def fit(  # noqa: PLR0913 (options of a run, and who is told)
    dataset: Dataset,
    run: Path,
    options: FitOptions,
    *,
    base: Bundle | None = None,
    resume: bool = False,
    data_folder: Path | None = None,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
    make_trainer: Callable[[Dataset, FitOptions, int], Trainer] = Trainer,
    on_base: Callable[[Score], None] = _ignore,
    on_step: Callable[[StepReport], None] = _ignore,
    on_epoch: Callable[[dict[str, float]], None] = _ignore,
) -> FitResult:
    """Train for `options.epochs` epochs; write checkpoints, weights, `history.csv` and `curve.png` to `run`.

    Training ends early after `options.patience` epochs without a lower held-out loss. A new run starts from the
    weights of `base`, a model with the architecture of the options and the vocabulary of the data set, and calls
    `on_base` with that model's score on the held-out pieces; without `base` it starts from random weights.
    SIGINT and SIGTERM stop training after the current batch, with a checkpoint. The run stores `data_folder`, so that
    later steps find the data set. With the `make_trainer` of `parallel.connect` this is one of several workers, which
    see the same folders: the first writes the run, and a signal to any of them stops all. TrainingError if the data set
    is too small, if the folder holds another run or cannot be written, or another process trains in it.
    """
    check_size(dataset, options)
    recipe = RECIPES[options.recipe]
    steps = recipe.steps_per_epoch(dataset, options)
    trainer = make_trainer(dataset, options, steps)
    with locked(run) if trainer.is_first else nullcontext():
        if trainer.is_first:
            card = base.card if base else None
            claim_run(run, dataset, options, resume=resume, data_folder=data_folder, base_card=card)
        progress = _begin(run, trainer, dataset, options, base, on_base, resume=resume)
        stopped_by = 0
        stop = _Stop()
        with signals_handled(stop, "SIGINT", "SIGTERM"):
            while not _ended(progress, options) and not (stopped_by := trainer.largest(stop.by or 0)[0]):
                if progress.batch == 0:
                    trainer.reset_states()
                saved_s = time.monotonic()
                for x, y in recipe.batches(dataset, options, progress.epoch, progress.batch, trainer.shard):
                    _train_batch(trainer, x, y, progress)
                    on_step(_report(progress, options, steps))
                    is_late = time.monotonic() - saved_s >= checkpoint_every_s
                    stopped_by, is_due = trainer.largest(stop.by or 0, is_late)
                    if stopped_by or is_due:
                        _save(run, trainer, progress)
                        saved_s = time.monotonic()
                    if stopped_by:
                        break
                if progress.batch == steps:
                    on_epoch(_end_epoch(run, dataset, options, trainer, progress))
                    _save(run, trainer, progress)
        if trainer.is_first:
            with saving(run / "curve.png"):
                curve.draw(progress.history, run / "curve.png")
    return FitResult(_ended(progress, options), progress.history, stopped_by or None, _unbeaten_loss(progress, options))


def _begin(
    run: Path,
    trainer: Trainer,
    dataset: Dataset,
    options: FitOptions,
    base: Bundle | None,
    on_base: Callable[[Score], None],
    *,
    resume: bool,
) -> Progress:
    """Resume a run, or start it from random weights, or from those of `base`; the latter count as best at first.

    A run that starts from `base` gets a checkpoint at once, so that resuming needs no `base`.
    """
    checkpoint = run / "checkpoint.safetensors"
    if trainer.from_first(lambda: [resume and checkpoint.exists()])[0]:
        progress = load_checkpoint(checkpoint, trainer.restore)
        trainer.check_same(repr(progress), "checkpoint")
        return progress
    progress = Progress()
    if base:
        held_out = _held_out(trainer, dataset, base.architecture, base.tensors, options.window)
        on_base(held_out)
        if held_out.tokens:
            progress.best_loss = held_out.nats
            tensors = {name: np.asarray(tensor, np.float32) for name, tensor in base.tensors.items()}
            if trainer.is_first:
                save_weights(run / "best.safetensors", base.architecture, tensors, 0)
        architecture = options.architecture(dataset)
        set_weights(trainer.model, architecture, widened(base.tensors, base.architecture, architecture, options.seed))
        _save(run, trainer, progress)
    elif options.base:
        raise TrainingError(f"{run} was stopped before it had begun; say --from again, as when it was started")
    return progress


def _save(run: Path, trainer: Trainer, progress: Progress) -> None:
    """Write a checkpoint."""
    state = trainer.state()
    if trainer.is_first:
        save_checkpoint(run / "checkpoint.safetensors", state, progress)


def _ended(progress: Progress, options: FitOptions) -> bool:
    """Return True if all epochs are done, or the loss has not fallen for `patience` epochs."""
    losses = [_selection_loss(row) for row in progress.history]
    since_best = len(losses) - 1 - int(np.argmin(losses)) if losses else 0
    return progress.epoch >= options.epochs or (options.patience is not None and since_best >= options.patience)


def _unbeaten_loss(progress: Progress, options: FitOptions) -> float | None:
    """Return the held-out loss of the model that the run began from if no epoch has a lower one, else None."""
    if options.base is None or progress.best_loss is None or not progress.history:
        return None
    is_beaten = min(map(_selection_loss, progress.history)) <= progress.best_loss
    return None if is_beaten else progress.best_loss


def _train_batch(trainer: Trainer, x: NDArray[Any], y: NDArray[np.int32], progress: Progress) -> None:
    """Take one step of the optimizer and add its figures to the sums of the epoch."""
    before = time.monotonic()
    loss, accuracy, tokens = trainer.train(x, y)
    if not math.isfinite(loss):
        raise TrainingError(
            f"the training has diverged: the loss is {loss} in epoch {progress.epoch + 1}; "
            "start anew in another folder with a lower --learning-rate"
        )
    progress.batch += 1
    progress.loss_sum += loss * tokens
    progress.accuracy_sum += accuracy * tokens
    progress.data_points += tokens
    progress.seconds += time.monotonic() - before


def _report(progress: Progress, options: FitOptions, steps: int) -> StepReport:
    tokens = progress.data_points
    return StepReport(
        progress.epoch + 1,
        options.epochs,
        progress.batch,
        steps,
        progress.loss_sum / tokens,
        progress.accuracy_sum / tokens,
        tokens / max(progress.seconds, 1e-9),
    )


def _end_epoch(
    run: Path, dataset: Dataset, options: FitOptions, trainer: Trainer, progress: Progress
) -> dict[str, float]:
    """Score the held-out pieces, save the weights (the best ones too), and reset the sums of the epoch."""
    architecture = options.architecture(dataset)
    tensors = weights_of(trainer.model, architecture)
    held_out = _held_out(trainer, dataset, architecture, tensors, options.window)
    row = {
        "epoch": progress.epoch + 1,
        "loss": progress.loss_sum / progress.data_points,
        "accuracy": progress.accuracy_sum / progress.data_points,
        "valid_loss": held_out.nats,
        "valid_accuracy": held_out.top1,
        "seconds": progress.seconds,
        "data_points_per_s": progress.data_points / max(progress.seconds, 1e-9),
    }
    loss = _selection_loss(row)
    is_best = progress.best_loss is None or loss < progress.best_loss
    if is_best:
        progress.best_loss = loss
    progress.history.append(row)
    if trainer.is_first:
        for name in ("last", *["best"] * is_best):
            save_weights(run / f"{name}.safetensors", architecture, tensors, progress.epoch + 1)
        with saving(run / "history.csv"):
            curve.write_csv(progress.history, run / "history.csv")
    progress.epoch += 1
    progress.batch, progress.data_points = 0, 0
    progress.loss_sum = progress.accuracy_sum = progress.seconds = 0.0
    return row


def _selection_loss(row: dict[str, float]) -> float:
    """Return the loss that decides which epoch is best: held-out, or training loss without held-out pieces."""
    return row["loss"] if math.isnan(row["valid_loss"]) else row["valid_loss"]


def _held_out(
    trainer: Trainer,
    dataset: Dataset,
    architecture: Architecture,
    tensors: Mapping[str, NDArray[np.floating]],
    skip: int,
) -> Score:
    """Score the held-out pieces, of which the first worker alone reads `HELD_OUT_TOKENS` at most."""

    def scored() -> list[float]:
        pieces = drawn(dataset.of_split("valid"), HELD_OUT_TOKENS).pieces
        found = score(Network(architecture, tensors), [dataset.ids_of(piece) for piece in pieces], skip)
        return [found.tokens, found.nats, found.top1, found.top5]

    tokens, nats, top1, top5 = trainer.from_first(scored)
    return Score(int(tokens), nats, top1, top5)


class _Stop:
    """Signal handler that stores the first signal; another one more than a second later raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.by: int | None = None
        self._at = 0.0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        # One Ctrl-C may arrive twice within milliseconds: from the terminal, and from a launcher that forwards it.
        if self.by is None:
            self.by, self._at = number, time.monotonic()
        elif time.monotonic() - self._at > 1.0:
            raise KeyboardInterrupt
