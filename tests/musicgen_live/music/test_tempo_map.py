"""Ticks and seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.music.tempo_map import KEPT_CHANGES, TempoMap


def test_a_steady_tempo() -> None:
    tempo = TempoMap(((0, 120.0),))
    assert tempo.seconds_at(0) == 0
    assert tempo.seconds_at(480) == 0.5
    assert tempo.tick_at(0.5) == 480
    assert tempo.tick_at(0.4999) == 479


def test_changes_of_tempo_add_up() -> None:
    tempo = TempoMap(((0, 120.0), (960, 60.0), (1440, 240.0)))
    assert tempo.seconds_at(960) == 1.0
    assert tempo.seconds_at(1440) == 2.0
    assert tempo.seconds_at(1920) == 2.25
    assert tempo.tick_at(1.5) == 1200


@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.floats(20, 300)), max_size=5),
    st.floats(20, 300),
    st.integers(0, 1_000_000),
)
def test_the_seconds_of_a_tick_convert_back_to_it(gaps: list[tuple[int, float]], first: float, tick: int) -> None:
    changes = [(0, first)]
    for gap, bpm in gaps:
        changes.append((changes[-1][0] + gap, bpm))
    tempo = TempoMap(tuple(changes))
    assert tempo.tick_at(tempo.seconds_at(tick)) == tick


@pytest.mark.parametrize("changes", [(), ((10, 120.0),), ((0, 120.0), (0, 90.0)), ((0, 120.0), (20, 90.0), (10, 80.0))])
def test_changes_begin_at_zero_and_rise(changes: tuple[tuple[int, float], ...]) -> None:
    with pytest.raises(ValueError, match="tempo changes"):
        TempoMap(changes)


def test_of_endless_changes_the_oldest_become_one_in_the_same_time() -> None:
    endless = TempoMap(((0, 120.0),))
    changes = [(0, 120.0)]
    for number in range(1, 5 * KEPT_CHANGES):
        changes.append((7 * number, 40.0 + number % 300))
        endless = endless.changed(*changes[-1])
    assert KEPT_CHANGES <= len(endless.changes) < 2 * KEPT_CHANGES
    assert list(endless.changes[1:]) == changes[-len(endless.changes) + 1 :]
    whole = TempoMap(tuple(changes))
    for tick in range(endless.changes[1][0], 7 * 5 * KEPT_CHANGES + 1000, 13):
        assert endless.seconds_at(tick) == pytest.approx(whole.seconds_at(tick), abs=1e-9)
        assert endless.tick_at(endless.seconds_at(tick)) == tick
