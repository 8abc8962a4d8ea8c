"""Shows the progress of training commands, and handles Ctrl-C."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from musicgen_live.cli.console import echo

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..evaluation.scoring import Score
    from ..fit import StepReport

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells: 128 plus the number of the signal."""


@contextmanager
def interruptible(resume_command: str) -> Iterator[None]:
    """End the command after Ctrl-C with a line that prints how to resume."""
    try:
        yield
    except KeyboardInterrupt:
        echo(f"\nstopped; go on with: {resume_command}")
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show a message on a terminal during a long task."""
    from rich.console import Console

    with Console(stderr=True).status(message):
        yield


class FitDisplay:
    """Progress display of a training run: a bar if the output is a terminal, and always a line per epoch."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._started_s = time.monotonic()
        self._epochs_done = 0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> FitDisplay:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console()
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                TextColumn("{task.fields[figures]}"),
                TimeRemainingColumn(),
                TextColumn("left"),
                console=console,
                expand=True,
            )
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def base(self, score: Score) -> None:
        """Print the held-out score of the model before fine-tuning."""
        if score.tokens:
            self._print(f"before  |  held out: loss {score.nats:.3f}  accuracy {score.top1:.1%}")

    def step(self, report: StepReport) -> None:
        """Update the bar after a batch."""
        if self._bar is None:
            return
        done = (report.epoch - 1) * report.steps + report.step
        description = f"epoch {report.epoch}/{report.epochs}"
        figures = f"loss {report.loss:.3f}  accuracy {report.accuracy:.1%}  {report.tokens_per_s:,.0f} data points/s"
        if self._task is None:
            total = report.epochs * report.steps
            self._task = self._bar.add_task(description, total=total, completed=done, figures=figures)
        else:
            self._bar.update(self._task, description=description, completed=done, figures=figures)

    def epoch(self, row: dict[str, float]) -> None:
        """Print the figures of an epoch."""
        self._epochs_done += 1
        left = self._epochs - int(row["epoch"])
        parts = [
            f"epoch {int(row['epoch']):>{len(str(self._epochs))}}/{self._epochs}",
            f"loss {row['loss']:.3f}  accuracy {row['accuracy']:.1%}",
        ]
        if not math.isnan(row["valid_loss"]):
            parts.append(f"held out: loss {row['valid_loss']:.3f}  accuracy {row['valid_accuracy']:.1%}")
        parts.append(f"{row['data_points_per_s']:,.0f} data points/s")
        if left:
            parts.append(f"{duration((time.monotonic() - self._started_s) / self._epochs_done * left)} left")
        self._print("  |  ".join(parts))

    def _print(self, line: str) -> None:
        if self._bar is None:
            echo(line)
        else:
            self._bar.console.print(line, highlight=False, soft_wrap=True)


def duration(seconds: float) -> str:
    """Format seconds as seconds, minutes or hours, for people."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
