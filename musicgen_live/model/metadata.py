"""What a model file says about itself, read without its weights and without NumPy."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.errors import ModelError

_LONGEST_HEADER = 100_000_000
"""What the safetensors library takes at most."""


@dataclass(frozen=True)
class Metadata:
    """The encoding of a model, its tokens in id order, and its prompts, ids of these."""

    encoding: str
    tokens: tuple[str, ...]
    prompts: tuple[tuple[int, ...], ...]

    @classmethod
    def read(cls, path: Path) -> Metadata:
        """Read the header of a model file; ModelError if it has none."""
        try:
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                if length > _LONGEST_HEADER:
                    raise ValueError(f"its header would have {length} bytes")
                said = json.loads(file.read(length))["__metadata__"]
            prompts = tuple(tuple(operator.index(i) for i in prompt) for prompt in json.loads(said["prompts"]))
            tokens = tuple(str(token) for token in json.loads(said["vocabulary"]))
            if not prompts or not all(prompt and 0 <= min(prompt) <= max(prompt) < len(tokens) for prompt in prompts):
                raise ValueError("a prompt is empty or names an id that is not in the vocabulary")
            return cls(str(said["encoding"]), tokens, prompts)
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise ModelError(f"{path} is not a model file that can be read ({exc})") from exc
