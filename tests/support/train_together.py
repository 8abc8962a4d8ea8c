"""The work of each process in the tests of training with several; importable by name, as a process needs it."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.support.datasets import toy_dataset, toy_options
from training.recipes import FitOptions
from training.workers import Workers


def options_for(recipe: str) -> FitOptions:
    """Return a recipe without dropout, which differs between workers; the last batch of `classic` is one window."""
    options = replace(toy_options(recipe), dropout=0.0)
    return replace(options, batch_size=13) if recipe == "classic" else options


def train_in_turn(folder: str) -> None:
    """Train both recipes, and a run that a signal to the last worker stops."""
    from training.tf_log import import_keras

    import_keras()
    from training.fit import StepReport, fit
    from training.parallel import connect

    workers = Workers.of_environment()
    assert workers
    is_last = workers.number == len(workers.addresses) - 1
    make_trainer = connect(workers)
    for recipe in ("classic", "stream"):
        fit(toy_dataset(), Path(folder, recipe), options_for(recipe), make_trainer=make_trainer)

    trainer = make_trainer(toy_dataset(), replace(options_for("stream"), dropout=0.5), 10)
    seeds = {name: value.tolist() for name, value in trainer.state().items() if value.shape == (2,)}
    Path(folder, f"seeds-{workers.number}.json").write_text(json.dumps(seeds), encoding="utf-8")

    def stop(report: StepReport) -> None:
        if is_last and (report.epoch, report.step) == (2, 3):
            signal.raise_signal(signal.SIGTERM)

    run = Path(folder, "stopped")
    stopped = fit(toy_dataset(), run, options_for("stream"), make_trainer=make_trainer, on_step=stop)
    Path(folder, f"stopped-by-{workers.number}.json").write_text(json.dumps(stopped.stopped_by), encoding="utf-8")


def wait_for_a_signal(folder: str) -> None:
    """Make a file with the number of this worker, and exit when a signal comes."""
    workers = Workers.of_environment()
    assert workers
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))
    Path(folder, str(workers.number)).touch()
    time.sleep(300)


def fail_in_the_second() -> None:
    """Exit as worker 2, with a last word; wait as another one."""
    workers = Workers.of_environment()
    assert workers
    if workers.number == 1:
        print("no memory left", flush=True)  # noqa: T201 (the test reads it)
        sys.exit(3)
    time.sleep(300)
