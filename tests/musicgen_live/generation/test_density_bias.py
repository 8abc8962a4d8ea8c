"""The bias towards a requested density and texture: it asks for what is missing, and for nothing where that is met."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.density_bias import NOTES_PER_ONSET, NOTES_PER_QUARTER, DensityBias
from musicgen_live.model.state import Floats

CHOICES = ("pitch 72", "position 30", "position 48", "bar 4/4")
ONSET = "pitch 48|duration 24|pitch 60|duration 24"
BAR = f"bar 4/4|position 0|{ONSET}|position 48|{ONSET}"
FULL_BAR = f"bar 1/4|position 0|{ONSET}|position 6|{ONSET}|position 12|{ONSET}"


def logits() -> Floats:
    """Return logits of 0 for some tokens, all others masked."""
    result = np.full(len(VOCABULARY), np.float32(-np.inf), np.float32)
    result[VOCABULARY.encode(CHOICES)] = 0.0
    return result


def read(bias: DensityBias, text: str) -> DensityBias:
    for token_id in VOCABULARY.encode(text.split("|")):
        bias.advance(token_id)
    return bias


def after(bias: DensityBias, text: str) -> dict[str, float]:
    """Return the logits of `CHOICES` after some music and an onset on the second quarter of a bar."""
    biased = read(bias, f"{text}|bar 4/4|position 24|pitch 60|duration 24").apply(logits())
    return {token: float(biased[VOCABULARY.ids[token]]) for token in CHOICES}


def test_the_middle_of_each_class_is_asked_for() -> None:
    assert {name: round(value, 2) for name, value in NOTES_PER_QUARTER.items()} == {
        "sparse": 2.77,
        "medium": 4.43,
        "dense": 7.08,
    }
    assert {name: round(value, 2) for name, value in NOTES_PER_ONSET.items()} == {
        "thin": 1.49,
        "medium": 2.05,
        "full": 2.81,
    }


def test_thin_music_is_asked_for_sooner_onsets_and_more_notes_where_dense_is_requested() -> None:
    biased = after(DensityBias("dense", None), "|".join([BAR] * 8))
    assert biased["position 30"] > biased["position 48"] > biased["bar 4/4"]
    assert biased["pitch 72"] > 0


def test_the_same_music_is_asked_for_less_where_it_is_too_much() -> None:
    biased = after(DensityBias("sparse", None), "|".join([FULL_BAR] * 16))
    assert biased["position 30"] < biased["position 48"] < biased["bar 4/4"]
    assert biased["pitch 72"] < 0


@pytest.mark.parametrize(("texture", "sign"), [("thin", -1), ("full", 1)])
def test_a_texture_counts_notes_an_onset_and_moves_no_onset(texture: str, sign: int) -> None:
    biased = after(DensityBias(None, texture), "|".join([BAR] * 8))
    assert biased["position 30"] == biased["position 48"] == biased["bar 4/4"] == 0
    assert biased["pitch 72"] * sign > 0


def test_with_both_requests_each_has_its_own_measure() -> None:
    # Two notes an onset are more than thin, one note a quarter is less than dense.
    biased = after(DensityBias("dense", "thin"), "|".join([BAR] * 8))
    assert biased["position 30"] > biased["position 48"]
    assert biased["pitch 72"] < 0


def test_silence_counts_too() -> None:
    silent = after(DensityBias("medium", None), "|".join([FULL_BAR] * 4 + ["bar 4/4"] * 8))
    assert silent["pitch 72"] > 0


def test_nothing_written_asks_for_nothing() -> None:
    before = logits()
    assert DensityBias("dense", "full").apply(before) == pytest.approx(before)


def test_times_keep_their_sum_of_weights() -> None:
    biased = after(DensityBias("dense", None), "|".join([BAR] * 8))
    times = [value for token, value in biased.items() if token != "pitch 72"]
    assert np.exp(times).sum() == pytest.approx(3, abs=1e-5)


def test_a_state_can_be_restored() -> None:
    bias = read(DensityBias("dense", "full"), "|".join([BAR] * 4))
    state, before = bias.snapshot(), bias.apply(logits())
    read(bias, "|".join([BAR] * 4))
    assert not np.array_equal(bias.apply(logits()), before)
    bias.restore(state)
    assert np.array_equal(bias.apply(logits()), before)
