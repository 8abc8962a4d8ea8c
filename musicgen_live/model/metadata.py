"""Reads the metadata of a model file without its weights and without NumPy."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.config.files import open_regular
from musicgen_live.errors import ModelError

_LONGEST_HEADER = 100_000_000
"""The limit of the safetensors library, in bytes."""


@dataclass(frozen=True)
class Metadata:
    """The encoding of a model, its tokens in id order, and its prompts as ids."""

    encoding: str
    tokens: tuple[str, ...]
    prompts: tuple[tuple[int, ...], ...]

    @classmethod
    def read(cls, path: Path) -> Metadata:
        """Read the header of a model file; ModelError if it has none."""
        try:
            with open_regular(path) as file:
                length = int.from_bytes(file.read(8), "little")
                if length > _LONGEST_HEADER:
                    raise ValueError(f"its header would have {length} bytes")
                metadata = json.loads(file.read(length))["__metadata__"]
            prompts = tuple(tuple(operator.index(i) for i in prompt) for prompt in json.loads(metadata["prompts"]))
            tokens = tuple(str(token) for token in json.loads(metadata["vocabulary"]))
            if not prompts or not all(prompt and 0 <= min(prompt) <= max(prompt) < len(tokens) for prompt in prompts):
                raise ValueError("a prompt is empty or names an id that is not in the vocabulary")
            return cls(str(metadata["encoding"]), tokens, prompts)
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise ModelError(f"{path} is not a model file that can be read ({exc})") from exc
