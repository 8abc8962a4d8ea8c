"""The training commands, called as on a command line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle
from tests.support.datasets import TUNE, Rows, dataset_of, tune
from tests.support.training_commands import SMALL, invoke
from training.run_lock import locked
from training.runs import read_run

REPOSITORY = Path(__file__).parents[3]


def in_a_process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training.cli.main", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a data set of a tune that repeats, enough for one step of the recipe stream."""
    rows: Rows = [(f"train{i}.mid", f"{i}", "train", tune(TUNE, 400, start=i)) for i in range(3)]
    rows.append(("valid.mid", "3", "valid", tune(TUNE, 130, start=3)))
    rows.append(("test.mid", "4", "test", tune(TUNE, 150, start=5)))
    folder = tmp_path_factory.mktemp("cli") / "data"
    dataset_of(rows).save(folder)
    return folder


@pytest.fixture(scope="module")
def interrupted(data: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Start a run of a thousand epochs in a new process, and interrupt it with Ctrl-C in the first few."""
    run = data.parent / "interrupted"
    command = [sys.executable, "-m", "training.cli.main", "fit", str(data), "--out", str(run), "--units", "4"]
    command += ["--epochs", "1000", "--seed", "7"]
    child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        seen = [child.stdout.readline() for _ in range(2)]
        child.send_signal(signal.SIGINT)
        rest, errors = child.communicate(timeout=120)
    finally:
        child.kill()
        child.wait()
    return run, subprocess.CompletedProcess(command, child.returncode, "".join(seen) + rest, errors)


@pytest.fixture(scope="module")
def run(data: Path) -> Path:
    """Return a finished run."""
    assert invoke("fit", data, "--out", data.parent / "run", *SMALL).exit_code == 0
    return data.parent / "run"


@pytest.fixture(scope="module")
def model(run: Path) -> Path:
    """Return the model file of the run."""
    assert invoke("export", run, "--out", run.parent / "my.safetensors").exit_code == 0
    return run.parent / "my.safetensors"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from training.cli.main import app\n"
        "for command in ('prepare', 'mix', 'fit', 'evaluate', 'export', 'run'):\n"
        "    result = CliRunner().invoke(app, [command, '--help']); assert result.exit_code == 0, result.output\n"
        "print(sorted({'keras', 'tensorflow', 'music21', 'matplotlib', 'safetensors', 'numpy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_an_error_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    ended = in_a_process("fit", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"Error: {tmp_path / 'nowhere'} holds no data set; make one with: musicgen-train")
    assert ended.stderr.count("\n") == 1


def test_ctrl_c_prints_how_to_resume_and_exits_with_130(
    data: Path, interrupted: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    run, ended = interrupted
    assert ended.returncode == 130
    *_, last = ended.stdout.splitlines()
    assert last.startswith("stopped after epoch ")
    assert last.endswith(f" of 1000; go on with: musicgen-train fit {data} --out {run} --resume")
    assert (run / "checkpoint.safetensors").exists()


def test_tensorflow_prints_nothing(interrupted: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert interrupted[1].stderr == ""


def test_without_a_terminal_each_epoch_prints_a_line(
    interrupted: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    first, second, *_ = interrupted[1].stdout.splitlines()
    assert first == "Training with the recipe stream, 4 units, for 1000 epochs."
    assert second.startswith("epoch    1/1000  |  loss ")
    for part in ("accuracy", "held out: loss", "data points/s", "left"):
        assert part in second


def test_resume_without_flags_uses_the_options_of_the_run(
    interrupted: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    options = read_run(interrupted[0]).options
    assert (options.recipe, options.units, options.epochs, options.seed) == ("stream", 4, 1000, 7)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--units", "5"], "was started with --units 4, not 5; leave out --units"),
        (["--recipe", "classic"], "was started with --recipe stream, not classic; leave out --recipe"),
        (["--dropout", "0"], r"was started with --dropout 0.4, not 0.0; leave out --dropout"),
    ],
)
def test_resume_with_other_options_names_the_flag(
    interrupted: tuple[Path, subprocess.CompletedProcess[str]], data: Path, flags: list[str], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        invoke("fit", data, "--out", interrupted[0], "--resume", *flags)


def test_a_run_that_learns_says_trained(data: Path, tmp_path: Path) -> None:
    flags = ["--units", "4", "--epochs", "3", "--learning-rate", "0.02", "--batch-size", "2", "--dropout", "0"]
    ended = invoke("fit", data, "--out", tmp_path / "run", *flags)
    assert ended.output.splitlines()[-1].startswith("Trained. Make a model file of it with: musicgen-train export ")


def test_a_run_with_an_absurd_loss_says_so_and_what_to_try(data: Path, tmp_path: Path) -> None:
    flags = ["--recipe", "classic", "--units", "4", "--epochs", "1", "--learning-rate", "100"]
    ended = invoke("fit", data, "--out", tmp_path / "run", *flags)
    assert ended.exit_code == 0
    assert "Trained." not in ended.output
    assert re.search(
        r"The network has not learnt the music: its loss on the training pieces is \S+ in epoch 1, and guessing would "
        r"give 1.946. Start anew in another folder with a lower --learning-rate than 100, or with more --epochs.",
        ended.output,
    )


def test_two_processes_never_train_one_run(run: Path, data: Path) -> None:
    with locked(run), pytest.raises(TrainingError, match=r"another process trains .* already; wait until it has ended"):
        invoke("fit", data, "--out", run, "--resume")


def test_resuming_a_finished_run_trains_no_further(run: Path, data: Path) -> None:
    before = (run / "last.safetensors").read_bytes()
    ended = invoke("fit", data, "--out", run, "--resume")
    assert ended.exit_code == 0
    assert "Make a model file of it with: musicgen-train export" in ended.output
    assert (run / "last.safetensors").read_bytes() == before


def test_export_finds_the_data_set_and_prints_how_to_play(run: Path, model: Path) -> None:
    ended = invoke("export", run, "--out", model)
    assert ended.output.splitlines()[-1] == f"Wrote {model}. Play it with: musicgen-live play --model {model}"
    assert Bundle.load(model).tensors["output.bias"].dtype == np.float16


def test_export_of_a_run_whose_data_set_was_moved(run: Path, data: Path, tmp_path: Path) -> None:
    moved = data.rename(data.parent / "moved")
    try:
        with pytest.raises(TrainingError, match="holds no data set"):
            invoke("export", run, "--out", tmp_path / "my.safetensors")
        assert invoke("export", run, "--out", tmp_path / "my.safetensors", "--data", moved).exit_code == 0
    finally:
        moved.rename(data)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--weights", "first"], "--weights first is not known; --weights takes best or last"),
        (["--dtype", "int8"], "--dtype int8 is not known; --dtype takes float16 or float32"),
    ],
)
def test_export_lists_valid_values(run: Path, tmp_path: Path, flags: list[str], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        invoke("export", run, "--out", tmp_path / "my.safetensors", *flags)


def test_export_into_a_folder_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is a folder; --out names the model file"):
        invoke("export", run, "--out", tmp_path)


def test_evaluate_prints_a_table_and_the_verdict(model: Path, data: Path) -> None:
    output = invoke("evaluate", model, data).output
    assert output.startswith("50 data points of 1 test piece, which this data set holds out of training:\n")
    assert "n-gram of order 5" in output
    assert "The model LOSES to the n-gram of order " in output
    assert "No comparison" not in output


def test_evaluate_json_is_one_object(model: Path, data: Path) -> None:
    found = json.loads(invoke("evaluate", model, data, "--json", "--split", "valid", "--order", "3").output)
    assert (found["split"], found["network"]["data_points"], found["ngram_order"]) == ("valid", 30, 3)
    assert found["beats_ngram"] is False


def test_evaluate_lists_the_splits(model: Path, data: Path) -> None:
    with pytest.raises(TrainingError, match="--split exam is not known; --split takes train or valid or test"):
        invoke("evaluate", model, data, "--split", "exam")


def test_too_little_music_names_the_needed_amount(tmp_path: Path) -> None:
    rows: Rows = [(f"{i}.mid", f"{i}", "train", tune(TUNE, 30)) for i in range(3)]
    dataset_of(rows).save(tmp_path / "data")
    with pytest.raises(TrainingError, match="hold 90 data points; the recipe classic needs at least 101"):
        invoke("fit", tmp_path / "data", "--out", tmp_path / "run", "--recipe", "classic")
    assert not (tmp_path / "run").exists()
