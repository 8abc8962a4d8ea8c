"""What a DAW's clock makes of the music: where it runs, halts and jumps."""

from __future__ import annotations

import pytest

from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.player.protocol import ClockGone, Feed, Notice
from musicgen_live.player.transport.base import Started, Stopped, TransportEvent
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.daw import CONTINUE, START, STOP, Daw, position

FOUR = COMMON_TIME
BAR, BEAT = 1920, 480


def hear(follower: MidiClockTransport, daw: Daw) -> list[TransportEvent]:
    """What follows from all that a DAW has sent since the last time."""
    events = [event for sent in daw.sent for event in follower.receive(sent)]
    daw.sent.clear()
    return events


def followed(daw: Daw) -> tuple[MidiClockTransport, list[TransportEvent]]:
    follower = MidiClockTransport(FOUR, 120)
    return follower, hear(follower, daw)


def test_the_first_pulse_after_start_is_tick_0() -> None:
    follower, events = followed(Daw(at_s=5.0).says(START).pulses(1))
    assert events == [Started(0, is_jump=False)]
    assert follower.runs
    assert follower.tick_at(5.0) == 0
    assert follower.due_s(480) == pytest.approx(5.5)


def test_nothing_runs_before_that_pulse() -> None:
    follower, events = followed(Daw().says(START))
    assert (events, follower.runs, follower.tick_at(3.0)) == ([], False, 0)


def test_pulses_without_a_start_are_told_of_and_wait_for_it() -> None:
    daw = Daw(tempo=96).beats(8)
    follower, events = followed(daw)
    assert events == [Notice("A clock of 96 BPM comes in; press play in the DAW.")]
    assert not follower.runs
    # Its tempo is known from the first tick on.
    assert hear(follower, daw.says(START).pulses(1)) == [Started(0, is_jump=False)]
    assert follower.tempo == pytest.approx(96)


def test_stop_keeps_the_position_and_continue_goes_on_there() -> None:
    daw = Daw().says(START).beats(6).says(STOP)
    follower, events = followed(daw)
    assert events[1:] == [Stopped(2879), Notice("Stopped at bar 2, beat 3; the notes are released.")]
    assert follower.tick_at(99.0) == 6 * BEAT
    assert hear(follower, daw.silent(7.3).says(CONTINUE).pulses(1)) == [Started(6 * BEAT, is_jump=False)]
    assert follower.tick_at(daw.at_s) == 6 * BEAT + 20


def test_a_clock_that_runs_on_after_stop_moves_nothing() -> None:
    daw = Daw().says(START).beats(6).says(STOP).beats(9)
    follower, _ = followed(daw)
    assert not follower.runs
    assert follower.tick_at(daw.at_s) == 6 * BEAT
    assert hear(follower, daw.says(CONTINUE).beats(1)) == [Started(6 * BEAT, is_jump=False)]
    assert follower.tick_at(daw.at_s) == 7 * BEAT


def test_start_after_stop_begins_again() -> None:
    daw = Daw().says(START).beats(6).says(STOP).beats(2)
    follower, _ = followed(daw)
    assert hear(follower, daw.says(START).pulses(1)) == [Started(0, is_jump=True)]


def test_start_without_a_stop_begins_again_too() -> None:
    daw = Daw().says(START).beats(6)
    follower, _ = followed(daw)
    assert hear(follower, daw.says(START).pulses(1)) == [Stopped(2879), Started(0, is_jump=True)]


def test_a_song_position_is_honoured_by_continue() -> None:
    # 64 sixteenths: bar 5.
    daw = Daw().says(START).beats(6).says(STOP).says(position(64))
    follower, _ = followed(daw)
    assert hear(follower, daw.silent(1).says(CONTINUE).pulses(1)) == [Started(4 * BAR, is_jump=True)]


def test_a_song_position_beyond_seven_bits() -> None:
    _, events = followed(Daw().says(position(1000), CONTINUE).pulses(1))
    assert events == [Started(1000 * 120, is_jump=True)]


def test_start_forgets_a_song_position() -> None:
    _, events = followed(Daw().says(position(64), START).pulses(1))
    assert events == [Started(0, is_jump=False)]


def test_a_song_position_while_playing_is_a_loop() -> None:
    daw = Daw().says(START).beats(16)
    follower, _ = followed(daw)
    assert hear(follower, daw.says(position(0)).pulses(1)) == [Stopped(4 * BAR), Started(0, is_jump=True)]
    assert follower.tick_at(daw.at_s) == 20


def test_a_song_position_where_the_music_is_anyway_changes_nothing() -> None:
    daw = Daw().says(START).beats(16)
    follower, _ = followed(daw)
    assert hear(follower, daw.says(position(64)).beats(1)) == []
    assert follower.tick_at(daw.at_s) == 17 * BEAT


def test_a_loop_that_is_taken_back_before_its_pulse_is_none() -> None:
    daw = Daw().says(START).beats(16)
    follower, _ = followed(daw)
    assert hear(follower, daw.says(position(0), position(64)).beats(1)) == []
    assert follower.tick_at(daw.at_s) == 17 * BEAT


def test_a_song_position_without_its_data_is_passed_over() -> None:
    _, events = followed(Daw().says(b"\xf2\x40", START).pulses(1))
    assert events == [Started(0, is_jump=False)]


def test_continue_before_any_start_begins_at_the_beginning() -> None:
    _, events = followed(Daw().says(CONTINUE).pulses(1))
    assert events == [Started(0, is_jump=False)]


def test_start_twice_before_a_pulse_is_start() -> None:
    _, events = followed(Daw().says(START, START).pulses(1))
    assert events == [Started(0, is_jump=False)]


@pytest.mark.parametrize("tempo", [20, 60, 174, 300])
def test_slow_and_fast_clocks_are_followed(tempo: float) -> None:
    daw = Daw(tempo=tempo).says(START).beats(17)
    follower, events = followed(daw)
    assert events == [Started(0, is_jump=False)]
    assert follower.tempo == pytest.approx(tempo)
    assert follower.tick_at(daw.at_s) == 17 * BEAT


def test_stop_between_continue_and_its_first_pulse_keeps_the_place() -> None:
    daw = Daw().says(position(64), CONTINUE, STOP).silent(1).says(CONTINUE).pulses(1)
    _, events = followed(daw)
    assert events == [Started(4 * BAR, is_jump=True)]


def test_the_alarm_is_a_bar_after_the_last_pulse() -> None:
    follower, _ = followed(Daw().says(START).beats(8))
    # At 120 BPM the last pulse of beat 8 came 1/48 s before 4 s.
    assert follower.timeout_s == pytest.approx(4 - 1 / 48 + 2)
    follower, _ = followed(Daw().says(START).beats(8).says(STOP))
    assert follower.timeout_s is None


def test_a_clock_that_dies_is_held_for_a_bar_and_goes_on_where_it_was() -> None:
    daw = Daw().says(START).beats(8)
    follower, _ = followed(daw)
    # The music runs on with the last tempo until the alarm.
    assert follower.tick_at(5.5) == 11 * BEAT
    assert follower.timeout(6 - 1 / 48) == [
        Stopped(8 * BEAT - 20 + BAR),
        Notice("The clock has been silent for a bar, so the notes are released; the music goes on with it."),
    ]
    assert (follower.runs, follower.timeout_s) == (False, None)
    assert hear(follower, daw.silent(10).pulses(1)) == [Started(8 * BEAT, is_jump=True)]


def test_a_clock_that_pauses_for_less_than_a_bar_is_waited_for() -> None:
    daw = Daw().says(START).beats(8)
    follower, _ = followed(daw)
    # The music went on for 1.5 s, three beats; with the second pulse it is known where the clock is.
    assert hear(follower, daw.silent(1.5).pulses(1)) == []
    assert hear(follower, daw.pulses(1)) == [Stopped(11 * BEAT + 20), Started(8 * BEAT + 20, is_jump=True)]
    assert follower.tick_at(daw.at_s) == 8 * BEAT + 40


def test_a_short_pause_is_no_jump() -> None:
    daw = Daw().says(START).beats(8)
    follower, _ = followed(daw)
    assert hear(follower, daw.silent(0.26).beats(1)) == []
    assert follower.tick_at(daw.at_s) == 9 * BEAT


def test_a_port_that_comes_back_within_the_bar_finds_the_music_in_time() -> None:
    daw = Daw().says(START).beats(8)
    follower, _ = followed(daw)
    assert follower.receive(ClockGone()) == []
    daw.beats(3).sent.clear()
    assert hear(follower, daw.pulses(2)) == []
    assert follower.tick_at(daw.at_s) == 11 * BEAT + 40


def test_a_port_that_stays_away_ends_the_run_until_the_next_start() -> None:
    daw = Daw().says(START).beats(8)
    follower, _ = followed(daw)
    follower.receive(ClockGone())
    assert follower.timeout(6 - 1 / 48)[1] == Notice(
        "The clock has been silent for a bar, so the notes are released; press play again when its port is back."
    )
    # Most DAWs send pulses while they stand still: they are no reason to play.
    assert hear(follower, daw.silent(9).beats(8)) == []
    assert hear(follower, daw.says(START).pulses(1)) == [Started(0, is_jump=True)]


def test_with_a_count_in_a_clock_that_runs_already_is_enough() -> None:
    follower = MidiClockTransport(FOUR, 120, count_in_bars=2)
    daw = Daw(at_s=1.0).beats(9)
    assert hear(follower, daw) == [Started(-2 * BAR, is_jump=True)]
    assert follower.tick_at(daw.at_s) == BEAT


def test_a_start_during_the_count_in_is_bar_1_at_once() -> None:
    follower = MidiClockTransport(TimeSignature(3, 4), 120, count_in_bars=1)
    assert hear(follower, Daw().says(START).pulses(1)) == [Started(0, is_jump=False)]


def test_a_stop_before_the_first_pulse_does_not_end_the_wait_for_the_count_in() -> None:
    follower = MidiClockTransport(FOUR, 120, count_in_bars=1)
    assert hear(follower, Daw().says(STOP).pulses(1)) == [Started(-BAR, is_jump=True)]


def test_seven_eighths_are_counted_in_and_held_for_a_bar() -> None:
    follower = MidiClockTransport(TimeSignature(7, 8), 120, count_in_bars=1)
    daw = Daw().beats(7)
    assert hear(follower, daw) == [Started(-7 * BEAT // 2, is_jump=True)]
    assert follower.timeout_s == pytest.approx(7 * 0.5 - 1 / 48 + 1.75)
    assert hear(follower, daw.says(STOP))[1] == Notice("Stopped at bar 2; the notes are released.")


def test_another_metre_has_another_bar() -> None:
    follower = MidiClockTransport(TimeSignature(6, 8), 120, count_in_bars=1)
    daw = Daw()
    assert hear(follower, daw.beats(4)) == [Started(-3 * BEAT, is_jump=True)]
    events = hear(follower, daw.beats(3.5).says(STOP))
    # Four and a half quarters after bar 1: the fourth eighth of bar 2.
    assert events[1:] == [Notice("Stopped at bar 2, beat 4; the notes are released.")]
    assert events[0] == Stopped(4 * BEAT + BEAT // 2 - 1)


def test_another_player_goes_on_where_the_first_one_was() -> None:
    # Tick 3,840 was at 10 s; a second later at 120 BPM it is 4,800.
    follower = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=True, take_tick=7680))
    assert follower.runs
    assert follower.tick_at(11.0) == 4800
    # The pulse it hears first is the nearest one.
    daw = Daw(at_s=11.004)
    assert hear(follower, daw.pulses(30)) == []
    assert follower.due_s(4800 + 30 * 20) == pytest.approx(daw.at_s, abs=0.001)


def test_another_player_waits_for_a_bar_of_its_own_before_it_gives_the_clock_up() -> None:
    follower = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=True, take_tick=7680))
    assert follower.timeout_s == 12.0
    # It took so long to start.
    assert follower.timeout(13.0) == []
    assert (follower.timeout_s, follower.runs) == (15.0, True)
    assert follower.timeout(15.0)[0] == Stopped(3840 + 10 * BEAT)


def test_a_clock_that_another_player_hears_is_held_for_one_bar_only() -> None:
    follower = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=True, take_tick=7680))
    daw = Daw(at_s=11.0).beats(2)
    assert hear(follower, daw) == []
    assert follower.timeout_s == pytest.approx(12 - 1 / 48 + 2)
    assert follower.timeout(14.0)[0] == Stopped(3840 + 8 * BEAT)


def test_another_player_stands_where_the_first_one_stood() -> None:
    follower = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=False, take_tick=7680))
    daw = Daw(at_s=11.0).beats(4)
    assert hear(follower, daw) == []
    assert hear(follower, daw.says(CONTINUE).pulses(1)) == [Started(3840, is_jump=False)]


def test_what_is_no_clock_is_passed_over() -> None:
    follower, events = followed(Daw().says(b"\xfe").says(b"\x90\x3c\x50"))
    assert (events, follower.receive(Feed(()))) == ([], [])
