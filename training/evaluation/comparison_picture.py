"""Draws a comparison: a histogram of every metric over held-out and generated passages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musicgen_live.config.files import replacing

from .comparison import COPIED, METRICS, MOST_COPIED_NOTES, Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {
    "pitch_class_entropy": "Pitch-class entropy (bits)",
    "scale_consistency": "Notes within one scale",
    "groove_consistency": "Groove consistency",
    "notes_per_quarter": "Notes a quarter",
    "polyphony": "Notes at once",
    "empty_bar_rate": "Empty bars",
    "longest_loop_quarters": "Longest loop (quarters)",
    "distinct_4gram_rate": "Distinct 4-grams of tokens",
    COPIED: "Longest copy (notes in a row)",
}
"""Names of the metrics in tables and pictures."""

# Dark blue and orange: different for every kind of colour vision, and in grey.
HELD_OUT, GENERATED = "#1f4e79", "#e08214"
BINS = 12


def draw(comparison: Comparison, path: Path) -> None:
    """Write a PNG: a histogram per metric for both kinds of music, and the accuracy of the classifiers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 7.6), layout="constrained")
    grid = figure.subplots(2, 5)
    for axes, name in zip(grid.flat, [*METRICS, COPIED], strict=False):
        if name in comparison.held_out.values:
            _histogram(axes, comparison, name)
        else:
            axes.set_axis_off()
    _accuracies(grid[1, 4], comparison)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
    options, settings = comparison.options, comparison.options.settings
    figure.supxlabel(
        f"{comparison.passages} passages of {options.bars} bars from {comparison.pieces} {comparison.split} pieces, "
        f"and what the model plays in their place ({settings.decode}, temperature {settings.temperature:g}, "
        f"top-p {settings.top_p:g}); dashed: means",
        fontsize=9,
    )
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")


def _histogram(axes: Axes, comparison: Comparison, name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    rows = [figures.values[name] for figures in (comparison.held_out, comparison.generated)]
    low, high = min(map(min, rows)), max(map(max, rows))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    labels = ("held-out pieces", "the model")
    axes.hist(rows, edges.tolist(), label=list(labels), color=[HELD_OUT, GENERATED])
    for row, colour in zip(rows, (HELD_OUT, GENERATED), strict=True):
        axes.axvline(float(np.mean(row)), color=colour, linestyle="--", linewidth=1.4)
    if name == COPIED and high > MOST_COPIED_NOTES:
        axes.axvline(MOST_COPIED_NOTES, color="#999999", linewidth=1)
    axes.set_title(TITLES[name], fontsize=10)
    axes.set_ylabel("passages", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)


def _accuracies(axes: Axes, comparison: Comparison) -> None:
    names = list(comparison.classifier_accuracy)
    means = [100 * accuracy.mean for accuracy in comparison.classifier_accuracy.values()]
    errors = [100 * accuracy.standard_error for accuracy in comparison.classifier_accuracy.values()]
    axes.bar([name.replace(" ", "\n") for name in names], means, yerr=errors, color="#777777", width=0.55, capsize=4)
    axes.axhline(50, color="black", linestyle="--", linewidth=1.2)
    axes.set_ylim(0, 100)
    axes.set_title("Told apart (%; 50 is guessing)", fontsize=10)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
