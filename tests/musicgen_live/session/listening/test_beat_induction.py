"""The tempo of a phrase, from the moments of its onsets."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from musicgen_live.session.listening.beat_induction import onsets_of, tempo_of


def onsets(bpm: float, *beats: float) -> list[float]:
    """Return the moments of notes that are so many beats apart, from 10 s on."""
    return [10 + 60 / bpm * place for place in accumulate(beats, initial=0.0)]


@pytest.mark.parametrize(
    ("bpm", "expected_bpm", "beats"),
    [
        (96, 120, (1, 1, 1, 1)),
        (96, 60, (1, 1, 1, 1)),
        (70, 90, (1, 0.5, 0.5, 1, 1)),
        (132, 120, (0.5, 0.25, 0.25, 0.5, 0.5, 1, 1)),
        (84, 100, (1, 1 / 3, 1 / 3, 1 / 3, 1, 1)),
        (100, 120, (1, 0.5, 0.5, 1, 2, 1)),
        (118, 120, (0.5,) * 8),
    ],
)
def test_a_regular_phrase_says_its_tempo(bpm: float, expected_bpm: float, beats: tuple[float, ...]) -> None:
    tempo = tempo_of(onsets(bpm, *beats), expected_bpm)
    assert tempo is not None
    assert round(tempo, 3) == bpm


def test_of_a_tempo_and_its_double_the_nearer_to_the_expected_one_is_found() -> None:
    even = onsets(100, *(1.0,) * 8)
    assert [round(tempo_of(even, expected) or 0) for expected in (50, 60, 110)] == [50, 50, 100]


def test_a_hand_that_is_not_exact_says_its_tempo() -> None:
    rng = random.Random(1)
    tempos = []
    for _ in range(40):
        played = [at_s + rng.gauss(0, 0.012) for at_s in onsets(88, 1, 0.5, 0.5, 1, 1)]
        tempos.append(tempo_of(played, 100))
    assert all(tempo is not None and 86 < tempo < 90 for tempo in tempos)


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
    assert tempo_of(moments_s, 120) is None


def test_a_chord_is_one_onset() -> None:
    assert onsets_of((1.0, 1.01, 1.04, 1.5, 1.52)) == [1.0, 1.5]
