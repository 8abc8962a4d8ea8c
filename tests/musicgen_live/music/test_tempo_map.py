"""Ticks and seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.music.tempo_map import TempoMap


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
