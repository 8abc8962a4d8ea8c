"""Reads and writes models: one `.safetensors` file with the weights and, as metadata, all else that playing needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from musicgen_live.config.files import replace_bytes
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.card import ModelCard
from musicgen_live.model.lstm import Network
from musicgen_live.model.metadata import FORMAT, LONGEST_HEADER_BYTES, Metadata, Outline, opened

LARGEST_WEIGHT = 1e12
"""Larger weights could make a sum of products infinite, and so the logits.

The largest sums are those of a layer above layer normalisation: with all the limits of `architecture.MOST`, 4,096
products of two numbers of which one is a weight and the other at most 64 layers * 65 weights, so below 2e31, and
float32 ends at 3.4e38. The states themselves lie between -1 and 1. Trained weights rarely exceed 10.
"""
_NUMPY_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}
"""The number types of weights in a file; bfloat16, the upper half of a float32, has no type in NumPy."""


@dataclass(frozen=True)
class Bundle:
    """Weights with their vocabulary, architecture, prompts and card.

    `tensors` have the names and shapes of `architecture.tensor_shapes()`, in float16, float32 or float64.
    A prompt is a tuple of ids from a piece held out of training.
    """

    encoding: str
    vocabulary: Vocabulary
    architecture: Architecture
    card: ModelCard
    prompts: tuple[tuple[int, ...], ...]
    tensors: dict[str, NDArray[np.floating]] = field(repr=False)
    outlines: tuple[Outline, ...] = field(default=(), repr=False)
    """The form of the music behind each prompt, as in `Metadata`; empty if none is known."""
    made: Network | None = field(default=None, repr=False, compare=False)
    """The network, in a bundle `for_playing`."""

    def network(self) -> Network:
        """Return the network of these weights, ready to run, and the same object each time."""
        return self.made or self._network

    @cached_property
    def _network(self) -> Network:
        return Network(self.architecture, self.tensors)

    def for_playing(self) -> Bundle:
        """Return this bundle with its network, and without `tensors`, which nothing that plays needs any more."""
        return replace(self, tensors={}, made=self.network())

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
        if self.outlines:
            metadata["outlines"] = json.dumps(self.outlines, separators=(",", ":"))
        # The library (0.8) writes the memory of a transposed array as it lies, in the wrong order.
        tensors = {name: np.ascontiguousarray(tensor) for name, tensor in self.tensors.items()}
        replace_bytes(path, _with_sorted_header(save(tensors, metadata)))

    @classmethod
    def load(cls, path: Path) -> Bundle:
        """Read a model file; ModelError gives the reason if it cannot be played."""
        with opened(path) as file:
            metadata = Metadata.of_header(file)
            file.seek(0)
            data = file.read(8 + LONGEST_HEADER_BYTES + 8 * metadata.architecture.weights)
            try:
                stored = dict(deserialize(data))  # type: ignore[no-untyped-call]
            except SafetensorError as exc:
                raise ValueError(str(exc)) from exc
            shapes = metadata.architecture.tensor_shapes()
            if unknown := sorted(stored.keys() - shapes.keys()):
                raise ValueError(f"its network has no tensor {unknown[0]!r:.60}")
            tensors = {name: _tensor(name, shape, stored.get(name)) for name, shape in shapes.items()}
        vocabulary = Vocabulary(metadata.tokens)
        return cls(
            metadata.encoding,
            vocabulary,
            metadata.architecture,
            metadata.card,
            metadata.prompts,
            tensors,
            metadata.outlines,
        )


def _tensor(name: str, shape: tuple[int, ...], stored: Mapping[str, Any] | None) -> NDArray[np.floating]:
    """Return a tensor of a file; ValueError if it is missing or cannot be played."""
    if stored is None or tuple(stored["shape"]) != shape:
        raise ValueError(f"the tensor {name} is missing or has another shape than {shape}")
    if stored["dtype"] not in _NUMPY_TYPES:
        raise ValueError(f"the tensor {name} holds {stored['dtype']}; float16, float32 and bfloat16 can be played")
    tensor: NDArray[Any] = np.frombuffer(stored["data"], _NUMPY_TYPES[stored["dtype"]]).reshape(shape)
    if stored["dtype"] == "BF16":
        tensor = (tensor.astype(np.uint32) << np.uint32(16)).view(np.float32)
    largest = _largest(tensor)
    # Not "largest > limit": NaN must be refused as well.
    if not largest <= LARGEST_WEIGHT:
        raise ValueError(f"the tensor {name} holds {largest:g}; weights of at most {LARGEST_WEIGHT:g} can be played")
    return tensor


def _largest(tensor: NDArray[np.floating]) -> float:
    """Return the largest absolute value; infinity or NaN if there is one.

    Without their sign, float16 numbers are in the order of their bits, in which NumPy compares them six times faster.
    """
    if tensor.dtype == np.float16:
        return float((tensor.view(np.uint16) & np.uint16(0x7FFF)).max().view(np.float16))
    return float(np.abs(tensor).max())


def _with_sorted_header(file: bytes) -> bytes:
    """Return a `.safetensors` file with its header sorted; the library (0.8) writes metadata in random order."""
    length = int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    # The format requires the weights to begin at a multiple of 8, and allows spaces after the header.
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + file[8 + length :]
