"""Measures and prints the figures of `evaluate --full`, group by group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.cli.console import echo

from .display import working
from .figures import print_table, table_of

if TYPE_CHECKING:
    from musicgen_live.config.settings import Settings

    from ..evaluation.comparison import Comparison
    from ..evaluation.figure import Group
    from ..evaluation.full import Music
    from ..evaluation.report import Match
    from ..evaluation.takes import Takes


def measured(
    takes: Takes, music: Music, match: Match, comparison: Comparison | None, model: Path, *, show: bool
) -> list[Group]:
    """Return all groups of figures; print each as soon as it is measured if `show`."""
    from ..evaluation.full import full_groups

    if show:
        echo(
            f"{takes.count} takes of everything that the model was asked for"
            + (f", and {takes.seeds} seeds (mean ± standard deviation over the seeds):" if takes.seeds > 1 else ":")
        )
    left = full_groups(match, comparison, music, takes, presets_in_bars(model))
    groups: list[Group] = []
    while (group := _next(left)) is not None:
        groups.append(group)
        if show:
            show_group(group)
    if show and not any(group.title == "Style" for group in groups):
        echo("No figures of style: they need training pieces of two styles that the model knows (--trained-on).")
    return groups


def presets_in_bars(model: Path) -> dict[str, Settings]:
    """Return the settings of the shipped presets of models in bars, with this model in place of theirs."""
    from musicgen_live.config.library import model_path, shipped_preset_names
    from musicgen_live.config.presets import load_preset
    from musicgen_live.encodings import BAR_ENCODINGS
    from musicgen_live.generation.plan import for_model
    from musicgen_live.model.metadata import Metadata

    presets = {name: load_preset(name).settings for name in shipped_preset_names()}
    return {
        name: for_model(settings, str(model.resolve()))
        for name, settings in presets.items()
        if Metadata.read(model_path(settings.model)).encoding in BAR_ENCODINGS
    }


def show_group(group: Group) -> None:
    """Print a group as a table: the model's figures beside those of real music."""
    table = table_of(group.title, "the model", "real music")
    for figure in group.figures:
        spread = f" ± {figure.text(figure.spread)}" if len(figure.of_seeds) > 1 else ""
        real = "" if figure.real is None else figure.text(figure.real)
        reference = f" ({figure.reference})" if figure.reference else ""
        table.add_row(figure.name, figure.text(figure.mean) + spread, real + reference)
    print_table(table)


def _next(groups: Iterator[Group]) -> Group | None:
    with working("Playing and measuring"):
        return next(groups, None)
