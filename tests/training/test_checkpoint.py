from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from musicgen_live.errors import TrainingError
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, random_tensors
from training.checkpoint import (
    Progress,
    load_checkpoint,
    load_weights,
    restore,
    save_checkpoint,
    save_weights,
    state_of,
)
from training.network import build

REPOSITORY = Path(__file__).parents[2]


def compiled() -> keras.Model:
    model = build(EMBEDDING_CARRIED, dropout=0.5, streams=2)
    model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.optimizer.build(model.trainable_variables)
    return model


def test_a_checkpoint_has_the_complete_training_state(tmp_path: Path) -> None:
    model = compiled()
    rng = np.random.default_rng(1)
    expected = {}
    carried = [state for layer in model.layers if getattr(layer, "stateful", False) for state in layer.states]
    assert len(carried) == 2 * EMBEDDING_CARRIED.layers
    for variable in [*model.variables, *carried, *model.optimizer.variables]:
        value = rng.integers(1, 100, variable.shape).astype(variable.dtype)
        variable.assign(value)
        expected[id(variable)] = (variable, value)
    assert {"seed_generator_state", "iteration", "rnn_state"} <= {variable.name for variable, _ in expected.values()}
    progress = Progress(1, 7, 1.5, 0.1 + 0.2, 640, 12.5, 2.25, [{"epoch": 1, "loss": 1 / 3}])
    save_checkpoint(tmp_path / "checkpoint.safetensors", state_of(model), progress)

    for variable, value in expected.values():
        variable.assign(np.zeros_like(value))
    assert load_checkpoint(tmp_path / "checkpoint.safetensors", partial(restore, model)) == progress
    for variable, value in expected.values():
        assert np.array_equal(keras.ops.convert_to_numpy(variable), value), variable.path


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\xff" * 64], ids=["empty", "short", "long"])
def test_a_damaged_checkpoint_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    with pytest.raises(TrainingError, match=r"checkpoint.safetensors does not fit this run"):
        load_checkpoint(tmp_path / "checkpoint.safetensors", partial(restore, compiled()))


@pytest.mark.parametrize(
    "progress",
    [
        Progress(epoch="2"),  # type: ignore[arg-type]
        Progress(batch=-1),
        Progress(loss_sum=float("nan")),
        Progress(epoch=3, history=[{"loss": 1.0}]),
        Progress(epoch=1, history=[{"loss": "low"}]),  # type: ignore[dict-item]
        Progress(epoch=1, history=[1.0]),  # type: ignore[list-item]
        Progress(best_loss="low"),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_progress_that_cannot_be_is_an_error(tmp_path: Path, progress: Progress) -> None:
    model = compiled()
    save_checkpoint(tmp_path / "checkpoint.safetensors", state_of(model), progress)
    with pytest.raises(TrainingError, match=r"checkpoint.safetensors does not fit this run"):
        load_checkpoint(tmp_path / "checkpoint.safetensors", partial(restore, model))


def test_a_full_disk_is_a_sentence_and_the_checkpoint_stays(tmp_path: Path) -> None:
    script = f"""
import resource
from pathlib import Path
from musicgen_live.errors import TrainingError
from tests.support.networks import INDEX_WINDOW, random_tensors
from training.checkpoint import load_weights, save_weights
path = Path({str(tmp_path)!r}, "last.safetensors")
save_weights(path, INDEX_WINDOW, random_tensors(INDEX_WINDOW), 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    save_weights(path, INDEX_WINDOW, random_tensors(INDEX_WINDOW), 2)
except TrainingError as error:
    print(error)
print(load_weights(path)[2], *(each.name for each in path.parent.iterdir()))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    said, left = ended.stdout.splitlines()
    assert said.startswith(f"{tmp_path / 'last.safetensors'} cannot be written (")
    assert said.endswith("; what was saved before is still there: free some space, then go on with --resume, or with "
                         "the same run command")  # fmt: skip
    assert left == "1 last.safetensors"


def test_weights_of_another_network_are_an_error(tmp_path: Path) -> None:
    save_weights(tmp_path / "best.safetensors", INDEX_WINDOW, random_tensors(EMBEDDING_CARRIED), epoch=1)
    with pytest.raises(TrainingError, match=r"its tensors are not those of its network.*; try --weights last"):
        load_weights(tmp_path / "best.safetensors")


def test_weights_round_trip(tmp_path: Path) -> None:
    tensors = random_tensors(INDEX_WINDOW)
    save_weights(tmp_path / "best.safetensors", INDEX_WINDOW, tensors, epoch=12)
    architecture, loaded, epoch = load_weights(tmp_path / "best.safetensors")
    assert (architecture, epoch) == (INDEX_WINDOW, 12)
    assert set(loaded) == set(tensors)
    assert all(np.array_equal(loaded[name], tensors[name]) for name in tensors)


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no trained weights yet: the first epoch has to end"):
        load_weights(tmp_path / "best.safetensors")


def test_damaged_weights_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "best.safetensors").write_bytes(b"rubbish" * 9)
    with pytest.raises(TrainingError, match=r"best.safetensors cannot be read"):
        load_weights(tmp_path / "best.safetensors")
