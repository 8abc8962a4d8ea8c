"""Writes the training curve of a run as a table and as a picture."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from musicgen_live.config.files import replace_text, replacing


def write_csv(history: list[dict[str, float]], path: Path) -> None:
    """Write a header with the column names and one line per epoch."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    replace_text(path, text.getvalue())


def draw(history: list[dict[str, float]], path: Path) -> None:
    """Plot training and held-out loss over the epochs as PNG; write no file before the first epoch has ended."""
    if not history:
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    epochs = [row["epoch"] for row in history]
    axes.plot(epochs, [row["loss"] for row in history], label="training pieces")
    axes.plot(epochs, [row["valid_loss"] for row in history], label="held-out pieces")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss (nats a data point)")
    axes.grid(alpha=0.3)
    axes.legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
