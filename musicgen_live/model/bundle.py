"""A model on disk: one `.safetensors` file with the weights and, as metadata, all that is needed to play them."""

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

from musicgen_live.config.files import replace_bytes
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import ModelError
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.lstm import Network

FORMAT = "musicgen-live model 1"


@dataclass(frozen=True)
class ModelCard:
    """Where a model comes from, as plain values."""

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
    """Weights with the vocabulary and architecture they belong to, prompts to start from, and their card.

    `tensors` are named and shaped as `architecture.tensor_shapes()`, in float16 or float32.
    A prompt is a tuple of ids from a piece held out of training.
    """

    encoding: str
    vocabulary: Vocabulary
    architecture: Architecture
    card: ModelCard
    prompts: tuple[tuple[int, ...], ...]
    tensors: dict[str, NDArray[np.floating]] = field(repr=False)

    def network(self) -> Network:
        """The weights made ready to run, each time the same."""
        return self._network

    @cached_property
    def _network(self) -> Network:
        return Network(self.architecture, self.tensors)

    def fingerprint(self) -> str:
        """A hash of the weights, by which a run that went on from them can be known."""
        digest = hashlib.sha256()
        for name in self.architecture.tensor_shapes():
            digest.update(np.ascontiguousarray(self.tensors[name]).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the file, atomically. Same bundle, same bytes."""
        metadata = {
            "format": FORMAT,
            "encoding": self.encoding,
            "architecture": json.dumps(self.architecture.to_json()),
            "vocabulary": json.dumps(list(self.vocabulary.tokens)),
            "card": json.dumps(asdict(self.card)),
            "prompts": json.dumps(self.prompts),
        }
        replace_bytes(path, _in_fixed_order(save(dict(self.tensors), metadata)))

    @classmethod
    def load(cls, path: Path) -> Bundle:
        """Read a model file; ModelError says what is wrong with one that cannot be played."""
        try:
            with safe_open(path, framework="numpy") as stored:
                metadata = stored.metadata() or {}
                if metadata.get("format") != FORMAT:
                    found = metadata.get("format", "no format")
                    raise ModelError(
                        f"{path} says {found!r}, not {FORMAT!r}: it is not a model of this version of "
                        "musicgen-live; make one with: musicgen-train export RUN --out FILE"
                    )
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
            bundle = cls._of(metadata, tensors)
        except FileNotFoundError as exc:
            raise ModelError(f"there is no model file {path}; see: musicgen-live models list") from exc
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise ModelError(f"{path} is not a model file that can be read ({exc})") from exc
        return bundle

    @classmethod
    def _of(cls, metadata: dict[str, str], tensors: dict[str, NDArray[Any]]) -> Bundle:
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


def _in_fixed_order(stored: bytes) -> bytes:
    """The same `.safetensors` with its header in sorted order; the library (0.8) writes metadata in a random one."""
    length = int.from_bytes(stored[:8], "little")
    header = json.dumps(json.loads(stored[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    # The format wants the weights to begin at a multiple of 8; spaces may fill the header up.
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + stored[8 + length :]
