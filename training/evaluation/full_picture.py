"""Draws the figures of a full evaluation: each share as a dot beside that of real music, the other figures as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.files import replacing

from .comparison_picture import GENERATED, HELD_OUT
from .figure import Figure, Group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_INCHES, MARGIN_INCHES = 0.24, 1.2


def draw_groups(groups: Sequence[Group], path: Path) -> None:
    """Write a PNG: a row for every figure, under the title of its group."""
    from matplotlib.figure import Figure as Picture

    rows = sum(len(group.figures) + 1 for group in groups)
    picture = Picture(figsize=(11, MARGIN_INCHES + rows * ROW_INCHES), layout="constrained")
    axes = picture.subplots()
    names: list[str] = []
    titles = []
    for group in groups:
        titles.append(len(names))
        names.append(group.title)
        for figure in group.figures:
            _draw_row(axes, len(names), figure)
            names.append(figure.name)
    axes.set_xlim(0, 1)
    axes.set_ylim(rows - 0.5, -0.8)
    axes.set_yticks(range(rows), names, fontsize=8)
    for title in titles:
        axes.get_yticklabels()[title].set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.plot([], [], "D", color=HELD_OUT, label="real music, or what the row compares with")
    axes.errorbar([], [], xerr=[], fmt="o", color=GENERATED, label="the model, with the spread over its seeds")
    picture.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    with replacing(path) as temporary:
        picture.savefig(temporary, dpi=110, format="png")


def _draw_row(axes: Axes, row: int, figure: Figure) -> None:
    # The gain over an n-gram is negative for a model that is worse.
    if not figure.is_share or figure.mean < 0:
        real = "" if figure.real is None else f", {figure.reference or 'real music'} {figure.text(figure.real)}"
        spread = f" ± {figure.text(figure.spread)}" if len(figure.of_seeds) > 1 else ""
        axes.text(0.01, row, f"{figure.text(figure.mean)}{spread}{real}", va="center", fontsize=8, color="#444444")
        return
    if figure.real is not None:
        axes.plot(figure.real, row, "D", color=HELD_OUT, markersize=5, clip_on=False)
    # A share cannot leave the picture, whatever the spread.
    either_side = [[min(figure.spread, figure.mean)], [min(figure.spread, 1 - figure.mean)]]
    axes.errorbar(figure.mean, row, xerr=either_side, fmt="o", color=GENERATED, markersize=5, capsize=3, clip_on=False)
