"""Ticks and bars of music whose time signature changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.music.meter_map import Grid, Meter, MeterMap
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

WALTZ, MARCH, JIG = TimeSignature(3, 4), TimeSignature(2, 4), TimeSignature(6, 8)

CHANGED = MeterMap.of(COMMON_TIME).changed(3840, WALTZ).changed(5280, MARCH)
"""Bars 1 and 2 of 4/4, bar 3 of 3/4, and 2/4 from bar 4 on."""


def test_each_bar_has_the_length_of_its_time_signature() -> None:
    assert [CHANGED.tick_of(bar) for bar in range(1, 7)] == [0, 1920, 3840, 5280, 6240, 7200]
    assert [CHANGED.bar_of(tick) for tick in (0, 1919, 1920, 3839, 3840, 5279, 5280, 6240)] == [1, 1, 2, 2, 3, 3, 4, 5]
    assert CHANGED.meters == (Meter(0, 1, COMMON_TIME), Meter(3840, 3, WALTZ), Meter(5280, 4, MARCH))


def test_lines_before_and_after_a_tick() -> None:
    ticks = (0, 1, 3839, 3840, 3841, 5281)
    assert [CHANGED.line_before(tick) for tick in ticks] == [0, 0, 1920, 3840, 3840, 5280]
    assert [CHANGED.line_after(tick) for tick in ticks] == [0, 1920, 3840, 3840, 5280, 6240]
    assert [CHANGED.later_by(2, tick) for tick in ticks] == [3840, 5280, 6240, 6240, 7200, 8160]


def test_beats_are_those_of_the_time_signature() -> None:
    jig = CHANGED.changed(5280, JIG)
    assert [jig.bar_and_beat(tick) for tick in (3360, 3840, 5279, 5280, 5520)] == [
        (2, 4),
        (3, 1),
        (3, 3),
        (4, 1),
        (4, 2),
    ]


def test_a_count_in_is_in_the_first_time_signature() -> None:
    assert [CHANGED.bar_of(tick) for tick in (-1, -1920, -1921)] == [0, 0, -1]
    assert CHANGED.bar_and_beat(-480) == (0, 4)
    assert CHANGED.tick_of(-1) == -3840


def test_a_change_replaces_those_there_and_later() -> None:
    assert CHANGED.changed(3840, JIG).meters == (Meter(0, 1, COMMON_TIME), Meter(3840, 3, JIG))
    assert CHANGED.changed(3840, COMMON_TIME) == MeterMap.of(COMMON_TIME)
    assert CHANGED.changed(0, WALTZ) == MeterMap.of(WALTZ)


@pytest.mark.parametrize("tick", [1, 960, 3840 + 480])
def test_a_time_signature_begins_on_a_bar_line(tick: int) -> None:
    with pytest.raises(ValueError, match=f"6/8 cannot begin with bar . at the tick {tick}"):
        CHANGED.changed(tick, JIG)


def test_the_first_begins_with_the_take() -> None:
    for meters in ((), (Meter(480, 1, WALTZ),), (Meter(0, 2, WALTZ),)):
        with pytest.raises(ValueError, match="the first time signature has to begin with bar 1 at tick 0"):
            MeterMap(meters)


def test_every_fourth_bar_is_a_place_of_its_grid() -> None:
    places = [CHANGED.next_place(tick, Grid(bars=4)) for tick in (0, 1, 3840, 6240, 6241)]
    assert places == [0, 6240, 6240, 6240, 6240 + 4 * 960]


def test_a_grid_within_bars_begins_anew_with_each_bar() -> None:
    # Quarters in 7/8: the last one before a bar line is cut short.
    meters = MeterMap.of(TimeSignature(7, 8))
    places = [meters.next_place(tick, Grid(ticks=480)) for tick in (0, 1, 1440, 1441, 1681)]
    assert places == [0, 480, 1440, 1680, 2160]


def test_a_time_signature_knows_where_its_first_bar_would_be() -> None:
    assert [meter.origin_tick for meter in CHANGED.meters] == [0, 960, 2400]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from((COMMON_TIME, WALTZ, MARCH, JIG, TimeSignature(7, 8))))),
    st.integers(-10_000, 100_000),
)
def test_ticks_and_bars_agree(changes: list[tuple[int, TimeSignature]], tick: int) -> None:
    meters, line_tick = MeterMap.of(WALTZ), 0
    for bars, signature in changes:
        line_tick = meters.later_by(bars, line_tick)
        meters = meters.changed(line_tick, signature)
    bar = meters.bar_of(tick)
    assert meters.tick_of(bar) == meters.line_before(tick) <= tick < meters.tick_of(bar + 1)
    assert meters.line_after(tick) in (meters.tick_of(bar), meters.tick_of(bar + 1))
    meter = meters.at(tick)
    assert (tick - meter.origin_tick) // meter.bar_ticks + 1 == bar
