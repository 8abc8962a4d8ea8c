"""Reads and writes models: one `.safetensors` file with the weights and, as metadata, all else that playing needs."""

from __future__ import annotations

import hashlib
import json
import operator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from musicgen_live.config.files import check_regular, replace_bytes
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import ModelError
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.lstm import Network

FORMAT = "musicgen-live model 1"


@dataclass(frozen=True)
class ModelCard:
    """The origin of a model, as plain values; TypeError on values of another type."""

    recipe: str
    epochs: int
    corpus: str
    licence: str
    credit: str
    music21_version: str
    metrics: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = (self.recipe, self.corpus, self.licence, self.credit, self.music21_version)
        if not all(isinstance(text, str) for text in texts) or not isinstance(self.epochs, int):
            raise TypeError(f"the card is not made of texts and a number of epochs: {self}")
        if not isinstance(self.metrics, dict) or not all(isinstance(v, int | float) for v in self.metrics.values()):
            raise TypeError(f"the figures on the card are not numbers: {self.metrics!r}")


@dataclass(frozen=True)
class Bundle:
    """Weights with their vocabulary, architecture, prompts and card.

    `tensors` have the names and shapes of `architecture.tensor_shapes()`, in float16 or float32.
    A prompt is a tuple of ids from a piece held out of training.
    """

    encoding: str
    vocabulary: Vocabulary
    architecture: Architecture
    card: ModelCard
    prompts: tuple[tuple[int, ...], ...]
    tensors: dict[str, NDArray[np.floating]] = field(repr=False)

    def network(self) -> Network:
        """Return the network of these weights, ready to run, and the same object each time."""
        return self._network

    @cached_property
    def _network(self) -> Network:
        return Network(self.architecture, self.tensors)

    def fingerprint(self) -> str:
        """Return a hash of the weights, which identifies them in a run that was fine-tuned from them."""
        digest = hashlib.sha256()
        for name in self.architecture.tensor_shapes():
            digest.update(np.ascontiguousarray(self.tensors[name]).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the file atomically. The same bundle gives the same bytes."""
        metadata = {
            "format": FORMAT,
            "encoding": self.encoding,
            "architecture": json.dumps(self.architecture.to_json()),
            "vocabulary": json.dumps(list(self.vocabulary.tokens)),
            "card": json.dumps(asdict(self.card)),
            "prompts": json.dumps(self.prompts),
        }
        replace_bytes(path, _with_sorted_header(save(dict(self.tensors), metadata)))

    @classmethod
    def load(cls, path: Path) -> Bundle:
        """Read a model file; ModelError gives the reason if it cannot be played."""
        try:
            check_regular(path)
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    file_format = metadata.get("format", "no format")
                    raise ModelError(
                        f"{path} says {file_format!r}, not {FORMAT!r}: it is not a model of this version of "
                        "musicgen-live; make one with: musicgen-train export RUN --out FILE"
                    )
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            bundle = cls._checked(metadata, tensors)
        except FileNotFoundError as exc:
            raise ModelError(f"there is no model file {path}; see: musicgen-live models list") from exc
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise ModelError(f"{path} is not a model file that can be read ({exc})") from exc
        return bundle

    @classmethod
    def _checked(cls, metadata: dict[str, str], tensors: dict[str, NDArray[Any]]) -> Bundle:
        architecture = Architecture.from_json(json.loads(metadata["architecture"]))
        vocabulary = Vocabulary(tuple(str(token) for token in json.loads(metadata["vocabulary"])))
        if len(vocabulary) != architecture.classes:
            raise ValueError(f"{len(vocabulary)} tokens for {architecture.classes} classes")
        prompts = tuple(tuple(operator.index(i) for i in prompt) for prompt in json.loads(metadata["prompts"]))
        if not prompts or not all(prompt and 0 <= min(prompt) <= max(prompt) < len(vocabulary) for prompt in prompts):
            raise ValueError("a prompt is empty or names an id that is not in the vocabulary")
        for name, shape in architecture.tensor_shapes().items():
            if name not in tensors or tensors[name].shape != shape or tensors[name].dtype.kind != "f":
                raise ValueError(f"the tensor {name} is missing or has another shape than {shape}")
            if not np.isfinite(tensors[name]).all():
                raise ValueError(f"the tensor {name} holds numbers that are not finite")
        card = ModelCard(**json.loads(metadata["card"]))
        return cls(metadata["encoding"], vocabulary, architecture, card, prompts, tensors)


def _with_sorted_header(file: bytes) -> bytes:
    """Return a `.safetensors` file with its header sorted; the library (0.8) writes metadata in random order."""
    length = int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    # The format requires the weights to begin at a multiple of 8, and allows spaces after the header.
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + file[8 + length :]
