"""`musicgen-train export` writes a run as a model file."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from musicgen_live.cli.console import echo
from musicgen_live.config.library import MODEL_SUFFIX
from musicgen_live.errors import TrainingError

from . import options
from .display import working
from .figures import show_evaluation

if TYPE_CHECKING:
    from musicgen_live.model.bundle import Bundle

    from ..data.dataset import Dataset
    from ..evaluation.report import Evaluation
    from ..runs import NumberType, Weights

HELD_OUT_OF_FINE_TUNING = "held out of this fine-tuning; the model that it began from may have been trained on them"


def export_command(
    run: Annotated[Path, typer.Argument(help="A run folder made by fit.")],
    out: Annotated[Path, typer.Option(metavar="FILE.safetensors", help="The model file to write.")],
    data: Annotated[
        Path | None, typer.Option(help="The run's data set, if it was moved.", show_default="where fit found it")
    ] = None,
    weights: options.Weights = "best",
    dtype: options.NumberType = "float16",
) -> None:
    """Turn a run into one model file that musicgen-live plays.

    Checks the network that plays, in NumPy, against Keras, with exactly the weights that are stored.
    """
    from ..data.dataset import Dataset
    from ..runs import read_run

    chosen = checked_export(out, weights, dtype)
    folder = data or read_run(run).data_folder
    if folder is None:
        raise TrainingError(f"{run} does not say where its data set lies; add --data DATA")
    export_and_show(run, Dataset.load(Path(folder)), chosen)


@dataclass(frozen=True)
class ExportOptions:
    """The checked options of an export."""

    out: Path
    weights: Weights
    dtype: NumberType


def checked_export(out: Path, weights: str, dtype: str) -> ExportOptions:
    """Return the options of an export; TrainingError on wrong ones, which the user learns before hours of training."""
    from musicgen_live.config.files import is_folder

    from ..files import check_file
    from ..runs import NumberType, Weights

    chosen_weights: Weights = options.one_of("--weights", weights, get_args(Weights))
    chosen_dtype: NumberType = options.one_of("--dtype", dtype, get_args(NumberType))
    if is_folder(out):
        raise TrainingError(f"{out} is a folder; --out names the model file, such as {out / 'my.safetensors'}")
    if out.suffix != MODEL_SUFFIX:
        # `musicgen-live play --model` takes only names with this suffix for files.
        raise TrainingError(f"--out is {str(out)!r}; it has to end in {MODEL_SUFFIX}, as in {out.stem}{MODEL_SUFFIX}")
    check_file(out, "--out")
    return ExportOptions(out, chosen_weights, chosen_dtype)


def export_and_show(run: Path, dataset: Dataset, chosen: ExportOptions, base: Bundle | None = None) -> None:
    """Export the run, and print its metrics and the command that plays it.

    `base` is the model that the run began from, to compare with; a run folder knows no more of it than its card.
    """
    from ..runs import read_run
    from ..tf_log import import_keras

    out = chosen.out
    shown: list[Evaluation] = []
    with working("Checking the network against Keras and scoring the held-out pieces; a minute or more"):
        import_keras()
        from ..export import export

        exported = export(run, dataset, out, weights=chosen.weights, dtype=chosen.dtype, on_evaluation=shown.append)
    is_fine_tuned = read_run(run).options.base is not None
    is_unchanged = is_fine_tuned and not exported.card.epochs
    for evaluation in shown if not is_unchanged else ():
        show_evaluation(evaluation, HELD_OUT_OF_FINE_TUNING if is_fine_tuned else "held out of training")
        if base is not None:
            with working("Scoring the model that it began from"):
                echo(_against_base(evaluation, base, dataset))
    echo(f"Wrote {out}. Play it with: {shlex.join(['musicgen-live', 'play', '--model', str(out)])}")
    if is_unchanged:
        # Its figures on these pieces would be praise for what was there before.
        echo("It is still the model that it began from: no epoch predicts the held-out pieces better.")


def _against_base(evaluation: Evaluation, base: Bundle, dataset: Dataset) -> str:
    """Return a sentence that compares a fine-tuned model with the one that it began from, on the same pieces."""
    from ..evaluation.evaluate import network_score

    match, before = evaluation.plain, network_score(base, dataset, evaluation.split)
    gap = match.gap(before)
    if match.gain_over(before) > 0:
        return f"It predicts them better than the model that it began from: {gap}."
    return (
        f"It predicts them WORSE than the model that it began from: {gap}. More pieces may help, or a lower "
        "--learning-rate; the model that it began from may also have been trained on some of them."
    )
