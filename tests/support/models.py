"""Toy models with random weights from a fixed seed and a vocabulary of a few notes and chords."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.card import ModelCard

TOKENS = ("0.4.7", "11.2.5", "4", "A3", "C4", "C5", "D4", "E4", "F4", "G4", "G5")


def toy_bundle(mode: Literal["window", "carried"] = "carried", units: int = 8) -> Bundle:
    """Return a model of three layers that always plays the same, musically worthless notes."""
    if mode == "window":
        architecture = Architecture(len(TOKENS), units, "index", "window")
    else:
        architecture = Architecture(len(TOKENS), units, "embedding", "carried", embedding=6)
    rng = np.random.default_rng(4)
    tensors = {
        name: rng.normal(0, 1.5, shape).astype(np.float16) for name, shape in architecture.tensor_shapes().items()
    }
    prompts = tuple(tuple(int(i) for i in rng.integers(len(TOKENS), size=100)) for _ in range(3))
    card = ModelCard("stream", 1, "toy", "CC0", "", "10.5.1")
    return Bundle("chords", Vocabulary(TOKENS), architecture, card, prompts, dict(tensors))


def toy_model(folder: Path, mode: Literal["window", "carried"] = "carried") -> Path:
    """Write a toy model into `folder` and return its path."""
    path = folder / f"toy-{mode}.safetensors"
    toy_bundle(mode).save(path)
    return path


def toy_bars_bundle(encoding: str = "bars", *, remembers: bool = False) -> Bundle:
    """Return a model in bars with random weights, and prompts of a few styles, time signatures and modes.

    One that `remembers` has recall, recall by intervals and references.
    """
    vocabulary = bar_tokens.VOCABULARY
    architecture = Architecture(len(vocabulary), 8, "embedding", "carried", embedding=6)
    if remembers:
        first = bar_tokens.ids_of("bar").start
        architecture = replace(architecture, recall_from=first, intervals=True, reference=True)
    rng = np.random.default_rng(1)
    tensors = {
        name: rng.normal(0, 1.5, shape).astype(np.float16) for name, shape in architecture.tensor_shapes().items()
    }
    hand = "|hand right" if encoding == "bars-hands" else ""
    notes = f"position 0{hand}|pitch 60|duration 24|pitch 64|duration 24"
    prompts = (
        f"style ragtime|key C major|density dense|bar 2/4|{notes}",
        f"style ragtime|key A minor|bar 2/4|{notes}|bar 2/4|{notes}",
        f"style baroque|key A minor|bar 3/4|{notes}",
        f"style romantic|key C major|bar 1/4|bar 4/4|{notes}|bar 4/4|{notes}",
    )
    ids = tuple(tuple(vocabulary.encode(prompt.split("|"))) for prompt in prompts)
    card = ModelCard("stream", 1, "toy", "CC0", "", "10.5.1")
    return Bundle(encoding, vocabulary, architecture, card, ids, dict(tensors))
