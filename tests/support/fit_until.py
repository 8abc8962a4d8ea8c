"""Training runs for a test to kill, in a separate process: one of each recipe, both in the middle of an epoch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.datasets import toy_dataset, toy_options
from training.fit import StepReport, fit

EPOCH, STEP = 2, 5


def train_until(recipe: str, runs: Path, then: Callable[[], None]) -> None:
    """Train with a checkpoint after every batch; call `then` before the checkpoint of epoch 2, step 5."""

    def on_step(report: StepReport) -> None:
        if (report.epoch, report.step) == (EPOCH, STEP):
            then()

    fit(toy_dataset(), runs / recipe, toy_options(recipe), checkpoint_every_s=0, on_step=on_step)


def wait_to_be_killed() -> None:
    """Print "waiting", and wait."""
    print("waiting", flush=True)  # noqa: T201 (the test reads it)
    time.sleep(300)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    # The second run begins inside the first, so that one kill ends both and TensorFlow is imported once.
    train_until("classic", folder, lambda: train_until("stream", folder, wait_to_be_killed))
