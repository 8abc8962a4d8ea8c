"""Any choice among the tokens that the grammar allows is music that encodes to the same tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.grammar import BarsGrammar, grammar_for, masked
from musicgen_live.music.score import Score
from tests.support.scores import any_scores


def allowed_kinds(grammar: BarsGrammar) -> set[str]:
    return {bar_tokens.KINDS[VOCABULARY.tokens[i]] for i in np.flatnonzero(grammar.allowed())}


def allowed_after(tokens: str, *, hands: bool = False, may_end: bool = False) -> list[str]:
    """Return the tokens that may follow those of a bar, each of which must be allowed."""
    grammar = BarsGrammar(hands=hands, may_end=may_end)
    for token in ["style any", *tokens.split("|")]:
        assert grammar.allowed()[VOCABULARY.ids[token]], token
        grammar.advance(VOCABULARY.ids[token])
    return VOCABULARY.decode(np.flatnonzero(grammar.allowed()).tolist())


def kind(tokens: list[str], name: str) -> list[str]:
    return [token for token in tokens if bar_tokens.KINDS[token] == name]


@pytest.mark.parametrize("hands", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_random_tokens_decode_and_encode_to_the_same_tokens(seed: int, hands: bool) -> None:
    rng, grammar = np.random.default_rng(seed), BarsGrammar(hands=hands)
    tokens: list[str] = []
    for _ in range(4000):
        token_id = int(rng.choice(np.flatnonzero(grammar.allowed())))
        grammar.advance(token_id)
        tokens.append(VOCABULARY.tokens[token_id])
    last_bar = max(i for i, token in enumerate(tokens) if token.startswith("bar "))
    first_bar = next(i for i, token in enumerate(tokens) if token.startswith("bar "))
    whole_bars = [*tokens[first_bar:last_bar], "end"]
    score = bars.decode(whole_bars)
    assert len(score.notes) > 300
    assert bars.encode(score, hands=hands) == whole_bars
    assert bar_tokens.header(tokens[:first_bar]) == tuple(tokens[:first_bar])


@settings(deadline=None, max_examples=40)
@given(any_scores())
def test_all_that_encoding_writes_is_allowed(score: Score) -> None:
    for hands in (False, True):
        grammar = BarsGrammar(hands=hands, may_end=True)
        for token in ["style any", *bars.encode(score, hands=hands)]:
            assert grammar.allowed()[VOCABULARY.ids[token]], token
            grammar.advance(VOCABULARY.ids[token])
        assert not grammar.allowed().any()


def test_music_begins_with_a_style_and_more_controls_in_order() -> None:
    grammar = BarsGrammar()
    assert allowed_kinds(grammar) == {"style"}
    grammar.advance(VOCABULARY.ids["style ragtime"])
    assert allowed_kinds(grammar) == {"key", "density", "texture", "bar"}
    grammar.advance(VOCABULARY.ids["key A minor"])
    assert allowed_kinds(grammar) == {"density", "texture", "bar"}


@pytest.mark.parametrize(
    "prompt",
    [["style any"], ["style any", "bar 3/4"], ["bar 3/4", "position 0", "pitch 60"], ["duration 12", "position 6"]],
)
def test_music_after_a_prompt_begins_with_a_bar(prompt: list[str]) -> None:
    grammar = BarsGrammar()
    grammar.advance(VOCABULARY.ids["style any"])
    grammar.reset(VOCABULARY.encode(prompt))
    assert allowed_kinds(grammar) == {"bar"}
    grammar.advance(VOCABULARY.ids["bar 2/4"])
    assert allowed_kinds(grammar) == {"bar", "position"}


def test_positions_rise_and_stay_within_the_bar() -> None:
    assert kind(allowed_after("bar 1/8"), "position") == [f"position {i}" for i in (0, 2, 3, 4, 6, 8, 9, 10)]
    after = allowed_after("bar 1/8|position 6|pitch 60|duration 6")
    assert kind(after, "position") == ["position 8", "position 9", "position 10"]
    assert kind(allowed_after("bar 1/8|position 10|pitch 60|duration 6"), "position") == []


def test_the_notes_of_an_onset_rise() -> None:
    after = allowed_after("bar 3/4|position 0|pitch 60|duration 12|pitch 125|duration 12")
    assert kind(after, "pitch") == ["pitch 126", "pitch 127"]
    # No pitch lies above the highest, so no velocity may follow either.
    after = allowed_after("bar 3/4|position 0|pitch 127|duration 12")
    assert {bar_tokens.KINDS[token] for token in after} == {"position", "bar"}


def test_a_velocity_is_written_where_it_changes() -> None:
    assert "velocity 88" not in allowed_after("bar 3/4|position 0")
    after = allowed_after("bar 3/4|position 0|velocity 104|pitch 60|duration 12|position 12")
    assert set(kind(after, "velocity")) == {f"velocity {v}" for v in (24, 40, 56, 72, 88, 120)}
    assert set(map(bar_tokens.KINDS.get, allowed_after("bar 3/4|position 0|velocity 104"))) == {"pitch"}
    assert "velocity 88" not in allowed_after("bar 3/4|position 0|velocity 104|pitch 60|duration 12|bar 3/4|position 0")


def test_with_hands_the_left_one_comes_first() -> None:
    assert allowed_after("bar 3/4|position 0", hands=True) == ["hand left", "hand right"]
    after = allowed_after("bar 3/4|position 0|hand left|pitch 60|duration 12", hands=True)
    assert kind(after, "hand") == ["hand right"]
    after = allowed_after("bar 3/4|position 0|hand left|pitch 60|duration 12|hand right", hands=True)
    assert len(kind(after, "pitch")) == 128
    after = allowed_after("bar 3/4|position 0|hand right|pitch 60|duration 12", hands=True)
    assert kind(after, "hand") == []


def test_end_follows_a_bar_if_it_may() -> None:
    assert "end" not in allowed_after("bar 3/4")
    assert "end" in allowed_after("bar 3/4", may_end=True)
    assert "end" in allowed_after("bar 3/4|position 0|pitch 60|duration 24", may_end=True)
    assert "end" not in allowed_after("bar 3/4|position 0|pitch 60", may_end=True)
    assert allowed_after("bar 3/4|end", may_end=True) == []


def test_masked_logits_are_minus_infinity() -> None:
    logits = masked(np.array([1, 2, 3], np.float32), np.array([True, False, True]))
    assert logits.tolist() == [1, -np.inf, 3]
    assert logits.dtype == np.float32


def test_an_encoding_has_its_grammar_or_none() -> None:
    assert grammar_for("chords", Vocabulary(("C4",))) is None
    for name in ("bars", "bars-hands"):
        assert isinstance(grammar_for(name, VOCABULARY), BarsGrammar)
    with pytest.raises(ValueError, match="its vocabulary is not that of the encoding 'bars'"):
        grammar_for("bars", Vocabulary(VOCABULARY.tokens[:-1]))
