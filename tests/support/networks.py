"""Small random networks and model files for tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.card import ModelCard

INDEX_WINDOW = Architecture(classes=7, units=5, input="index", mode="window", layers=3, window=6)
EMBEDDING_CARRIED = Architecture(classes=7, units=5, input="embedding", mode="carried", embedding=4, window=6)

CARD = ModelCard("classic", 3, "toy pieces", "CC0-1.0", "nobody", "10.5.1", {"test_nats": 1.25})


def random_tensors(architecture: Architecture, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Return weights so large that every gate is far from linear."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 0.8, shape).astype(np.float32) for name, shape in architecture.tensor_shapes().items()}


ROUNDINGS = 64
"""The tolerance, in units in the last place, for two ways to sum the same float32 products. Processors order the sums
differently, layers and steps add to it: 1.1e-5 was seen on logits of 4, which is 23 of these units."""


def assert_same_logits(ours: ArrayLike, theirs: ArrayLike) -> None:
    """Fail if logits differ by more than rounding; the tolerance depends on their size."""
    scale = max(1.0, float(np.abs(np.asarray(theirs)).max()))
    np.testing.assert_allclose(
        np.asarray(ours), np.asarray(theirs), rtol=0, atol=ROUNDINGS * float(np.finfo(np.float32).eps) * scale
    )


def random_bundle(architecture: Architecture = EMBEDDING_CARRIED, dtype: str = "float16", seed: int = 0) -> Bundle:
    """Return the content of a model file with two prompts of six ids."""
    tokens = ("0.4.7", "A3", "B3", "C4", "D4", "E4", "F4", "G4", "A4", "B4")[: architecture.classes]
    tensors = {name: tensor.astype(dtype) for name, tensor in random_tensors(architecture, seed).items()}
    prompts = ((0, 1, 2, 3, 4, 5), (6, 5, 4, 3, 2, 1))
    return Bundle("chords", Vocabulary(tokens), architecture, CARD, prompts, tensors)
