"""The position of the music at a moment, from the reports of a player."""

from __future__ import annotations

import pytest

from musicgen_live.music.meter_map import Grid
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.player.reports import Alive, Began, Paused, TempoChanged
from musicgen_live.session.playhead import NOT_BEGUN, Playhead

BAR = 1920


def internal(tempo: float = 120.0) -> Playhead:
    return Playhead(tempo, COMMON_TIME, follows=False)


def test_nothing_has_begun_before_the_first_report() -> None:
    playhead = internal()
    assert (playhead.tick_at(5.0), playhead.runs) == (NOT_BEGUN, False)
    assert playhead.place_after(5.0) == 0


def test_the_internal_clock_runs_from_its_origin() -> None:
    playhead = internal()
    assert playhead.handle(Began(10.0)) == Position(0, 10.0, 120.0, runs=True)
    assert [playhead.tick_at(at_s) for at_s in (9.9, 10.0, 10.5, 12.0)] == [NOT_BEGUN, 0, 480, 1920]
    assert playhead.due_s(1920) == 12.0


def test_the_next_bar_line_is_the_one_at_or_after_a_moment() -> None:
    playhead = internal()
    playhead.handle(Began(10.0))
    assert [playhead.place_after(at_s) for at_s in (9.0, 10.0, 10.01, 12.0, 12.01)] == [0, 0, BAR, BAR, 2 * BAR]
    assert playhead.place_after(10.6, Grid(ticks=480)) == 960


def test_a_change_of_tempo_counts_from_its_tick_on() -> None:
    playhead = internal()
    playhead.handle(Began(10.0))
    assert playhead.change_tempo(BAR, 60.0) == Position(BAR, 12.0, 60.0, runs=True, take_tick=BAR)
    assert [playhead.tick_at(at_s) for at_s in (11.0, 12.0, 13.0)] == [960, BAR, BAR + 480]
    playhead.change_tempo(BAR, 240.0)
    assert playhead.tick_at(13.0) == BAR + 1920
    assert playhead.tempo == 240.0


def test_a_late_tempo_change_counts_from_the_tick_of_the_player() -> None:
    playhead = internal()
    playhead.handle(Began(10.0))
    playhead.change_tempo(480, 60.0)
    playhead.change_tempo(960, 240.0)
    assert playhead.handle(TempoChanged(500, 60.0)) == Position(500, 10.0 + 500 / 960, 60.0, runs=True, take_tick=500)
    assert playhead.handle(TempoChanged(960, 240.0)) is None
    assert playhead.due_s(960) == pytest.approx(10.0 + 500 / 960 + 460 / 480)
    assert playhead.tick_at(playhead.due_s(960) + 1.0) == 960 + 1920


def test_a_change_never_confirmed_by_a_dead_player_counts() -> None:
    playhead = internal()
    playhead.handle(Began(10.0))
    playhead.change_tempo(480, 60.0)
    playhead.change_tempo(960, 240.0)
    assert playhead.handle(TempoChanged(960, 240.0)) is None
    assert playhead.due_s(960) == 11.5


def test_a_tempo_set_at_tick_0_replaces_the_first() -> None:
    playhead = internal()
    playhead.change_tempo(0, 60.0)
    playhead.handle(Began(10.0))
    assert playhead.tick_at(11.0) == 480


def test_an_external_clock_continues_from_its_last_report() -> None:
    playhead = Playhead(120.0, COMMON_TIME, follows=True)
    assert playhead.handle(Position(960, 20.0, 60.0, runs=True, take_tick=480)) == Position(
        960, 20.0, 60.0, runs=True, take_tick=480
    )
    assert (playhead.tick_at(21.0), playhead.due_s(1440), playhead.tempo) == (1440, 21.0, 60.0)
    playhead.handle(Position(2000, 22.0, 60.0, runs=False, take_tick=480))
    assert (playhead.tick_at(50.0), playhead.runs) == (2000, False)


def test_bars_count_from_one() -> None:
    assert [internal().bar_of(tick) for tick in (-1, 0, 1919, 1920)] == [1, 1, 1, 2]


def test_other_reports_give_no_position() -> None:
    assert internal().handle(Alive()) is None


def test_another_time_signature_waits_for_its_bar_line() -> None:
    playhead = internal()
    playhead.handle(Began(10.0))
    playhead.meters = playhead.meters.changed(2 * BAR, TimeSignature(3, 4))
    # Bar 2 stays one of 4/4, and its first line is that of 3/4.
    assert [playhead.bar_of(tick) for tick in (1440, 1920, 3839, 3840, 5280)] == [1, 2, 2, 3, 4]
    assert [playhead.place_after(at_s) for at_s in (11.0, 13.5, 14.1)] == [1920, 3840, 5280]
    assert playhead.place_after(12.1, Grid(bars=4)) == 3840 + 2 * 1440
    assert (playhead.tick_at(14.0), playhead.due_s(3840), playhead.take_tick_at(14.0)) == (3840, 14.0, 3840)


def test_a_pause_stays_where_it_is_in_another_time_signature() -> None:
    playhead = internal()
    playhead.handle(Began(10.0))
    playhead.handle(Paused(960, 11.0))
    for tick, signature in ((1920, TimeSignature(2, 4)), (2880, TimeSignature(3, 4))):
        playhead.meters = playhead.meters.changed(tick, signature)
    assert (playhead.tick_at(12.0), playhead.take_tick_at(12.0)) == (960, 960)
    assert playhead.handle(Began(20.0)) == Position(960, 21.0, 120.0, runs=True, take_tick=960)
