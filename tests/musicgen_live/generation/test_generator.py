"""The loop from prompt to notes, with a network that can be foretold."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.chords import ChordsDecoder
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.generator import HeaderReminder, RecallDropout, Step, generate
from musicgen_live.generation.grammar import BarsGrammar
from musicgen_live.generation.sampling import Greedy, GreedyWithLoopGuard, NucleusSampler, Sampler
from musicgen_live.model.lstm import predictor
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note
from tests.support.models import toy_bundle

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
    steps = list(generate(network, Greedy(), VOCABULARY, ChordsDecoder(240, 80), [2, 1], 3))
    assert steps == [
        Step(2, (Note(0, 240, 67, 80),), 240),
        Step(0, (Note(240, 240, 60, 80),), 480),
        Step(1, (Note(480, 240, 64, 80),), 720),
    ]
    assert network.read == [2, 1, 2, 0]


def test_a_step_is_given_before_the_next_is_computed() -> None:
    network = Successor()
    steps = generate(network, Greedy(), VOCABULARY, ChordsDecoder(240, 80), [0], 1_000_000)
    next(steps)
    assert network.read == [0]


def test_without_a_number_it_goes_on_for_ever() -> None:
    steps = generate(Successor(), Greedy(), VOCABULARY, ChordsDecoder(240, 80), [0], None)
    assert [step.token_id for step in islice(steps, 1000)] == [1, 2, 0] * 333 + [1]


def test_a_header_is_read_again_before_a_bar_when_it_is_time() -> None:
    network, names = Reading(), bar_tokens.VOCABULARY
    reminded = HeaderReminder(network, names.encode(["style ragtime", "mode minor"]), every_bars=2)
    tokens = ["style any", "bar 3/4", "bar 3/4", "style lied", *["bar 3/4", "position 0"] * 5]
    for i in names.encode(tokens):
        reminded.step(i)
    again = ["style ragtime", "mode minor"]
    two_bars = ["bar 3/4", "position 0"] * 2
    assert names.decode(network.read) == [
        *["style any", "bar 3/4", "bar 3/4", "style lied", *two_bars],
        *[*again, *two_bars],
        *[*again, "bar 3/4", "position 0"],
    ]
    reminded.reset()
    reminded.step(names.ids["bar 3/4"])
    assert names.decode(network.read) == ["bar 3/4"]


class Recalling(Successor):
    """Notes at every bar whether it may look back."""

    def __init__(self) -> None:
        super().__init__()
        self.looks_back = True
        self.looked_back: list[bool] = []

    def step(self, token_id: int) -> Floats:
        self.looked_back.append(self.looks_back)
        return super().step(token_id)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_the_bars_does_not_look_back(share: float) -> None:
    network, names = Recalling(), bar_tokens.VOCABULARY
    varied = RecallDropout(network, share, seed=7)
    bar = names.encode(["bar 3/4", "position 0", "pitch 60", "duration 12"])
    for i in bar * 1000:
        varied.step(i)
    bars = [network.looked_back[i : i + 4] for i in range(0, 4000, 4)]
    assert all(len(set(one)) == 1 for one in bars)
    assert sum(not one[0] for one in bars) / 1000 == pytest.approx(share, abs=0.05)
    first, network.looked_back = network.looked_back[:400], []
    varied.reset()
    for i in bar * 100:
        varied.step(i)
    assert network.looked_back == first


def test_a_prompt_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="prompt"):
        next(generate(Successor(), Greedy(), VOCABULARY, ChordsDecoder(240, 80), [], 1))


class Reading(Successor):
    """Remembers what it was asked to read, of any vocabulary."""

    def step(self, token_id: int) -> Floats:
        self.read.append(token_id)
        return np.zeros(len(bar_tokens.VOCABULARY), np.float32)


class Fixed:
    """Says the same whatever it has read."""

    def __init__(self, logits: Floats) -> None:
        self.logits = logits

    def step(self, token_id: int) -> Floats:
        del token_id
        return self.logits

    def reset(self) -> None:
        pass


@pytest.mark.parametrize(
    "sampler", [NucleusSampler(np.random.default_rng(0), temperature=50.0), GreedyWithLoopGuard(), Greedy()]
)
def test_with_a_grammar_every_output_is_well_formed(sampler: Sampler) -> None:
    vocabulary, grammar = bar_tokens.VOCABULARY, BarsGrammar()
    network = Fixed(np.zeros(len(vocabulary), np.float32))
    prompt = vocabulary.encode(["style any", "bar 3/4", "position 12"])
    steps = list(generate(network, sampler, vocabulary, bars.BarsDecoder(), prompt, 3000, grammar))
    tokens = [vocabulary.tokens[step.token_id] for step in steps]
    assert len(tokens) == 3000
    assert tokens[0].startswith("bar ")
    whole = max(i for i, token in enumerate(tokens) if token.startswith("bar "))
    if whole:
        assert bars.encode(bars.decode(tokens[:whole])) == [*tokens[:whole], "end"]
    assert [step.until_tick for step in steps] == sorted(step.until_tick for step in steps)
    for step in steps:
        assert all(note.start_tick >= step.until_tick for note in step.notes)


def test_the_music_ends_where_the_grammar_ends() -> None:
    vocabulary = bar_tokens.VOCABULARY
    network = Fixed(np.arange(len(vocabulary), dtype=np.float32))
    grammar = BarsGrammar(may_end=True)
    steps = list(generate(network, Greedy(), vocabulary, bars.BarsDecoder(), [0], 100, grammar))
    assert [vocabulary.tokens[step.token_id] for step in steps] == ["bar 3/32", "end"]


def test_a_real_network_says_the_same_each_time() -> None:
    bundle = toy_bundle()
    takes = [
        list(
            generate(
                predictor(bundle.network()),
                Greedy(),
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
