"""`musicgen-train fit`: trains a network on a prepared data set."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.cli import options
from training.cli.display import FitDisplay, interruptible

if TYPE_CHECKING:
    from training.dataset import Dataset

DEFAULT_RECIPE = "stream"


def fit_command(
    data: Annotated[Path, typer.Argument(help="A data set made by prepare.")],
    out: Annotated[Path, typer.Option(help="The run folder: weights, checkpoint, training curve.")],
    recipe: options.Recipe = None,
    units: options.Units = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    epochs: options.Epochs = None,
    seed: options.Seed = None,
    dropout: options.Dropout = None,
    patience: options.Patience = None,
    precision: options.Precision = None,
    base: options.Base = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run, with the options it has.")] = False,
) -> None:
    """Train a network on a data set.

    The recipe classic reads 100 data points and learns the next one. The recipe stream learns from every data
    point of a stream. Ctrl-C ends either with a checkpoint, and --resume
    goes on exactly there.
    """
    from training.dataset import Dataset

    go_on = shlex.join(["musicgen-train", "fit", str(data), "--out", str(out), "--resume"])
    with interruptible(go_on):
        fit_and_show(
            Dataset.load(data),
            data,
            out,
            resume=resume,
            go_on=go_on,
            recipe=recipe,
            units=units,
            batch_size=batch_size,
            learning_rate=learning_rate,
            epochs=epochs,
            seed=seed,
            dropout=dropout,
            patience=patience,
            precision=precision,
            base=base,
        )
    typer.echo(
        f"Trained. Make a model file of it with: {shlex.join(['musicgen-train', 'export', str(out)])} --out FILE"
    )


def fit_and_show(
    dataset: Dataset,
    data: Path,
    run: Path,
    *,
    resume: bool,
    go_on: str,
    recipe: str | None,
    base: str | None = None,
    **given: str | float | None,
) -> None:
    """Train with a display; when a signal ends it, say how far it came and how to go on, and exit."""
    from musicgen_live.model.bundle import Bundle
    from musicgen_live.shipped import model_path
    from training.quiet import import_keras
    from training.recipes import check_size, fine_tuning, options_for
    from training.runs import resumed_options

    begin = Bundle.load(model_path(base)) if base else None
    if begin:
        given = fine_tuning(begin, dataset, given)
    chosen = (
        resumed_options(run, recipe=recipe, **given)
        if resume
        else options_for(recipe or DEFAULT_RECIPE, dataset, **given)
    )
    check_size(dataset, chosen)
    typer.echo(f"Training with the recipe {chosen.recipe}, {chosen.units} units, for {chosen.epochs} epochs.")
    import_keras()
    from training.fit import fit

    with FitDisplay(chosen.epochs) as display:
        result = fit(
            dataset,
            run,
            chosen,
            base=begin,
            resume=resume,
            data_folder=data,
            on_step=display.step,
            on_epoch=display.epoch,
        )
    if not result.finished and result.stopped_by is not None:
        typer.echo(f"\nstopped after epoch {len(result.history)} of {chosen.epochs}; go on with: {go_on}")
        raise typer.Exit(128 + result.stopped_by)
