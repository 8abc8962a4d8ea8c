"""Where the music is at a moment, from what a player reports."""

from __future__ import annotations

import pytest

from musicgen_live.music.position import Position
from musicgen_live.player.protocol import Alive, Began, TempoChanged
from musicgen_live.session.playhead import NOT_BEGUN, Playhead

BAR = 1920


def own_time(tempo: float = 120.0) -> Playhead:
    return Playhead(tempo, BAR, follows=False)


def test_before_anything_was_reported_nothing_has_begun() -> None:
    time = own_time()
    assert (time.tick_at(5.0), time.runs) == (NOT_BEGUN, False)
    assert time.line_after(5.0) == 0


def test_own_time_runs_from_its_beginning() -> None:
    time = own_time()
    assert time.handle(Began(10.0)) == Position(0, 10.0, 120.0, runs=True)
    assert [time.tick_at(at_s) for at_s in (9.9, 10.0, 10.5, 12.0)] == [NOT_BEGUN, 0, 480, 1920]
    assert time.due_s(1920) == 12.0


def test_the_next_bar_line_is_the_one_at_or_after_a_moment() -> None:
    time = own_time()
    time.handle(Began(10.0))
    assert [time.line_after(at_s) for at_s in (9.0, 10.0, 10.01, 12.0, 12.01)] == [0, 0, BAR, BAR, 2 * BAR]
    assert time.line_after(10.6, 480) == 960


def test_a_change_of_tempo_counts_from_its_tick_on() -> None:
    time = own_time()
    time.handle(Began(10.0))
    assert time.change_tempo(BAR, 60.0) == Position(BAR, 12.0, 60.0, runs=True, take_tick=BAR)
    assert [time.tick_at(at_s) for at_s in (11.0, 12.0, 13.0)] == [960, BAR, BAR + 480]
    time.change_tempo(BAR, 240.0)
    assert time.tick_at(13.0) == BAR + 1920
    assert time.tempo == 240.0


def test_a_change_that_came_to_the_player_too_late_counts_from_where_the_player_has_it() -> None:
    time = own_time()
    time.handle(Began(10.0))
    time.change_tempo(480, 60.0)
    time.change_tempo(960, 240.0)
    assert time.handle(TempoChanged(500, 60.0)) == Position(500, 10.0 + 500 / 960, 60.0, runs=True, take_tick=500)
    assert time.handle(TempoChanged(960, 240.0)) is None
    assert time.due_s(960) == pytest.approx(10.0 + 500 / 960 + 460 / 480)
    assert time.tick_at(time.due_s(960) + 1.0) == 960 + 1920


def test_a_change_of_which_a_player_that_died_said_nothing_still_counts() -> None:
    time = own_time()
    time.handle(Began(10.0))
    time.change_tempo(480, 60.0)
    time.change_tempo(960, 240.0)
    assert time.handle(TempoChanged(960, 240.0)) is None
    assert time.due_s(960) == 11.5


def test_a_tempo_changed_at_the_beginning_is_the_only_one() -> None:
    time = own_time()
    time.change_tempo(0, 60.0)
    time.handle(Began(10.0))
    assert time.tick_at(11.0) == 480


def test_someone_elses_time_is_where_it_was_last_told_to_be() -> None:
    time = Playhead(120.0, BAR, follows=True)
    assert time.handle(Position(960, 20.0, 60.0, runs=True, take_tick=480)) == Position(
        960, 20.0, 60.0, runs=True, take_tick=480
    )
    assert (time.tick_at(21.0), time.due_s(1440), time.tempo) == (1440, 21.0, 60.0)
    time.handle(Position(2000, 22.0, 60.0, runs=False, take_tick=480))
    assert (time.tick_at(50.0), time.runs) == (2000, False)


def test_bars_count_from_one() -> None:
    assert [own_time().bar_of(tick) for tick in (-1, 0, 1919, 1920)] == [1, 1, 1, 2]


def test_other_reports_say_nothing_of_time() -> None:
    assert own_time().handle(Alive()) is None
