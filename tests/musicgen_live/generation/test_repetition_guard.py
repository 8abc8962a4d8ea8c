"""No bar and no phrase plays a fourth time in a row, even if a network predicts nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from musicgen_live.config.settings import Settings
from musicgen_live.encodings.bar_tokens import KINDS, VOCABULARY
from musicgen_live.generation.grammar import BarsGrammar
from musicgen_live.generation.limits import limited, limited_chords
from musicgen_live.generation.repetition_guard import LONGEST_PHRASE_BARS, StepsRepetitionGuard
from tests.support.composers import STEPS
from tests.support.takes import Take, take_by_dice

A = [
    "bar 4/4",
    "position 0",
    "pitch 48",
    "duration 24",
    "pitch 64",
    "duration 24",
    "position 48",
    "pitch 60",
    "duration 48",
]
B = ["bar 4/4", "position 0", "pitch 50", "duration 96"]
EMPTY = ["bar 4/4"]


def repeated(phrase: Sequence[str], tokens: int, settings: Settings, *, hands: bool = False) -> Take:
    """Play a phrase for ever: its next token where that is allowed, else a bar token or the last token allowed.

    After that, the first token that leads back to the next bar.
    """
    grammar = limited(BarsGrammar(hands=hands), settings)
    grammar.reset([0])
    played: list[str] = []
    at = 0
    for _ in range(tokens):
        allowed = grammar.allowed()
        want = phrase[at % len(phrase)]
        if not allowed[VOCABULARY.ids[want]]:
            bars = [token for token in VOCABULARY.decode(np.flatnonzero(allowed)) if KINDS[token] == "bar"]
            want = bars[0] if bars else VOCABULARY.tokens[int(np.flatnonzero(allowed)[-1])]
        token = want
        grammar.advance(VOCABULARY.ids[token])
        played.append(token)
        if KINDS[token] == "bar":
            at = next(i for i in range(at, at + len(phrase) + 1) if phrase[i % len(phrase)] == token)
        at += 1
    return Take(tuple(played[: max(i for i, token in enumerate(played) if KINDS[token] == "bar")]))


def most_rounds_of_bars(take: Take) -> int:
    """Return the most times in a row that a phrase of up to 8 bars plays, whatever the velocities."""
    contents = [tuple(token for token in bar if KINDS[token] != "velocity") for bar in take.bars]
    most = 1
    for length in range(1, LONGEST_PHRASE_BARS + 1):
        run = 0
        for i in range(length, len(contents)):
            run = run + 1 if contents[i] == contents[i - length] else 0
            most = max(most, 1 + run // length)
    return most


@pytest.mark.parametrize("phrase", [A, B, EMPTY, A + B, A + EMPTY, A + A + B, (A + B) * 2 + A + EMPTY])
def test_an_endless_phrase_plays_three_times(phrase: list[str]) -> None:
    take = repeated(phrase, 2000, Settings())
    assert len(take.bars) > 150
    assert most_rounds_of_bars(take) == 3


def test_the_fourth_bar_changes_in_its_middle() -> None:
    take = repeated(A, 100, Settings())
    assert take.bars[:3] == [tuple(A)] * 3
    # `repeated` ends a bar in which its note is not allowed.
    assert take.bars[3] == tuple(A[:4])
    assert take.bars[4] == tuple(A)


def test_without_another_pitch_the_last_duration_changes() -> None:
    only = ["bar 4/4", "position 0", "pitch 60", "duration 24", "position 24", "pitch 60", "duration 24"]
    take = repeated(only, 100, Settings(low="C4", high="C4"))
    assert take.bars[3][:6] == tuple(only[:6])
    assert take.bars[3][6] != "duration 24"
    assert most_rounds_of_bars(take) == 3


def test_another_velocity_is_no_change() -> None:
    loud = [*B[:2], "velocity 104", *B[2:]]
    take = repeated(B + loud, 400, Settings())
    assert most_rounds_of_bars(take) <= 3


def test_fewer_repetitions_stay_as_they_are() -> None:
    long_phrase = [token for i in range(LONGEST_PHRASE_BARS + 1) for token in [*B[:2], f"pitch {50 + i}", B[3]]]
    take = repeated(long_phrase, 400, Settings())
    assert take.tokens == tuple((long_phrase * 20)[: len(take.tokens)])


def test_bars_in_which_all_voices_are_held_stay_empty() -> None:
    held = ["bar 2/4", "position 0", "pitch 60", "duration 384", *["bar 2/4"] * 7]
    take = repeated(held, 200, Settings(meter="2/4", polyphony=1))
    assert take.tokens[:11] == tuple(held)


@pytest.mark.parametrize("hands", [False, True])
def test_pure_argmax_is_not_guarded(hands: bool) -> None:
    phrase = EMPTY if hands else A
    take = repeated(phrase, 200, Settings(decode="pure-argmax"), hands=hands)
    assert set(take.bars) == {tuple(phrase)}


@hypothesis_settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.sampled_from(["1/4", "1/8"]), st.booleans())
def test_music_of_few_bars_never_repeats_one_four_times(seed: int, shortest: str, hands: bool) -> None:
    # With fewer pitches all may be held at once, and then bars stay empty.
    settings = Settings(low="C4", high="C5", shortest=shortest, meter="1/4")
    take = take_by_dice(settings, seed, tokens=600, hands=hands)
    assert most_rounds_of_bars(take) <= 3


def drawn(phrase: Sequence[int], steps: int, classes: int = 40) -> list[int]:
    """Play a phrase for ever, and where its next id is not allowed the lowest one that is."""
    guard, played = StepsRepetitionGuard(), []
    for step in range(steps):
        mask = np.ones(classes, np.bool_)
        guard.narrow(mask)
        wanted = phrase[step % len(phrase)]
        played.append(wanted if mask[wanted] else int(np.flatnonzero(mask)[0]))
        guard.advance(played[-1])
    return played


@pytest.mark.parametrize(("phrase", "rounds"), [([7], 12), ([7, 9], 6), ([7, 9, 8], 4), (list(range(5, 25)), 3)])
def test_without_bars_a_phrase_plays_three_times_and_a_short_one_for_twelve_steps(
    phrase: list[int], rounds: int
) -> None:
    played = drawn(phrase, 100)
    assert played[: rounds * len(phrase)] == phrase * rounds
    assert played[rounds * len(phrase)] != phrase[0]


def test_without_bars_the_only_note_plays_on() -> None:
    assert drawn([0], 100, classes=1) == [0] * 100


def test_a_draw_of_one_note_for_ever_is_stopped() -> None:
    settings = Settings(decode="sample", steps=60, step="1/8", temperature=0.01)
    vocabulary = STEPS.vocabulary
    grammar = limited_chords(vocabulary, settings)
    assert grammar is not None
    for _ in range(12):
        assert grammar.allowed().all()
        grammar.advance(3)
    assert np.flatnonzero(~grammar.allowed()).tolist() == [3]
    assert limited_chords(vocabulary, Settings(decode="argmax")) is None
