"""Two workers train what one does: processes of their own, with TensorFlow's collective operations between them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.support.datasets import toy_dataset
from tests.support.jack import wait_until
from tests.support.playing import command_of
from tests.support.rooms import ROOT
from tests.support.train_together import options_for, train_in_turn
from training.checkpoint import load_weights
from training.fit import fit
from training.workers import train_together

# Each process imports TensorFlow and traces its functions, which takes minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)

SAME = {"rtol": 1e-4, "atol": 1e-5}
"""Two workers sum the same products in another order."""


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the runs that two workers trained."""
    folder, said = tmp_path_factory.mktemp("together"), list[str]()
    assert train_together(partial(train_in_turn, str(folder)), 2, said.append) == 0
    assert said == []
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the same runs, trained by one worker."""
    folder = tmp_path_factory.mktemp("alone")
    for recipe in ("classic", "stream"):
        fit(toy_dataset(), folder / recipe, options_for(recipe))
    return folder


def assert_same_weights(ours: Path, theirs: Path) -> None:
    tensors = load_weights(theirs / "last.safetensors")[1]
    for name, tensor in load_weights(ours / "last.safetensors")[1].items():
        np.testing.assert_allclose(tensor, tensors[name], **SAME, err_msg=name)  # type: ignore[call-overload]


@pytest.mark.parametrize("recipe", ["classic", "stream"])
def test_two_workers_train_the_weights_of_one(together: Path, alone: Path, recipe: str) -> None:
    assert_same_weights(together / recipe, alone / recipe)
    ours, theirs = (fit(toy_dataset(), each / recipe, options_for(recipe), resume=True) for each in (together, alone))
    assert ours.finished
    for our_row, their_row in zip(ours.history, theirs.history, strict=True):
        for name in ("loss", "accuracy", "valid_loss", "valid_accuracy"):
            assert our_row[name] == pytest.approx(their_row[name], rel=1e-3)


def test_a_signal_to_one_stops_all_and_another_number_goes_on(together: Path, alone: Path) -> None:
    for number in range(2):
        assert json.loads((together / f"stopped-by-{number}.json").read_text()) == signal.SIGTERM
    steps: list[tuple[int, int]] = []
    resumed = fit(
        toy_dataset(),
        together / "stopped",
        options_for("stream"),
        resume=True,
        on_step=lambda report: steps.append((report.epoch, report.step)),
    )
    assert resumed.finished
    assert steps[0] == (2, 4)
    assert_same_weights(together / "stopped", alone / "stream")


def test_each_worker_has_dropout_of_its_own(together: Path) -> None:
    first, second = (json.loads((together / f"seeds-{number}.json").read_text()) for number in range(2))
    others = {name: seed for name, seed in second.items() if seed != first[name]}
    # One before each of the three layers, and one behind them.
    assert others == {name: [first[name][0] + 1, 0] for name in others}
    assert len(others) == 4


def worker_pids(launcher: int) -> list[int]:
    """Return the ids of the processes that a process has started, in order, without Python's resource tracker."""
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text(encoding="ascii").split()
    return sorted(int(pid) for pid in children if b"spawn_main" in command_of(int(pid)))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc to find the workers in")
def test_the_command_starts_workers_and_if_one_is_killed_the_others_end(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path / "data")
    run = tmp_path / "run"
    arguments = [str(tmp_path / "data"), "--out", str(run), "--workers", "2"]
    options = ["--units", "8", "--batch-size", "2", "--epochs", "10000", "--patience", "10000"]
    command = [sys.executable, "-m", "training.cli.main", "fit", *arguments, *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until((run / "checkpoint.safetensors").exists, "the first epoch", limit_s=600)
        os.kill(worker_pids(process.pid)[1], signal.SIGKILL)
        printed, errors = process.communicate()
    assert process.returncode == 2
    assert "This is worker 1 of 2." in printed
    assert "epoch     1/10000  |  loss" in printed
    assert "nother worker has ended, so this one ends too; what was saved last is still there: go on with" in errors
    assert "worker 2 of 2 was killed by signal 9" in errors
