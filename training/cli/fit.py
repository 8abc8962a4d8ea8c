"""`musicgen-train fit` trains a network on a prepared data set."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.cli.console import echo

from .display import FitDisplay, interruptible
from .options import TrainingFlags, with_fit_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from musicgen_live.model.bundle import Bundle

    from ..data.dataset import Dataset
    from ..fit import FitResult
    from ..recipes import FitOptions
    from ..trainer import Trainer
    from ..workers import Workers

DEFAULT_RECIPE = "stream"


@with_fit_options
def fit_command(
    *,
    data: Annotated[Path, typer.Argument(help="A data set made by prepare.")],
    out: Annotated[Path, typer.Option(metavar="RUN", help="The run folder: weights, checkpoint, training curve.")],
    flags: TrainingFlags,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a run, with its own options.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes of this machine that train together, each on its share of a batch.")
    ] = 1,
) -> None:
    """Train a network on a data set.

    The recipe classic reads 100 data points and learns the next one. The recipe stream learns every data point
    of a continuous sequence. Ctrl-C ends either with a checkpoint, and --resume continues exactly there.
    With TF_CONFIG in the environment, this machine is one of several that train together.
    """
    from ..data.dataset import Dataset
    from ..recipes import check_size
    from ..workers import Workers, train_together

    together = Workers.of_environment()
    resume_command = shlex.join(["musicgen-train", "fit", str(data), "--out", str(out), "--resume"])
    if workers > 1:
        resume_command += f" --workers {workers}"
    with interruptible(resume_command):
        base = checked_base(flags)
        dataset = Dataset.load(data)
        if together is None and workers > 1:
            from .main import main

            # What is wrong is said here, once.
            check_size(dataset, _options(dataset, out, flags, base, resume=resume))
            raise typer.Exit(train_together(main, workers, lambda line: echo(line, err=True)))
        learnt = fit_and_show(
            dataset, data, out, flags, base, resume=resume, resume_command=resume_command, workers=together
        )
    echo(
        f"{'Trained. ' if learnt else ''}Make a model file of it with: "
        f"{shlex.join(['musicgen-train', 'export', str(out)])} --out FILE"
    )


def checked_base(flags: TrainingFlags) -> Bundle | None:
    """Load the model of `--from`, if given; MusicgenError on options that are invalid whatever the data set."""
    from musicgen_live.config.library import model_path
    from musicgen_live.model.bundle import Bundle

    from ..recipes import check_options

    base = Bundle.load(model_path(flags.base)) if flags.base else None
    check_options(flags.recipe or DEFAULT_RECIPE, base, flags.others)
    return base


def fit_and_show(
    dataset: Dataset,
    data: Path,
    run: Path,
    flags: TrainingFlags,
    base: Bundle | None,
    *,
    resume: bool,
    resume_command: str,
    workers: Workers | None = None,
) -> bool:
    """Train with a progress display; return False if that made no better network, and print what to try.

    After a signal, print the progress and the command to resume, and exit.
    """
    from ..recipes import check_size
    from ..tf_log import import_keras

    chosen = _options(dataset, run, flags, base, resume=resume)
    check_size(dataset, chosen)
    epochs = "1 epoch" if chosen.epochs == 1 else f"{chosen.epochs} epochs"
    echo(f"Training with the recipe {chosen.recipe}, {chosen.units} units, for {epochs}.")
    import_keras()
    from ..fit import fit
    from ..trainer import Trainer

    make_trainer: Callable[[Dataset, FitOptions, int], Trainer] = Trainer
    if workers:
        from ..parallel import connect

        echo(f"This is worker {workers.number + 1} of {len(workers.addresses)}.")
        make_trainer = connect(workers)
    with FitDisplay(chosen.epochs) as display:
        result = fit(
            dataset,
            run,
            chosen,
            base=base,
            resume=resume,
            data_folder=data,
            make_trainer=make_trainer,
            on_base=display.base,
            on_step=display.step,
            on_epoch=display.epoch,
        )
    if not result.finished and result.stopped_by is not None:
        echo(f"\nstopped after epoch {len(result.history)} of {chosen.epochs}; go on with: {resume_command}")
        raise typer.Exit(128 + result.stopped_by)
    warning = _warning_of(chosen, result, len(dataset.vocabulary))
    if warning:
        echo(warning)
    return warning is None


def _warning_of(options: FitOptions, result: FitResult, classes: int) -> str | None:
    """Return advice if no epoch was better than the model that the run began from, or the last one worse than guessing.

    Guessing is judged on the network's own pieces.
    """
    if result.unbeaten_loss is not None:
        best = min(row["valid_loss"] for row in result.history)
        return (
            f"No epoch predicts the held-out pieces better than the model that it began from: its loss is "
            f"{result.unbeaten_loss:.4g}, and {best:.4g} after the best epoch. So the best weights are still those of "
            "that model, unchanged. More pieces may help, or starting anew in another folder with a lower "
            f"--learning-rate than {options.learning_rate:g}."
        )
    epoch = result.history[-1]
    loss, guessed = epoch["loss"], math.log(classes)
    if loss <= guessed:
        return None
    return (
        f"The network has not learnt the music: its loss on the training pieces is {loss:.4g} in epoch "
        f"{int(epoch['epoch'])}, and guessing would give {guessed:.4g}. Start anew in another folder with a lower "
        f"--learning-rate than {options.learning_rate:g}, or with more --epochs."
    )


def _options(dataset: Dataset, run: Path, flags: TrainingFlags, base: Bundle | None, *, resume: bool) -> FitOptions:
    """Return the options of a new run, or those of a resumed run; TrainingError if the flags differ from them."""
    from ..recipes import fine_tuning, options_for
    from ..runs import resumed_options

    if resume:
        return resumed_options(run, recipe=flags.recipe, base=base.fingerprint() if base else None, **flags.others)
    recipe = flags.recipe or DEFAULT_RECIPE
    given = fine_tuning(base, dataset, flags.others) if base else flags.others
    return options_for(recipe, dataset, **given)
