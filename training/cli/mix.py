"""`musicgen-train mix` joins several data sets into one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from musicgen_live.cli.console import echo
from musicgen_live.errors import TrainingError


def mix_command(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="Data sets of prepare with the same vocabulary, as all in bars have."),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder to write the mixed data set to.")],
    weight: Annotated[
        list[float] | None,
        typer.Option(help="How often training reads each data set in an epoch, in their order.", show_default="1 each"),
    ] = None,
) -> None:
    """Make one data set of several, to train one model on them."""
    from ..data.dataset import Dataset
    from ..data.mix import mix

    weights = weight or [1.0] * len(data)
    if len(weights) != len(data):
        raise TrainingError(f"{len(data)} data sets and {len(weights)} weights; give --weight once for each, in order")
    mixed = mix([Dataset.load(folder) for folder in data], weights, out)
    echo(f"{len(mixed.pieces)} pieces, {len(mixed.ids):,} data points: {out}")
