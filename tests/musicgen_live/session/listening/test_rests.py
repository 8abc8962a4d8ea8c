"""The rests of a musician, and the silence that ends a phrase."""

from __future__ import annotations

import pytest

from musicgen_live.session.listening.rests import Rests


@pytest.mark.parametrize(
    ("rests", "onsets", "needed"),
    [
        ([], 1, 480),
        ([], 2, 240),
        ([100], 2, 240),
        ([400], 2, 500),
        # A half note at most.
        ([1000], 2, 960),
        # The latest 8 count.
        ([400, *[10] * 7], 9, 500),
        ([400, *[10] * 8], 10, 240),
    ],
)
def test_a_longer_silence_than_the_rests_so_far_ends_a_phrase(rests: list[int], onsets: int, needed: int) -> None:
    found = Rests()
    for rest in rests:
        found.add(rest)
    assert found.needed_ticks(240, onsets) == needed


def test_a_rest_in_which_the_model_entered_counts_to_the_end_of_the_phrase() -> None:
    rests = Rests()
    rests.add(1000, is_mistaken=True)
    for _ in range(9):
        rests.add(10)
    assert rests.needed_ticks(240, 11) == 1250
    rests.add(10**6, is_mistaken=True)
    # No more than two bars of 4/4 count, and a quarter more.
    assert rests.needed_ticks(240, 11) == 4800


def test_such_a_rest_counts_for_the_next_phrase_if_each_has_one() -> None:
    rests = Rests()
    rests.add(1000, is_mistaken=True)
    rests.begin_phrase()
    assert rests.needed_ticks(240, 2) == 1250
    rests.add(500)
    rests.begin_phrase()
    assert rests.needed_ticks(240, 2) == 1250
    rests.add(499)
    rests.begin_phrase()
    assert rests.needed_ticks(240, 2) == 240
