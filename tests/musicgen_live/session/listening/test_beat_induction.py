"""The beat of a phrase, from the moments of its onsets."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from musicgen_live.session.listening.beat_induction import Beat, beat_of, onsets_of


def onsets(bpm: float, *beats: float) -> list[float]:
    """Return the moments of notes that are so many beats apart, from 10 s on."""
    return [10 + 60 / bpm * place for place in accumulate(beats, initial=0.0)]


PHRASES: list[tuple[float, float, float, tuple[float, ...]]] = [
    # The tempo, that of the preset, the upbeat in beats, and the lengths in beats.
    (96, 120, 0, (1, 1, 1, 1)),
    (96, 60, 0, (1, 1, 1, 1)),
    (70, 90, 0, (1, 0.5, 0.5, 1, 1)),
    (132, 120, 0, (0.5, 0.25, 0.25, 0.5, 0.5, 1, 1)),
    (84, 100, 0, (1, 1 / 3, 1 / 3, 1 / 3, 1, 1)),
    (100, 120, 0, (1, 0.5, 0.5, 1, 2, 1)),
    (118, 120, 0, (0.5,) * 8),
    (110, 120, 0, (0.75, 0.25, 1, 0.75, 0.25, 1)),  # dotted eighths
    (96, 100, 0, (2 / 3, 1 / 3, 2 / 3, 1 / 3, 1, 1)),  # swung eighths
    (120, 110, 0, (2, 1, 1, 2, 1, 1)),
    (90, 100, 0, (1, 1, 1, 1, 1, 1)),  # an upbeat of a quarter is on a beat
    (96, 120, 0.5, (0.5, 1, 1, 1, 1)),
    (120, 110, 0.5, (0.5, 1, 0.5, 0.5, 1, 1)),
    (80, 90, 0.5, (0.5, 1.5, 0.5, 1, 1, 1)),  # behind it a dotted quarter
    (110, 100, 0.5, (0.25, 0.25, 1, 1, 1, 1)),
    (72, 80, 0.25, (0.25, 0.75, 0.25, 1, 0.75, 0.25, 1)),
    (100, 110, 0.75, (0.25, 0.25, 0.25, 1, 1, 0.5, 0.5, 1)),
    (88, 100, 1 / 3, (1 / 3, 1, 1 / 3, 1 / 3, 1 / 3, 1, 1)),
]


@pytest.mark.parametrize(("bpm", "expected_bpm", "upbeat", "beats"), PHRASES)
def test_a_regular_phrase_says_its_tempo_and_its_upbeat(
    bpm: float, expected_bpm: float, upbeat: float, beats: tuple[float, ...]
) -> None:
    beat = beat_of(onsets(bpm, *beats), expected_bpm)
    assert beat is not None
    assert (round(beat.bpm, 3), round(beat.upbeat, 3)) == (bpm, round(upbeat, 3))


@pytest.mark.parametrize(("bpm", "expected_bpm", "upbeat", "beats"), PHRASES)
def test_a_hand_that_is_not_exact_says_the_same(
    bpm: float, expected_bpm: float, upbeat: float, beats: tuple[float, ...]
) -> None:
    rng = random.Random(1)
    for _ in range(10):
        beat = beat_of([at_s + rng.gauss(0, 0.008) for at_s in onsets(bpm, *beats)], expected_bpm)
        assert beat is not None
        assert abs(beat.bpm / bpm - 1) < 0.03
        assert beat.upbeat == pytest.approx(upbeat)


def test_of_a_tempo_and_its_double_the_nearer_to_the_expected_one_is_found() -> None:
    even = onsets(100, *(1.0,) * 8)
    found = [beat_of(even, expected) or Beat(0, 0) for expected in (50, 60, 200)]
    assert [round(beat.bpm) for beat in found] == [50, 50, 100]


def test_free_playing_seldom_says_a_tempo() -> None:
    rng = random.Random(5)
    free = [list(accumulate((rng.uniform(0.15, 1.2) for _ in range(8)), initial=0.0)) for _ in range(300)]
    assert sum(beat_of(phrase, 120) is not None for phrase in free) == 12


@pytest.mark.parametrize(
    "moments_s",
    [
        (),
        (1.0,),
        (1.0, 1.5, 2.0),
        (1.0, 1.0, 1.0, 1.0),
        (1.0, 1.31, 2.4, 2.95, 4.13, 4.5),
        (1.0, 6.0, 11.0, 16.0, 21.0),
        (1.0, 1.1, 1.2, 1.3, 1.4),
    ],
)
def test_few_or_irregular_notes_say_no_tempo(moments_s: tuple[float, ...]) -> None:
    assert beat_of(moments_s, 120) is None


def test_a_chord_is_one_onset() -> None:
    assert onsets_of((1.0, 1.01, 1.04, 1.5, 1.52)) == [1.0, 1.5]
