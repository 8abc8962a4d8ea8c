"""Biases against clashes and repetition: which pitches they make rarer, by how much, and which stay."""

from __future__ import annotations

import math

import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.chord_bias import LogitBias
from musicgen_live.generation.line_bias import ClashBias, RepetitionBias
from musicgen_live.model.state import Floats


def only(*tokens: str) -> Floats:
    """Return logits of 0 for some tokens, all others masked."""
    logits = np.full(len(VOCABULARY), np.float32(-np.inf), np.float32)
    logits[VOCABULARY.encode(tokens)] = 0.0
    return logits


def read(bias: LogitBias, text: str) -> None:
    for token_id in VOCABULARY.encode(text.split("|")):
        bias.advance(token_id)


def odds(bias: LogitBias, token: str, other: str) -> float:
    """Return how much likelier a token is than another one that was as likely."""
    after = bias.apply(only(token, other))
    return round(math.exp(float(after[VOCABULARY.ids[token]] - after[VOCABULARY.ids[other]])), 3)


@pytest.mark.parametrize("pitch", [59, 61, 71, 73, 49, 84 + 1])
def test_a_semitone_from_a_sounding_pitch_in_any_octave_is_rarer(pitch: int) -> None:
    bias = ClashBias(0.5)
    read(bias, "bar 4/4|position 0|pitch 60|duration 48|position 24")
    assert odds(bias, f"pitch {pitch}", "pitch 67") == 0.5


@pytest.mark.parametrize("pitch", [60, 62, 64, 70, 72])
def test_other_intervals_stay_as_they_are(pitch: int) -> None:
    bias = ClashBias(0.5)
    read(bias, "bar 4/4|position 0|pitch 60|duration 48|position 24")
    assert odds(bias, f"pitch {pitch}", "pitch 67") == 1.0


def test_where_a_note_has_ended_nothing_clashes_with_it() -> None:
    bias = ClashBias(0.5)
    read(bias, "bar 4/4|position 0|pitch 60|duration 24|position 24")
    before = only("pitch 61", "pitch 67")
    assert bias.apply(before) is before


def test_clashes_can_be_asked_for() -> None:
    bias = ClashBias(2.0)
    read(bias, "bar 4/4|position 0|pitch 60|duration 96|bar 4/4|position 0")
    assert odds(bias, "pitch 61", "pitch 67") == 1.0
    read(bias, "pitch 48|duration 24|position 24|pitch 59|duration 24")
    assert odds(bias, "pitch 60", "pitch 62") == 2.0


def test_no_factor_forbids_a_pitch() -> None:
    bias = ClashBias(0.0)
    read(bias, "bar 4/4|position 0|pitch 60|duration 48|position 24")
    assert odds(bias, "pitch 61", "pitch 67") == 0.01


def test_the_latest_note_of_the_top_line_is_rarer() -> None:
    bias = RepetitionBias(0.5)
    read(bias, "bar 4/4|position 0|pitch 48|duration 24|pitch 72|duration 24|position 24")
    assert odds(bias, "pitch 72", "pitch 67") == 0.5
    assert odds(bias, "pitch 48", "pitch 67") == 1.0
    read(bias, "pitch 48|duration 24|bar 4/4|position 0")
    assert odds(bias, "pitch 72", "pitch 67") == 1.0
    assert odds(bias, "pitch 48", "pitch 67") == 0.5


LOOP = "|".join(f"position {at}|pitch {pitch}|duration 24" for at, pitch in ((0, 60), (24, 64), (48, 67), (72, 65)))


def test_a_note_that_continues_a_loop_is_rarer_by_the_square() -> None:
    bias = RepetitionBias(0.5)
    read(bias, f"bar 4/4|{LOOP}|bar 4/4")
    assert odds(bias, "position 0", "position 6") == 1.0
    # The bar has 13 ids; seven of them have played again, but eight have to.
    read(bias, "position 0|pitch 60|duration 24|position 24|pitch 64|duration 24")
    assert odds(bias, "position 48", "position 54") == 1.0
    read(bias, "position 48")
    assert odds(bias, "pitch 67", "pitch 66") == 0.25


def test_velocities_do_not_hide_a_loop() -> None:
    bias = RepetitionBias(0.5)
    read(bias, f"bar 4/4|{LOOP}|bar 4/4|{LOOP.replace('|pitch', '|velocity 104|pitch')}")
    assert odds(bias, "bar 4/4", "position 84") == 0.25


def test_music_followed_at_once_counts_like_music_followed_id_by_id() -> None:
    loops = f"bar 4/4|{LOOP}|bar 4/4|{LOOP.replace('|pitch', '|velocity 104|pitch')}"
    at_once, one_by_one = RepetitionBias(0.5), RepetitionBias(0.5)
    at_once.follow(VOCABULARY.encode(loops.split("|")))
    read(one_by_one, loops)
    for bias in (at_once, one_by_one):
        assert odds(bias, "bar 4/4", "position 84") == 0.25
        read(bias, "bar 4/4|position 0")
        assert odds(bias, "pitch 60", "pitch 66") == 0.25
    logits = np.zeros(len(VOCABULARY), np.float32)
    assert np.array_equal(at_once.apply(logits), one_by_one.apply(logits))


def test_music_that_returns_after_other_music_is_no_loop() -> None:
    bias = RepetitionBias(0.5)
    other = "|".join(f"position {at}|pitch {80 + at % 7}|duration {2 + at % 5 % 2}" for at in range(0, 96, 2) if at % 6)
    read(bias, f"bar 4/4|{LOOP}|bar 4/4|{other}|bar 4/4|{LOOP}")
    assert odds(bias, "bar 4/4", "position 84") == 1.0


@pytest.mark.parametrize("bias", [ClashBias(0.5), RepetitionBias(0.5)])
def test_a_state_can_be_restored(bias: LogitBias) -> None:
    read(bias, f"bar 4/4|{LOOP}|bar 4/4|{LOOP.replace('duration 24', 'duration 48')}")
    state, before = bias.snapshot(), bias.apply(only("pitch 65", "pitch 66", "bar 4/4"))
    read(bias, "bar 4/4|position 0|pitch 71|duration 96|position 48|pitch 30|duration 6")
    bias.restore(state)
    assert np.array_equal(bias.apply(only("pitch 65", "pitch 66", "bar 4/4")), before)
