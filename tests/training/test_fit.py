from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle
from tests.support.datasets import strangers_dataset, toy_dataset, toy_options
from tests.support.fit_until import EPOCH, STEP
from training.checkpoint import load_weights
from training.evaluation.scoring import Score
from training.export import export
from training.fit import FitResult, StepReport, fit
from training.recipes import check_options, fine_tuning, options_for
from training.runs import claim_run, read_run

# These tests trace and train ten networks, which took over five minutes on two busy cores.
pytestmark = pytest.mark.timeout(900)

REPOSITORY = Path(__file__).parents[2]
RECIPES = ["classic", "stream"]
SECONDS = ("seconds", "data_points_per_s")


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """Start a process that trains both recipes in a folder, up to the middle of the second epoch."""
    folder = tmp_path_factory.mktemp("killed")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.fit_until", str(folder)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield folder, process
    finally:
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class Run:
    folder: Path
    result: FitResult
    reports: list[StepReport]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, child: tuple[Path, subprocess.Popen[str]]) -> dict[str, Run]:
    """Train the same runs without a stop, while the child process trains."""
    assert child[1].poll() is None
    runs = {}
    for recipe in RECIPES:
        folder, reports = tmp_path_factory.mktemp("unbroken") / recipe, list[StepReport]()
        result = fit(toy_dataset(), folder, toy_options(recipe), on_step=reports.append)
        runs[recipe] = Run(folder, result, reports)
    return runs


@pytest.fixture(scope="module")
def killed(child: tuple[Path, subprocess.Popen[str]], unbroken: dict[str, Run]) -> Path:
    """Return a folder with a run of each recipe, killed with SIGKILL in the middle of its second epoch."""
    assert set(unbroken) == set(RECIPES)
    folder, process = child
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.kill()
    process.wait()
    return folder


def without_seconds(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name not in SECONDS} for row in history]


def progress_in(run: Path) -> dict[str, float]:
    with safe_open(run / "checkpoint.safetensors", framework="numpy") as stored:
        progress: dict[str, float] = json.loads(stored.metadata()["progress"])
    return progress


def assert_same_outcome(folder: Path, result: FitResult, unbroken: Run) -> None:
    assert result.finished
    assert without_seconds(result.history) == without_seconds(unbroken.result.history)
    for name in ("last.safetensors", "best.safetensors"):
        _, ours, our_epochs = load_weights(folder / name)
        _, theirs, their_epochs = load_weights(unbroken.folder / name)
        assert our_epochs == their_epochs
        assert all(np.array_equal(ours[tensor], theirs[tensor]) for tensor in theirs)


@pytest.mark.parametrize(("recipe", "number"), [("classic", signal.SIGTERM), ("stream", signal.SIGINT)])
def test_a_killed_or_stopped_run_resumes_exactly(
    killed: Path, unbroken: dict[str, Run], recipe: str, number: signal.Signals
) -> None:
    run, options = killed / recipe, toy_options(recipe)
    progress = progress_in(run)
    assert (progress["epoch"], progress["batch"]) == (EPOCH - 1, STEP - 1)

    steps: list[tuple[int, int]] = []

    def signal_in_the_third_epoch(report: StepReport) -> None:
        steps.append((report.epoch, report.step))
        if steps[-1] == (3, 3):
            signal.raise_signal(number)

    stopped = fit(toy_dataset(), run, options, resume=True, on_step=signal_in_the_third_epoch)
    assert (steps[0], steps[-1]) == ((EPOCH, STEP), (3, 3))
    assert (stopped.finished, stopped.stopped_by, len(stopped.history)) == (False, number, 2)
    assert (run / "curve.png").exists()

    steps.clear()
    result = fit(toy_dataset(), run, options, resume=True, on_step=lambda r: steps.append((r.epoch, r.step)))
    assert steps[0] == (3, 4)
    assert_same_outcome(run, result, unbroken[recipe])


def test_signal_handlers_are_restored(unbroken: dict[str, Run]) -> None:
    assert unbroken
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_run_without_checkpoint_resumes_from_the_beginning(tmp_path: Path, unbroken: dict[str, Run]) -> None:
    claim_run(tmp_path, toy_dataset(), toy_options("stream"), resume=False, data_folder=None)
    result = fit(toy_dataset(), tmp_path, toy_options("stream"), resume=True)
    assert_same_outcome(tmp_path, result, unbroken["stream"])


def test_resuming_a_finished_run_changes_nothing(unbroken: dict[str, Run]) -> None:
    run, result = unbroken["stream"].folder, unbroken["stream"].result
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.suffix != ".png"}
    again = fit(toy_dataset(), run, toy_options("stream"), resume=True)
    assert again == result
    assert before == {path.name: path.read_bytes() for path in run.iterdir() if path.suffix != ".png"}


def test_the_same_music_options_and_seed_give_the_weights_of_before(unbroken: dict[str, Run]) -> None:
    """The literals are of 2026-11-29; processors differ in the last digits of a product, and Adam magnifies that."""
    biases = {
        "classic": [-0.0127, -0.0590, -0.1110, -0.1247, -0.0926, 0.1945, -0.0404],
        "stream": [-0.0522, 0.1239, 0.0009, -0.1276, -0.0735, 0.1895, -0.2018],
    }
    for recipe, expected in biases.items():
        tensors = load_weights(unbroken[recipe].folder / "last.safetensors")[1]
        np.testing.assert_allclose(tensors["output.bias"], expected, atol=2e-3)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_writes_a_training_curve_as_table_and_picture(unbroken: dict[str, Run], recipe: str) -> None:
    run, result = unbroken[recipe].folder, unbroken[recipe].result
    with (run / "history.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert rows == result.history
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert (run / "curve.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("recipe", RECIPES)
def test_best_weights_have_the_lowest_held_out_loss(unbroken: dict[str, Run], recipe: str) -> None:
    run, result = unbroken[recipe].folder, unbroken[recipe].result
    best = min(result.history, key=lambda row: row["valid_loss"])
    assert load_weights(run / "best.safetensors")[2] == best["epoch"]
    assert load_weights(run / "last.safetensors")[2] == 3


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_toy_tune_is_learned(tmp_path: Path, recipe: str) -> None:
    # Always predicting the most frequent token would be right for a quarter of the tune.
    options = replace(toy_options(recipe, epochs=15), units=12, batch_size=8 if recipe == "classic" else 2)
    result = fit(toy_dataset(), tmp_path, replace(options, dropout=0.0, learning_rate=0.03))
    assert result.history[-1]["accuracy"] > 0.5
    assert result.history[-1]["valid_accuracy"] > 0.5


@pytest.mark.parametrize("recipe", RECIPES)
def test_steps_are_reported_one_by_one(unbroken: dict[str, Run], recipe: str) -> None:
    reports = unbroken[recipe].reports
    steps, epochs = reports[0].steps, 3
    assert [(r.epoch, r.step) for r in reports] == [(e, s) for e in range(1, epochs + 1) for s in range(1, steps + 1)]
    assert {report.epochs for report in reports} == {epochs}
    assert all(report.tokens_per_s > 0 for report in reports)
    for row in unbroken[recipe].result.history:
        last = reports[int(row["epoch"]) * steps - 1]
        assert (last.loss, last.accuracy) == (row["loss"], row["accuracy"])


def test_resuming_with_other_data_or_options_is_refused(
    unbroken: dict[str, Run],
) -> None:
    run = unbroken["stream"].folder
    with pytest.raises(TrainingError, match="another data set"):
        fit(strangers_dataset(), run, toy_options("stream"), resume=True)
    with pytest.raises(TrainingError, match="--seed"):
        fit(toy_dataset(), run, replace(toy_options("stream"), seed=1), resume=True)


def test_a_checkpoint_that_does_not_fit_is_an_error(tmp_path: Path, unbroken: dict[str, Run]) -> None:
    run = shutil.copytree(unbroken["stream"].folder, tmp_path / "run")
    whole = (run / "checkpoint.safetensors").read_bytes()
    (run / "checkpoint.safetensors").write_bytes(whole[:-100])
    with pytest.raises(TrainingError, match=r"checkpoint.safetensors does not fit this run"):
        fit(toy_dataset(), run, toy_options("stream"), resume=True)


def test_divergence_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"has diverged: the loss is (nan|inf) in epoch 1; .*lower --learning-rate"):
        fit(toy_dataset(), tmp_path, replace(toy_options("classic"), learning_rate=1e38, units=2))


def test_too_little_music_leaves_no_run_behind(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="needs at least"):
        fit(toy_dataset(), tmp_path / "run", replace(toy_options("stream"), batch_size=100))
    assert not (tmp_path / "run").exists()


def test_weights_before_the_first_epoch_has_ended(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no trained weights yet"):
        load_weights(tmp_path / "best.safetensors")


def test_a_run_ends_after_epochs_without_a_lower_held_out_loss(tmp_path: Path) -> None:
    # The held-out pieces share no token with the training pieces, so training can only make them less likely.
    options = replace(toy_options("stream", epochs=20), patience=2, learning_rate=0.1)
    result = fit(strangers_dataset(), tmp_path, options)
    losses = [row["valid_loss"] for row in result.history]
    assert result.finished
    assert len(losses) == losses.index(min(losses)) + 3 < 20
    assert load_weights(tmp_path / "best.safetensors")[2] == losses.index(min(losses)) + 1
    assert fit(strangers_dataset(), tmp_path, options, resume=True).history == result.history


def test_a_run_fine_tunes_a_model(tmp_path: Path, unbroken: dict[str, Run]) -> None:
    export(unbroken["stream"].folder, toy_dataset(), tmp_path / "base.safetensors", dtype="float32")
    base = Bundle.load(tmp_path / "base.safetensors")
    options = options_for("stream", **fine_tuning(base, toy_dataset(), {"batch_size": 2, "epochs": 1}))
    # Steps so small that the weights hardly change.
    options = replace(options, segment=8, learning_rate=1e-9)
    assert (options.units, options.embedding, options.recall) == (8, 4, True)
    base_scores: list[Score] = []
    result = fit(toy_dataset(), tmp_path / "run", options, base=base, on_base=base_scores.append)
    best = min(row["valid_loss"] for row in unbroken["stream"].result.history)
    assert base_scores[0].nats == pytest.approx(best, rel=1e-5)
    for name, tensor in load_weights(tmp_path / "run" / "last.safetensors")[1].items():
        np.testing.assert_allclose(tensor, base.tensors[name], atol=1e-6)

    assert read_run(tmp_path / "run").base_card == base.card
    again = fit(toy_dataset(), tmp_path / "run", options, resume=True, on_base=base_scores.append)
    assert (again.history, len(base_scores)) == (result.history, 1)

    # A run killed before the first batch resumes from its checkpoint; without that it needs --from again.
    (tmp_path / "run" / "checkpoint.safetensors").unlink()
    with pytest.raises(TrainingError, match="was stopped before it had begun; say --from again"):
        fit(toy_dataset(), tmp_path / "run", options, resume=True)
    resumed = fit(toy_dataset(), tmp_path / "run", options, base=base, resume=True)
    assert without_seconds(resumed.history) == without_seconds(result.history)


def test_invalid_fine_tuning_is_refused_before_reading(tmp_path: Path, unbroken: dict[str, Run]) -> None:
    base = export(unbroken["stream"].folder, toy_dataset(), tmp_path / "base.safetensors")
    with pytest.raises(TrainingError, match="the recipe classic begins anew; to go on --from a model, leave out --re"):
        check_options("classic", base, {})
    with pytest.raises(TrainingError, match="has 8 units; leave out --units"):
        check_options("stream", base, {"units": 9})
    recipe = export(unbroken["classic"].folder, toy_dataset(), tmp_path / "base.safetensors")
    with pytest.raises(TrainingError, match="is of the recipe classic; only those of the recipe stream go on"):
        check_options("stream", recipe, {})


def test_bfloat16_resumes_exactly(tmp_path: Path) -> None:
    options = replace(toy_options("stream", epochs=2), precision="bfloat16")
    whole = fit(toy_dataset(), tmp_path / "whole", options)

    def stop(report: StepReport) -> None:
        if (report.epoch, report.step) == (1, 4):
            signal.raise_signal(signal.SIGTERM)

    assert not fit(toy_dataset(), tmp_path / "halved", options, on_step=stop).finished
    resumed = fit(toy_dataset(), tmp_path / "halved", options, resume=True)
    assert without_seconds(resumed.history) == without_seconds(whole.history)
