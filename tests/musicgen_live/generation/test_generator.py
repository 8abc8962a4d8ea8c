"""The loop from prompt to notes, with a network that can be foretold."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings.chords import ChordsDecoder
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.generator import Step, generate
from musicgen_live.generation.sampling import PureArgmax
from musicgen_live.model.lstm import Floats, predictor
from musicgen_live.notes import Note
from tests.toy import toy_bundle

VOCABULARY = Vocabulary(("C4", "E4", "G4"))


class Successor:
    """Predicts the id after the one it read; remembers what it was asked to read."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def step(self, token_id: int) -> Floats:
        self.read.append(token_id)
        logits: Floats = np.eye(3, dtype=np.float32)[(token_id + 1) % 3]
        return logits

    def reset(self) -> None:
        self.read.clear()


def test_the_prompt_is_read_and_what_follows_is_heard() -> None:
    network = Successor()
    steps = list(generate(network, PureArgmax(), VOCABULARY, ChordsDecoder(240, 80), [2, 1], 3))
    assert steps == [
        Step(2, (Note(0, 240, 67, 80),), 240),
        Step(0, (Note(240, 240, 60, 80),), 480),
        Step(1, (Note(480, 240, 64, 80),), 720),
    ]
    assert network.read == [2, 1, 2, 0]


def test_a_step_is_given_before_the_next_is_computed() -> None:
    network = Successor()
    steps = generate(network, PureArgmax(), VOCABULARY, ChordsDecoder(240, 80), [0], 1_000_000)
    next(steps)
    assert network.read == [0]


def test_a_prompt_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="prompt"):
        next(generate(Successor(), PureArgmax(), VOCABULARY, ChordsDecoder(240, 80), [], 1))


def test_a_real_network_says_the_same_each_time() -> None:
    bundle = toy_bundle()
    takes = [
        list(
            generate(
                predictor(bundle.network()),
                PureArgmax(),
                bundle.vocabulary,
                ChordsDecoder(240, 80),
                bundle.prompts[0],
                50,
            )
        )
        for _ in range(2)
    ]
    assert takes[0] == takes[1]
    assert len(takes[0]) == 50
