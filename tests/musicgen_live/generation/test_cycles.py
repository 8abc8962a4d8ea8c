"""Cycles of ids: how often each length has played."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.generation.cycles import LONGEST_CYCLE, Cycles


def read(ids: list[int]) -> Cycles:
    cycles = Cycles()
    for token_id in ids:
        cycles.advance(token_id)
    return cycles


def test_a_count_says_how_many_ids_have_played_again() -> None:
    cycles = read([1, 2, 3, 1, 2, 3, 1, 2])
    assert cycles.lengths.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert cycles.counts.tolist() == [0, 0, 5, 0, 0, 2, 0, 0]
    assert cycles.before.tolist() == [2, 1, 3, 2, 1, 3, 2, 1]


@given(st.lists(st.integers(0, 2), max_size=300))
def test_counts_match_the_definition(ids: list[int]) -> None:
    cycles = read(ids)
    assert len(cycles.counts) == min(len(ids), LONGEST_CYCLE)
    for length, count in zip(cycles.lengths.tolist(), cycles.counts.tolist(), strict=True):
        expected = 0
        while expected + length < len(ids) and ids[-1 - expected] == ids[-1 - expected - length]:
            expected += 1
        assert count == expected


@given(st.lists(st.integers(0, 2), max_size=300))
def test_a_sequence_read_at_once_counts_like_one_read_id_by_id(ids: list[int]) -> None:
    at_once, one_by_one = Cycles.after(ids), read(ids)
    assert at_once.counts.tolist() == one_by_one.counts.tolist()
    assert at_once.before.tolist() == one_by_one.before.tolist()


def test_a_state_can_be_restored() -> None:
    cycles = read([1, 2, 1])
    state = cycles.snapshot()
    cycles.advance(2)
    cycles.restore(state)
    assert cycles.counts.tolist() == [0, 1, 0]
