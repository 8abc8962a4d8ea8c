"""Saves and loads the state of a training run, complete enough to resume exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from musicgen_live.config.files import check_regular, replacing
from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import Architecture

from .network import Tensors


@dataclass
class Progress:
    """Progress of a run: the next batch, the sums of the epoch so far, and the finished epochs.

    Checkpoints store it under these field names; `data_points` is the number of tokens trained on in this epoch.
    """

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    accuracy_sum: float = 0.0
    data_points: int = 0
    seconds: float = 0.0
    best_loss: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(path: Path, state: Mapping[str, NDArray[Any]], progress: Progress) -> None:
    """Save the state of a `Trainer`, and `progress`."""
    with saving(path), replacing(path) as temporary:
        save_file(dict(state), temporary, {"progress": json.dumps(asdict(progress))})


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Raise TrainingError, with advice, if the block cannot write a file of a run."""
    try:
        yield
    except (OSError, SafetensorError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise TrainingError(
            f"{path} cannot be written ({reason}); what was saved before is still there: free some space, then go on "
            "with --resume, or with the same run command"
        ) from exc


def _stored(variable: keras.Variable) -> NDArray[Any]:
    """Return the value of a variable, converted to float32 if it is bfloat16, which NumPy itself does not have."""
    array = keras.ops.convert_to_numpy(variable)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else np.asarray(array)


def load_checkpoint(path: Path, restore: Callable[[Mapping[str, NDArray[Any]]], None]) -> Progress:
    """Give the state in a checkpoint to `restore`, and return its progress; TrainingError if it does not fit."""
    try:
        check_regular(path)
        with safe_open(path, framework="numpy") as file:
            restore({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 (not a dict)
            return _progress(json.loads(file.metadata()["progress"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise TrainingError(
            f"the checkpoint {path} does not fit this run ({exc}); export what the last whole epoch has learnt, or "
            "start anew in another --out"
        ) from exc


def _progress(values: dict[str, Any]) -> Progress:
    """Return the progress that a checkpoint stores; ValueError, TypeError or AttributeError if it cannot be."""
    progress = Progress(**values)
    counts = (progress.epoch, progress.batch, progress.data_points)
    sums = (progress.loss_sum, progress.accuracy_sum, progress.seconds)
    if not all(type(count) is int and count >= 0 for count in counts) or not all(math.isfinite(each) for each in sums):
        raise ValueError(f"its progress is {values!r:.200}")
    rows = progress.history
    figures = [progress.best_loss or 0.0, *(value for row in rows for value in row.values())]
    if len(rows) != progress.epoch or not all(isinstance(figure, int | float) for figure in figures):
        raise ValueError(f"its figures of {progress.epoch} epochs are {rows!r:.200}")
    return progress


def state_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Return all variables of a model and its optimizer under their names in a checkpoint."""
    named = {f"model.{i}": v for i, v in enumerate(model.variables)}
    named.update({f"optimizer.{i}": v for i, v in enumerate(model.optimizer.variables)})
    return named


def state_of(model: keras.Model) -> dict[str, NDArray[Any]]:
    """Return all variables of a model and its optimizer (weights, moments, carried states, dropout seeds), by name."""
    return {name: _stored(variable) for name, variable in state_variables(model).items()}


def restore(model: keras.Model, state: Mapping[str, NDArray[Any]]) -> None:
    """Set the variables that `state_of` returned; KeyError or ValueError if they are those of another model."""
    for name, variable in state_variables(model).items():
        variable.assign(state[name])


def save_weights(path: Path, architecture: Architecture, tensors: Tensors, epoch: int) -> None:
    """Save the weights alone, with the architecture and the number of epochs of training."""
    metadata = {"architecture": json.dumps(architecture.to_json()), "epochs": str(epoch)}
    with saving(path), replacing(path) as temporary:
        save_file(tensors, temporary, metadata)


def load_weights(path: Path) -> tuple[Architecture, Tensors, int]:
    """Load the result of `save_weights` as (architecture, tensors, epochs); TrainingError if there is none yet."""
    try:
        check_regular(path)
        with safe_open(path, framework="numpy") as stored:
            metadata = stored.metadata()
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
        architecture = Architecture.from_json(json.loads(metadata["architecture"]))
        if {name: tensor.shape for name, tensor in tensors.items()} != architecture.tensor_shapes():
            raise ValueError("its tensors are not those of its network")
        return architecture, tensors, int(metadata["epochs"])
    except FileNotFoundError as exc:
        raise TrainingError(
            f"{path.parent} holds no trained weights yet: the first epoch has to end; continue with --resume"
        ) from exc
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError) as exc:
        other = "best" if path.stem == "last" else "last"
        raise TrainingError(f"the weights {path} cannot be read ({exc}); try --weights {other}") from exc
