"""`musicgen-train fit` trains a network on a prepared data set."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.cli.display import FitDisplay, interruptible
from training.cli.options import Asked, with_fit_options

if TYPE_CHECKING:
    from musicgen_live.model.bundle import Bundle
    from training.data.dataset import Dataset
    from training.recipes import FitOptions

DEFAULT_RECIPE = "stream"


@with_fit_options
def fit_command(
    *,
    data: Annotated[Path, typer.Argument(help="A data set made by prepare.")],
    out: Annotated[Path, typer.Option(help="The run folder: weights, checkpoint, training curve.")],
    asked: Asked,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run, with the options it has.")] = False,
) -> None:
    """Train a network on a data set.

    The recipe classic reads 100 data points and learns the next one. The recipe stream learns from every data
    point of a stream. Ctrl-C ends either with a checkpoint, and --resume goes on exactly there.
    """
    from training.data.dataset import Dataset

    resume_command = shlex.join(["musicgen-train", "fit", str(data), "--out", str(out), "--resume"])
    with interruptible(resume_command):
        base = checked_base(asked)
        fit_and_show(Dataset.load(data), data, out, asked, base, resume=resume, resume_command=resume_command)
    typer.echo(
        f"Trained. Make a model file of it with: {shlex.join(['musicgen-train', 'export', str(out)])} --out FILE"
    )


def checked_base(asked: Asked) -> Bundle | None:
    """Load the model of `--from`, if given; MusicgenError on options that are invalid whatever the data set."""
    from musicgen_live.config.library import model_path
    from musicgen_live.model.bundle import Bundle
    from training.recipes import check_asked

    base = Bundle.load(model_path(asked.base)) if asked.base else None
    check_asked(asked.recipe or DEFAULT_RECIPE, base, asked.others)
    return base


def fit_and_show(
    dataset: Dataset, data: Path, run: Path, asked: Asked, base: Bundle | None, *, resume: bool, resume_command: str
) -> None:
    """Train with a progress display; after a signal, print the progress and the command to resume, and exit."""
    from training.recipes import check_size
    from training.tf_log import import_keras

    chosen = _options(dataset, run, asked, base, resume=resume)
    check_size(dataset, chosen)
    typer.echo(f"Training with the recipe {chosen.recipe}, {chosen.units} units, for {chosen.epochs} epochs.")
    import_keras()
    from training.fit import fit

    with FitDisplay(chosen.epochs) as display:
        result = fit(
            dataset,
            run,
            chosen,
            base=base,
            resume=resume,
            data_folder=data,
            on_base=display.base,
            on_step=display.step,
            on_epoch=display.epoch,
        )
    if not result.finished and result.stopped_by is not None:
        typer.echo(f"\nstopped after epoch {len(result.history)} of {chosen.epochs}; go on with: {resume_command}")
        raise typer.Exit(128 + result.stopped_by)


def _options(dataset: Dataset, run: Path, asked: Asked, base: Bundle | None, *, resume: bool) -> FitOptions:
    """Return the options of a new run, or those of a resumed run; TrainingError if the flags differ from them."""
    from training.recipes import fine_tuning, options_for
    from training.runs import resumed_options

    if resume:
        return resumed_options(run, recipe=asked.recipe, base=base.fingerprint() if base else None, **asked.others)
    recipe = asked.recipe or DEFAULT_RECIPE
    given = fine_tuning(base, dataset, asked.others) if base else asked.others
    return options_for(recipe, dataset, **given)
