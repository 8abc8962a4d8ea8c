"""`musicgen-train evaluate`: what a model is worth, beside an n-gram."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from training.cli.display import show_evaluation, working
from training.cli.options import one_of


def evaluate_command(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    data: Annotated[Path, typer.Argument(help="The data set it was trained on.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    split: Annotated[
        str | None,
        typer.Option(
            help="The pieces to score: test, valid or train.", show_default="test; valid if none is long enough"
        ),
    ] = None,
    order: Annotated[int, typer.Option(min=1, help="Order of the n-gram.")] = 5,
) -> None:
    """Score a model on held-out pieces, beside an n-gram of the training pieces.

    Loss in nats and bits a data point, how often the right data point was first or among the first five, and how
    much the argmax output repeats itself.
    """
    from musicgen_live.model.bundle import Bundle
    from training.dataset import SPLITS, Dataset
    from training.evaluate import evaluate, held_out_split

    named = one_of("--split", split, SPLITS) if split is not None else None
    bundle, dataset = Bundle.load(model), Dataset.load(data)
    chosen = named or held_out_split(dataset, bundle.architecture.window)
    with working(f"Scoring the {chosen} pieces"):
        evaluation = evaluate(bundle, dataset, chosen, order=order)
    if as_json:
        typer.echo(json.dumps(evaluation.to_json()))
    else:
        show_evaluation(evaluation)
