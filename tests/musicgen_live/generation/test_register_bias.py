"""The bias towards the register in which the music began: when it acts, which way, and what moves that register."""

from __future__ import annotations

import math

import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.register_bias import RegisterBias
from musicgen_live.model.state import Floats

OPENING = VOCABULARY.encode(["bar 4/4", "position 0", "pitch 60", "duration 24", "pitch 64", "duration 24"])
"""The mean of its pitches is 62."""


def pitches(*numbers: int) -> list[int]:
    return VOCABULARY.encode([f"pitch {number}" for number in numbers])


def all_pitches() -> Floats:
    """Return logits of 0 for pitches and velocities, all others masked."""
    logits = np.full(len(VOCABULARY), np.float32(-np.inf), np.float32)
    logits[pitches(*range(128))] = 0.0
    return logits


def read(bias: RegisterBias, pitch: int, times: int) -> None:
    for token_id in pitches(pitch) * times:
        bias.advance(token_id)


def octave_odds(bias: RegisterBias, logits: Floats | None = None) -> float:
    """Return how much likelier the C above middle C is than middle C, of which each was as likely."""
    low, high = pitches(60, 72)
    after = bias.apply(all_pitches() if logits is None else logits)
    return round(math.exp(float(after[high] - after[low])), 2)


def test_near_the_register_of_the_opening_nothing_changes() -> None:
    bias = RegisterBias(OPENING)
    read(bias, 66, 200)
    logits = all_pitches()
    assert bias.apply(logits) is logits


def test_music_that_has_sunk_far_is_drawn_up_again() -> None:
    bias = RegisterBias(OPENING)
    read(bias, 52, 400)
    # The mean is 10 semitones below that of the opening, 5 beyond the tolerance: 1.0 an octave, here from 60 to 64.
    assert octave_odds(bias) == round(math.exp(4 / 12), 2)


def test_music_that_has_climbed_far_is_drawn_down() -> None:
    bias = RegisterBias(OPENING)
    read(bias, 77, 400)
    # 10 beyond the tolerance, from 65 to 72.
    assert octave_odds(bias) == round(math.exp(-2 * 7 / 12), 2)


def test_pitches_keep_their_sum_and_masked_ones_stay_masked() -> None:
    bias = RegisterBias(OPENING)
    read(bias, 40, 400)
    logits = all_pitches()
    logits[pitches(*range(64, 128))] = -np.inf
    after = bias.apply(logits)
    assert np.exp(after[pitches(*range(64))]).sum() == pytest.approx(64, rel=1e-5)
    assert np.isneginf(after[pitches(*range(64, 128))]).all()
    none = np.full(len(VOCABULARY), np.float32(-np.inf), np.float32)
    assert bias.apply(none) is none


def test_without_an_opening_the_first_24_notes_are_the_register() -> None:
    bias = RegisterBias(VOCABULARY.encode(["style any"]))
    read(bias, 90, 23)
    assert octave_odds(bias) == 1.0
    read(bias, 90, 1)
    read(bias, 55, 400)
    assert octave_odds(bias) > 1.0


def test_given_notes_move_the_register_the_more_of_them_there_are() -> None:
    few, many = RegisterBias(OPENING), RegisterBias(OPENING)
    few.settle([82] * 4)
    many.settle([82] * 36)
    # 62 and 82: half of the way with four notes, nine tenths with 36.
    assert few.snapshot()[:2] == (72.0, 72.0)
    assert many.snapshot()[:2] == (80.0, 80.0)
    many.settle([])
    assert many.snapshot()[:2] == (80.0, 80.0)


def test_it_returns_to_an_earlier_state() -> None:
    bias = RegisterBias(OPENING)
    read(bias, 40, 10)
    state = bias.snapshot()
    after = bias.apply(all_pitches())
    read(bias, 90, 100)
    bias.restore(state)
    assert np.array_equal(bias.apply(all_pitches()), after)
