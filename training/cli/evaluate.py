"""`musicgen-train evaluate` scores a model beside n-grams, and compares its output with held-out music."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.cli.console import echo
from musicgen_live.config.files import is_folder, reason_of, replace_text
from musicgen_live.errors import TrainingError

from ..files import check_file
from .display import working
from .figures import show_comparison, show_evaluation
from .options import one_of

if TYPE_CHECKING:
    from musicgen_live.config.settings import Settings

    from ..data.dataset import Dataset, Split
    from ..evaluation.comparison import Comparison, ComparisonOptions
    from ..evaluation.figure import Group
    from ..evaluation.players import Players

PASSAGES, FULL_PASSAGES = 64, 100
FULL_SEEDS = 3
# Nobody knows which pieces a model was trained on that comes from another data set.
HELD_OUT, LEARNT = "which this data set holds out of training", "which this data set trains on"


def evaluate_command(
    model: Annotated[str, typer.Argument(help="A model by name (see: musicgen-live models list), or a model file.")],
    data: Annotated[Path, typer.Argument(help="The data set it was trained on, or one of other pieces.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
    json_file: Annotated[
        Path | None, typer.Option(help="Write the JSON object to this file, beside the tables.")
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Draw the comparison to this .png file.")] = None,
    full: Annotated[
        bool, typer.Option(help="Measure form, endings, keys and steering too, which takes some minutes.")
    ] = False,
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
    passages: Annotated[
        int | None,
        typer.Option(
            min=0, help="Number of passages to compare; 0 for no comparison.", show_default="64; 100 with --full"
        ),
    ] = None,
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
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Number of seeds, each with passages of its own.", show_default="1; 3 with --full"),
    ] = None,
    takes: Annotated[
        int, typer.Option(min=1, help="Number of takes, for each seed and each thing that --full asks for.")
    ] = 20,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Number of playing processes.", show_default="one per core")
    ] = None,
) -> None:
    """Score a model on held-out pieces, beside n-grams of the training pieces, and compare its passages with theirs.

    Prints the loss in nats and bits per data point and in nats per note, how often the right data point ranked first
    or among the first five, and how much the argmax output repeats itself. For a model with bars, it also measures
    passages of the model and of held-out pieces: pitches, rhythm, texture, loops, notes copied from training pieces,
    and how well a classifier distinguishes the two.
    """
    from musicgen_live.config.library import model_path
    from musicgen_live.config.settings import DEFAULT_PRESET
    from musicgen_live.encodings import BAR_ENCODINGS
    from musicgen_live.generation.plan import for_model
    from musicgen_live.model.bundle import Bundle

    from ..data.dataset import SPLITS, Dataset
    from ..data.pool import default_jobs
    from ..evaluation.comparison import ComparisonOptions
    from ..evaluation.evaluate import evaluate, held_out_split
    from ..evaluation.full import Music
    from ..evaluation.players import players_of
    from ..evaluation.takes import Takes
    from .full import measured

    given_split = one_of("--split", split, SPLITS) if split is not None else None
    _check_png(png)
    if json_file is not None:
        check_file(json_file, "--json-file")
    settings = _settings(preset, temperature, top_p, variation)
    options = ComparisonOptions(
        (FULL_PASSAGES if full else PASSAGES) if passages is None else passages,
        bars,
        prompt_bars,
        settings,
        seed,
        seeds or (FULL_SEEDS if full else 1),
    )
    bundle, dataset = Bundle.load(path := model_path(model)), Dataset.load(data)
    if full and bundle.encoding not in BAR_ENCODINGS:
        raise TrainingError(f"--full measures music in bars, and {model} has none: leave it out")
    training = dataset if trained_on is None else Dataset.load(trained_on)
    chosen = given_split or held_out_split(dataset, bundle.architecture.window)
    with working(f"Scoring the {chosen} pieces"):
        evaluation = evaluate(bundle, dataset, chosen, order=order, training=training)
    if not as_json:
        show_evaluation(evaluation, LEARNT if chosen == "train" else HELD_OUT)
    comparison = reason = None
    groups: list[Group] = []
    with players_of(bundle, jobs or default_jobs()) as players:
        # Without bars the user expects no comparison, unless --png asks for one.
        if options.passages and (bundle.encoding in BAR_ENCODINGS or png is not None):
            comparison, reason = _compared(players, dataset, chosen, options, training)
        if comparison and not as_json:
            show_comparison(comparison)
        if full:
            base = for_model(_settings(preset or DEFAULT_PRESET, temperature, top_p, variation), str(path.resolve()))
            played, music = Takes(players, base, takes, seed, options.seeds), Music(dataset, chosen, training)
            groups = measured(played, music, evaluation.plain, comparison, path, show=not as_json)
    result = evaluation.to_json() | {
        "comparison": comparison.to_json() if comparison else None,
        "no_comparison": reason,
        "full": [group.to_json() for group in groups] if full else None,
    }
    if as_json:
        echo(json.dumps(result))
    if json_file is not None:
        _write(json_file, "--json-file", lambda: replace_text(json_file, json.dumps(result, indent=1) + "\n"))
    if png is not None and (groups or comparison):
        _write(png, "--png", lambda: _draw(png, comparison, groups))
    if comparison is None and (reason or png is not None):
        no_picture = f" and no {png}" if png and not groups else ""
        echo(f"No comparison{no_picture}: {reason or '--passages is 0'}", err=True)


def _check_png(png: Path | None) -> None:
    """Raise TrainingError if the picture cannot be drawn, before minutes of work."""
    if png is None:
        return
    if png.suffix.lower() != ".png" or is_folder(png):
        raise TrainingError(f"--png is {str(png)!r}; it names the picture to write and has to end in .png")
    check_file(png, "--png")
    if find_spec("matplotlib") is None:
        raise TrainingError("--png needs matplotlib, which is not installed; in a clone: pip install '.[train]'")


def _compared(
    players: Players, dataset: Dataset, split: Split, options: ComparisonOptions, training: Dataset
) -> tuple[Comparison | None, str | None]:
    """Return the comparison, or None and the reason: the scores are useful without it."""
    from ..evaluation.comparison import compare

    try:
        with working("Playing, measuring and comparing"):
            return compare(players, dataset, split, options, training), None
    except TrainingError as error:
        return None, str(error)


def _settings(preset: str | None, temperature: float | None, top_p: float | None, variation: float | None) -> Settings:
    from musicgen_live.config.presets import load_preset

    from ..evaluation.comparison import SAMPLING

    settings = load_preset(preset).settings if preset else SAMPLING
    return settings.changed({"temperature": temperature, "top_p": top_p, "variation": variation})


def _draw(png: Path, comparison: Comparison | None, groups: Sequence[Group]) -> None:
    """Draw the figures of `--full`, or else the comparison."""
    from ..evaluation.comparison_picture import draw
    from ..evaluation.full_picture import draw_groups

    if groups:
        draw_groups(groups, png)
    elif comparison is not None:
        draw(comparison, png)


def _write(path: Path, flag: str, write: Callable[[], None]) -> None:
    try:
        write()
    except OSError as exc:
        raise TrainingError(f"{flag} is {str(path)!r}, which cannot be written: {reason_of(exc)}") from exc
