"""`musicgen-train run` turns a folder of MIDI files into a model file."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.errors import TrainingError

from . import options
from .display import interruptible
from .export import checked_export, export_and_show
from .fit import checked_base, fit_and_show

if TYPE_CHECKING:
    from musicgen_live.model.bundle import Bundle

    from ..data.dataset import Dataset


@options.with_fit_options
def run_command(
    *,
    midi_dir: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="With .mid and .midi files, searched recursively.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.safetensors", help="The model file to write.")],
    work: Annotated[
        Path | None, typer.Option(help="Folder for data set and run.", show_default="beside the model file")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="Encoding of the music.",
            show_default="bars; with --recipe classic, chords; with --from, that of the model",
        ),
    ] = None,
    style: options.Style = None,
    flags: options.TrainingFlags,
    weights: options.Weights = "best",
    dtype: options.NumberType = "float16",
    name: options.MusicName = None,
    licence: options.Licence = options.NO_LICENCE,
    credit: options.Credit = "",
) -> None:
    """Turn a folder of MIDI files into a model: prepare, fit, evaluate and export in one go.

    After an interruption, the same command continues where it stopped.
    """
    from ..files import check_folder
    from .prepare import corpus_of, prepare_and_show

    chosen = checked_export(out, weights, dtype)
    base = checked_base(flags)
    folder = work or out.with_name(f"{out.stem}.work")
    check_folder(folder, "--work")
    data, run = folder / "data", folder / "run"
    resume_command = "the same command" if len(sys.argv) < 2 else shlex.join(["musicgen-train", *sys.argv[1:]])
    with interruptible(resume_command):
        dataset = prepare_and_show(
            midi_dir,
            data,
            corpus=corpus_of(midi_dir, name, licence, credit),
            encoding=encoding or _encoding_for(flags, base),
            style=style,
        )
        resume = (run / "run.json").exists()
        if resume:
            _refuse_other_music(midi_dir, dataset, run)
        fit_and_show(dataset, data, run, flags, base, resume=resume, resume_command=resume_command)
        export_and_show(run, dataset, chosen, base)


def _encoding_for(flags: options.TrainingFlags, base: Bundle | None) -> str:
    if base is not None:
        return base.encoding
    return "chords" if flags.recipe == "classic" else "bars"


def _refuse_other_music(midi_dir: Path, dataset: Dataset, run: Path) -> None:
    from ..runs import read_run

    if read_run(run).data != dataset.fingerprint():
        raise TrainingError(
            f"{run} was begun with other music than what {midi_dir} holds now, or with another --encoding or --style; "
            f"choose another --work to start anew and keep it, or delete {run.parent}"
        )
