"""A model, a prompt and a way to choose, joined."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import ModelError
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle, ModelCard
from musicgen_live.performance import Performance
from musicgen_live.settings import Settings


def bars_bundle(vocabulary: Vocabulary = bar_tokens.VOCABULARY) -> Bundle:
    """A model of the `bars` encoding with random weights."""
    architecture = Architecture(len(vocabulary), 8, "embedding", "carried", embedding=6)
    rng = np.random.default_rng(1)
    tensors = {
        name: rng.normal(0, 1.5, shape).astype(np.float16) for name, shape in architecture.tensor_shapes().items()
    }
    prompt = tuple(vocabulary.encode(["style any", "bar 4/4", "position 0", "pitch 60", "duration 24"]))
    card = ModelCard("stream", 1, "toy", "CC0", "", "10.5.1")
    return Bundle("bars", vocabulary, architecture, card, (prompt,), dict(tensors))


@pytest.mark.parametrize("decode", ["sample", "argmax", "pure-argmax"])
def test_a_model_in_bars_plays_whole_bars_however_hot(decode: str) -> None:
    bundle = bars_bundle()
    settings = Settings(decode=decode, temperature=20.0, steps=1500, velocity=bar_tokens.DEFAULT_VELOCITY)
    steps = list(Performance(settings, bundle, seed=1).steps())
    tokens = [bundle.vocabulary.tokens[step.token_id] for step in steps]
    whole = max(i for i, token in enumerate(tokens) if token.startswith("bar "))
    score = bars.decode(tokens[:whole])
    assert bars.encode(score) == [*tokens[:whole], "end"]
    heard = [note for step in steps[:whole] for note in step.notes]
    assert tuple(sorted(heard)) == score.notes


def test_a_model_of_another_version_of_the_encoding_says_so() -> None:
    bundle = bars_bundle(Vocabulary(bar_tokens.VOCABULARY.tokens[:-1]))
    with pytest.raises(ModelError, match=r"cannot be played: its vocabulary is not that of the encoding 'bars'"):
        next(Performance(Settings(), bundle, seed=1).steps())
