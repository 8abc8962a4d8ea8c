from __future__ import annotations

import pytest

from tests.support.passages import chord, passage
from training.evaluation.passages import Passage
from training.evaluation.theory.endings import closes, ending_features

Notes = list[tuple[float, float, int]]
CADENCE: Notes = [*chord(0, 2, 48, 64, 67), *chord(2, 2, 53, 65, 69), *chord(4, 4, 55, 62, 71)]
"""C, F and G, in two bars of C major."""


def ending(*last: tuple[float, float, int]) -> Passage:
    return passage(*CADENCE, *last, bars=3)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (chord(8, 4, 48, 64, 72), True),
        (chord(10, 2, 48, 64, 72), True),  # The third beat of four is strong too.
        (chord(9, 3, 48, 64, 72), False),  # The second is not.
        (chord(8, 1, 48, 64, 72), False),  # Too short.
        (chord(8, 4, 52, 60, 67), False),  # The third below.
        (chord(8, 4, 57, 64, 72), False),  # A deceptive cadence.
    ],
)
def test_music_closes_on_a_long_strong_tonic(last: Notes, expected: bool) -> None:
    assert closes(ending(*last)) is expected


def test_a_held_bass_counts_as_the_lowest_note() -> None:
    assert closes(passage(*CADENCE, (8, 4, 48), *chord(10, 2, 64, 72), bars=3))


def test_in_three_only_the_first_beat_is_strong() -> None:
    notes = [*chord(0, 3, 48, 64, 67), *chord(3, 3, 55, 62, 71)]
    assert closes(passage(*notes, *chord(6, 3, 48, 64, 72), bars=3, quarters=3))
    assert not closes(passage(*notes, *chord(7.5, 1.5, 48, 64, 72), bars=3, quarters=3))


def test_features_of_an_ending() -> None:
    assert ending_features(ending(*chord(10, 2, 48, 64, 72, 74))) == {
        "ends on the first beat": 0,
        "ends in the last half bar": 1,
        "ends on a long note": 1,
        "ends on the tonic in the bass": 1,
        "ends on the tonic on top": 0,
        "ends on the tonic chord alone": 0,
        "closes": 1,
    }


def test_silence_does_not_close() -> None:
    assert not closes(passage(bars=2))
    assert set(ending_features(passage(bars=2)).values()) == {0}
