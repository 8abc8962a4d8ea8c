"""`musicgen-train run`: a folder of MIDI files in, a model file out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.errors import TrainingError
from training.cli import options
from training.cli.display import interruptible
from training.cli.export import check_out, export_and_show
from training.cli.fit import fit_and_show

if TYPE_CHECKING:
    from training.dataset import Dataset


def run_command(
    midi_dir: Annotated[Path, typer.Argument(help="Folder with .mid and .midi files, searched to the bottom.")],
    out: Annotated[Path, typer.Option(help="The model file to write, .safetensors.")],
    work: Annotated[
        Path | None, typer.Option(help="Folder for data set and run.", show_default="beside the model file")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="How music becomes tokens.", show_default="bars; with the recipe classic, chords"),
    ] = None,
    style: options.Style = None,
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
    weights: options.Weights = "best",
    dtype: options.NumberType = "float16",
    name: Annotated[str | None, typer.Option(help="What the music is called; default: the folder's name.")] = None,
    licence: Annotated[str, typer.Option(help="Its licence, carried into the model.")] = "not stated",
    credit: Annotated[str, typer.Option(help="Whom to name for it.")] = "",
) -> None:
    """Turn a folder of MIDI files into a model: prepare, fit, evaluate and export in one go.

    Interrupted, it goes on where it stopped when the same command is typed again.
    """
    from training.cli.prepare import corpus_of, prepare_and_show

    check_out(out)
    folder = work or out.with_name(f"{out.stem}.work")
    data, run = folder / "data", folder / "run"
    again = "the same command" if len(sys.argv) < 2 else shlex.join(["musicgen-train", *sys.argv[1:]])
    with interruptible(again):
        dataset = prepare_and_show(
            midi_dir,
            data,
            corpus=corpus_of(midi_dir, name, licence, credit),
            encoding=encoding or ("chords" if recipe == "classic" else "bars"),
            style=style,
        )
        resume = (run / "run.json").exists()
        if resume:
            _refuse_other_music(midi_dir, dataset, run)
        fit_and_show(
            dataset,
            data,
            run,
            resume=resume,
            go_on=again,
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
        export_and_show(run, dataset, out, weights, dtype)


def _refuse_other_music(midi_dir: Path, dataset: Dataset, run: Path) -> None:
    from training.runs import read_run

    if read_run(run).data != dataset.fingerprint():
        raise TrainingError(
            f"{run} was begun with other music than what {midi_dir} holds now; choose another --work to start anew "
            f"and keep it, or delete {run.parent}"
        )
