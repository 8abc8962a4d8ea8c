"""Random music in bars, a data set of it, and a model with random weights, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.card import ModelCard
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from training.data.dataset import Corpus, Dataset, Split

C_MAJOR = (60, 62, 64, 65, 67, 69, 71)


def melody(seed: int, bar_count: int, *, pitches: tuple[int, ...] = C_MAJOR) -> Score:
    """Return a random walk of eighths and quarters in 3/4 over some pitches, above one bass note per bar."""
    rng = np.random.default_rng(seed)
    notes, tick, at = [], 0, int(rng.integers(len(pitches)))
    while tick < bar_count * 3 * PPQ:
        length = int(rng.choice([PPQ // 2, PPQ]))
        at = min(max(at + int(rng.integers(-1, 2)), 0), len(pitches) - 1)
        notes.append(Note(tick, length, pitches[at], 88))
        tick += length
    bass = [Note(bar * 3 * PPQ, 3 * PPQ, 36 + int(rng.choice([0, 5, 7])), 88) for bar in range(bar_count)]
    return Score((tuple(sorted(notes + bass)),), (TimeSignatureChange(0, TimeSignature(3, 4)),), bar_count * 3 * PPQ)


def tokens_of(score: Score, style: str = "any") -> list[str]:
    return [f"style {style}", *bars.encode(score)]


def ids_of(score: Score) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """Return the ids of a score's bars, without a header and without `end`."""
    return np.array(bar_tokens.VOCABULARY.encode(bars.encode(score)[:-1]), np.uint16)


@cache
def bars_dataset() -> Dataset:
    """Return four training pieces of 24 bars, and five test pieces of 20 bars, of two styles."""
    rows: list[tuple[str, str, Split, list[str]]] = [
        (f"train{i}.mid", f"{i}", "train", tokens_of(melody(i, 24), ("baroque", "ragtime")[i % 2])) for i in range(4)
    ]
    rows += [
        (f"test{i}.mid", f"{i}", "test", tokens_of(melody(i, 20), ("baroque", "ragtime")[i % 2])) for i in range(10, 15)
    ]
    return Dataset.of("bars", Corpus("toy tunes", "CC0-1.0", "nobody"), "10.5.1", rows)


def bars_bundle(seed: int = 1) -> Bundle:
    """Return a model of the `bars` encoding with random weights."""
    architecture = Architecture(len(bar_tokens.VOCABULARY), 8, "embedding", "carried", embedding=6)
    rng = np.random.default_rng(seed)
    tensors = {
        name: rng.normal(0, 0.5, shape).astype(np.float16) for name, shape in architecture.tensor_shapes().items()
    }
    prompt = tuple(bar_tokens.VOCABULARY.encode(["style any", "bar 4/4", "position 0", "pitch 60", "duration 24"]))
    card = ModelCard("stream", 1, "toy", "CC0", "", "10.5.1")
    return Bundle("bars", bar_tokens.VOCABULARY, architecture, card, (prompt,), dict(tensors))


def quiet_bundle() -> Bundle:
    """Return a model with random weights that plays a few notes a bar, so that its takes are soon written."""
    bundle = bars_bundle()
    bias = bundle.tensors["output.bias"].copy()
    bias[list(bar_tokens.ids_of("bar"))] += 4
    return replace(bundle, tensors={**bundle.tensors, "output.bias": bias})


@contextmanager
def few_trees() -> Iterator[None]:
    """Make the classifiers of two-sample tests small, so that they are trained in a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.evaluation.two_sample.TREES", 40)
        patch.setattr("training.evaluation.two_sample.REPEATS", 1)
        yield
