"""`musicgen-train evaluate` scores a model beside n-grams, and compares its output with held-out music."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.errors import TrainingError
from training.cli.display import working
from training.cli.figures import show_comparison, show_evaluation
from training.cli.options import one_of

if TYPE_CHECKING:
    from musicgen_live.config.settings import Settings
    from musicgen_live.model.bundle import Bundle
    from training.data.dataset import Dataset, Split
    from training.evaluation.comparison import Comparison, ComparisonOptions


def evaluate_command(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    data: Annotated[Path, typer.Argument(help="The data set it was trained on, or one of other pieces.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
    png: Annotated[Path | None, typer.Option(help="Draw the comparison to this .png file.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="The pieces to score: test, valid or train.", show_default="test; valid if none is long enough"
        ),
    ] = None,
    trained_on: Annotated[
        Path | None,
        typer.Option(
            help="The data set whose training pieces the n-grams learn from.", show_default="the same data set"
        ),
    ] = None,
    order: Annotated[
        int | None, typer.Option(min=1, help="Order of the n-gram.", show_default="the best of 2 to 9")
    ] = None,
    passages: Annotated[int, typer.Option(min=0, help="Number of passages to compare; 0 for no comparison.")] = 64,
    bars: Annotated[int, typer.Option(min=1, help="Bars per passage.")] = 16,
    prompt_bars: Annotated[
        int, typer.Option(min=0, help="Bars of the piece that the model reads first; 0 compares beginnings.")
    ] = 4,
    preset: Annotated[
        str | None, typer.Option(help="Sample tokens like this preset.", show_default="sample with top-p 0.95")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="Instead of the preset's.", show_default=False)] = None,
    top_p: Annotated[float | None, typer.Option(help="Instead of the preset's.", show_default=False)] = None,
    variation: Annotated[float | None, typer.Option(help="Instead of the preset's.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same passages.")] = 0,
) -> None:
    """Score a model on held-out pieces, beside n-grams of the training pieces, and compare its passages with theirs.

    Prints the loss in nats and bits per data point and in nats per note, how often the right data point ranked first
    or among the first five, and how much the argmax output repeats itself. For a model with bars, it also measures
    passages of the model and of held-out pieces: pitches, rhythm, texture, loops, notes copied from training pieces,
    and how well a classifier distinguishes the two.
    """
    from musicgen_live.encodings import BAR_ENCODINGS
    from musicgen_live.model.bundle import Bundle
    from training.data.dataset import SPLITS, Dataset
    from training.evaluation.comparison import ComparisonOptions
    from training.evaluation.evaluate import evaluate, held_out_split

    given_split = one_of("--split", split, SPLITS) if split is not None else None
    _check_png(png)
    settings = _settings(preset, temperature, top_p, variation)
    options = ComparisonOptions(passages, bars, prompt_bars, settings, seed)
    bundle, dataset = Bundle.load(model), Dataset.load(data)
    training = dataset if trained_on is None else Dataset.load(trained_on)
    chosen = given_split or held_out_split(dataset, bundle.architecture.window)
    with working(f"Scoring the {chosen} pieces"):
        evaluation = evaluate(bundle, dataset, chosen, order=order, training=training)
    if not as_json:
        show_evaluation(evaluation)
    comparison = reason = None
    # Without bars the user expects no comparison, unless --png asks for one.
    if passages and (bundle.encoding in BAR_ENCODINGS or png is not None):
        comparison, reason = _compared(bundle, dataset, chosen, options, training)
    if as_json:
        compared = comparison.to_json() if comparison else None
        typer.echo(json.dumps(evaluation.to_json() | {"comparison": compared, "no_comparison": reason}))
    elif comparison:
        show_comparison(comparison)
    if png is not None and comparison:
        _draw(png, comparison)
    elif png is not None or reason:
        typer.echo(f"No comparison{f' and no {png}' if png else ''}: {reason or '--passages is 0'}", err=True)


def _check_png(png: Path | None) -> None:
    """Raise TrainingError if the picture cannot be drawn, before minutes of work."""
    from training.files import check_file, is_folder

    if png is None:
        return
    if png.suffix.lower() != ".png" or is_folder(png):
        raise TrainingError(f"--png is {str(png)!r}; it names the picture to write and has to end in .png")
    check_file(png, "--png")
    if find_spec("matplotlib") is None:
        raise TrainingError("--png needs matplotlib, which is not installed; in a clone: pip install '.[train]'")


def _compared(
    bundle: Bundle, dataset: Dataset, split: Split, options: ComparisonOptions, training: Dataset
) -> tuple[Comparison | None, str | None]:
    """Return the comparison, or None and the reason: the scores are useful without it."""
    from training.evaluation.comparison import compare

    try:
        with working("Playing, measuring and comparing"):
            return compare(bundle, dataset, split, options, training), None
    except TrainingError as error:
        return None, str(error)


def _settings(preset: str | None, temperature: float | None, top_p: float | None, variation: float | None) -> Settings:
    from musicgen_live.config.presets import load_preset
    from training.evaluation.comparison import SAMPLING

    settings = load_preset(preset).settings if preset else SAMPLING
    return settings.changed({"temperature": temperature, "top_p": top_p, "variation": variation})


def _draw(png: Path, comparison: Comparison) -> None:
    from training.evaluation.comparison_picture import draw

    try:
        draw(comparison, png)
    except OSError as exc:
        raise TrainingError(f"--png is {str(png)!r}, which cannot be written: {exc.strerror or exc}") from exc
