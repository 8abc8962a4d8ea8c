from __future__ import annotations

from itertools import islice

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.score import Bar, Metre, Score


def bars(count: int, *metres: Metre) -> list[Bar]:
    return list(islice(Score((), metres).bars(), count))


def test_without_a_metre_it_is_four_quarters() -> None:
    assert bars(2) == [Bar(0, 1920, 4, 4), Bar(1920, 3840, 4, 4)]


def test_a_metre_lasts_until_the_next() -> None:
    assert bars(4, Metre(0, 3, 4), Metre(2880, 6, 8)) == [
        Bar(0, 1440, 3, 4),
        Bar(1440, 2880, 3, 4),
        Bar(2880, 4320, 6, 8),
        Bar(4320, 5760, 6, 8),
    ]


def test_a_metre_within_a_bar_cuts_it_short() -> None:
    assert bars(3, Metre(0, 4, 4), Metre(2400, 3, 4)) == [
        Bar(0, 1920, 4, 4),
        Bar(1920, 2400, 4, 4),
        Bar(2400, 3840, 3, 4),
    ]


def test_before_the_first_metre_it_is_four_quarters() -> None:
    assert bars(2, Metre(480, 3, 4)) == [Bar(0, 480, 4, 4), Bar(480, 1920, 3, 4)]


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 4), (-1, 4), (4, 0), (4, 3), (4, 256)])
def test_metres_that_cannot_be(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match=f"{numerator}/{denominator} is not a metre"):
        Metre(0, numerator, denominator)


def test_the_notes_of_all_parts_are_sorted_together() -> None:
    right = (Note(0, 480, 72, 80), Note(480, 480, 74, 80))
    left = (Note(0, 960, 48, 80),)
    assert Score((right, left)).notes == (right[0], left[0], right[1])
