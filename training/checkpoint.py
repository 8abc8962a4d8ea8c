"""The state of a training run on disk, complete enough to go on as if it had never stopped."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from musicgen_live.config.files import replacing
from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import Architecture
from training.network import Tensors


@dataclass
class Progress:
    """Where a run stands: the next batch to do, the sums of the epoch so far, and the epochs done."""

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    accuracy_sum: float = 0.0
    data_points: int = 0
    seconds: float = 0.0
    best_loss: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write every variable of model and optimizer (weights, moments, carried states, dropout seeds), and `progress`."""
    tensors = {name: _stored(keras.ops.convert_to_numpy(v)) for name, v in _variables(model).items()}
    with replacing(path) as temporary:
        save_file(tensors, temporary, {"progress": json.dumps(asdict(progress))})


def _stored(array: NDArray[Any]) -> NDArray[Any]:
    """As it is, or, as NumPy has no bfloat16 of its own, the same numbers in float32."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else np.asarray(array)


def load_checkpoint(path: Path, model: keras.Model) -> Progress:
    """Put a checkpoint into a model of the same shape; TrainingError if it does not fit.

    A run that ended before its first checkpoint goes on from where it stands: the beginning.
    """
    if not path.exists():
        return Progress()
    try:
        with safe_open(path, framework="numpy") as stored:
            for name, variable in _variables(model).items():
                variable.assign(stored.get_tensor(name))
            return Progress(**json.loads(stored.metadata()["progress"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as exc:
        raise TrainingError(
            f"the checkpoint {path} does not fit this run ({exc}); start anew in another --out"
        ) from exc


def _variables(model: keras.Model) -> dict[str, Any]:
    named = {f"model.{i}": v for i, v in enumerate(model.variables)}
    named.update({f"optimizer.{i}": v for i, v in enumerate(model.optimizer.variables)})
    return named


def save_weights(path: Path, architecture: Architecture, tensors: Tensors, epoch: int) -> None:
    """Write the weights alone, with the architecture and the number of epochs they were trained for."""
    metadata = {"architecture": json.dumps(architecture.to_json()), "epochs": str(epoch)}
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata)


def load_weights(path: Path) -> tuple[Architecture, Tensors, int]:
    """The inverse of `save_weights`; TrainingError if the run has written none yet."""
    try:
        with safe_open(path, framework="numpy") as stored:
            metadata = stored.metadata()
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
        return Architecture.from_json(json.loads(metadata["architecture"])), tensors, int(metadata["epochs"])
    except FileNotFoundError as exc:
        raise TrainingError(
            f"{path.parent} holds no trained weights yet: the first epoch has to end; continue with --resume"
        ) from exc
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as exc:
        raise TrainingError(f"the weights {path} cannot be read ({exc})") from exc
