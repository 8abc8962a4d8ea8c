"""The transport in time with a DAW's MIDI clock: starts, stops and jumps of the music."""

from __future__ import annotations

import pytest

from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.player.commands import ClockGone, Feed
from musicgen_live.player.reports import Notice
from musicgen_live.player.transport.base import Located, Started, Stopped, TransportEvent
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.daw import CONTINUE, START, STOP, Daw, song_position

FOUR = COMMON_TIME
BAR, BEAT = 1920, 480


def receive(transport: MidiClockTransport, daw: Daw) -> list[TransportEvent]:
    """Return the events of all messages that the DAW has sent since the last call."""
    events = [event for sent in daw.sent for event in transport.receive(sent)]
    daw.sent.clear()
    return events


def followed(daw: Daw) -> tuple[MidiClockTransport, list[TransportEvent]]:
    transport = MidiClockTransport(FOUR, 120)
    return transport, receive(transport, daw)


def test_the_first_pulse_after_start_is_tick_0() -> None:
    transport, events = followed(Daw(at_s=5.0).sends(START).pulses(1))
    assert events == [Started(0, is_jump=False)]
    assert transport.runs
    assert transport.tick_at(5.0) == 0
    assert transport.due_s(480) == pytest.approx(5.5)


def test_nothing_runs_before_that_pulse() -> None:
    transport, events = followed(Daw().sends(START))
    assert (events, transport.runs, transport.tick_at(3.0)) == ([], False, 0)


def test_pulses_without_a_start_are_reported_and_wait_for_it() -> None:
    daw = Daw(tempo=96).beats(8)
    transport, events = followed(daw)
    assert events == [Notice("A clock of 96 BPM comes in; press play in the DAW.")]
    assert not transport.runs
    # Its tempo is known from the first tick on.
    assert receive(transport, daw.sends(START).pulses(1)) == [Started(0, is_jump=False)]
    assert transport.tempo == pytest.approx(96)


def test_a_clock_that_runs_is_joined_a_bar_after_its_first_pulse() -> None:
    daw = Daw(at_s=3.0, tempo=96).beats(4)
    transport = MidiClockTransport(FOUR, 120, joins=True)
    assert receive(transport, daw) == []
    assert not transport.runs
    joined = [Started(0, is_jump=False), Notice("The music joins the clock, of 96 BPM, at bar 1.")]
    assert receive(transport, daw.pulses(1)) == joined
    assert transport.tick_at(3.0 + 4 * 60 / 96) == 0
    assert transport.due_s(BAR) == pytest.approx(3.0 + 8 * 60 / 96)


@pytest.mark.parametrize(("sixteenths", "bar", "pulses"), [(0, 1, 1), (36, 4, 72 + 1), (47, 4, 6 + 1), (48, 4, 1)])
def test_a_clock_that_told_its_position_is_joined_at_its_next_bar_line(sixteenths: int, bar: int, pulses: int) -> None:
    daw = Daw().beats(1.5).sends(song_position(sixteenths))
    transport = MidiClockTransport(FOUR, 120, joins=True)
    receive(transport, daw.pulses(pulses - 1))
    assert not transport.runs
    events = receive(transport, daw.pulses(1))
    assert events[0] == Started((bar - 1) * BAR, is_jump=bar > 1)


def test_a_clock_that_is_joined_stops_and_starts_as_any_other() -> None:
    daw = Daw().beats(5).sends(STOP)
    transport = MidiClockTransport(FOUR, 120, joins=True)
    assert Stopped(479) in receive(transport, daw)
    assert receive(transport, daw.sends(CONTINUE).pulses(1)) == [Started(480, is_jump=False)]


def test_a_clock_that_has_stopped_is_joined_when_it_starts() -> None:
    daw = Daw().beats(1).sends(STOP).beats(9)
    transport = MidiClockTransport(FOUR, 120, joins=True)
    receive(transport, daw)
    assert not transport.runs
    assert receive(transport, daw.sends(START).pulses(1)) == [Started(0, is_jump=False)]


def test_stop_keeps_the_position_and_continue_resumes_there() -> None:
    daw = Daw().sends(START).beats(6).sends(STOP)
    transport, events = followed(daw)
    assert events[1:] == [Stopped(2879), Notice("Stopped at bar 2, beat 3; the notes are released.")]
    assert transport.tick_at(99.0) == 6 * BEAT
    assert receive(transport, daw.silent(7.3).sends(CONTINUE).pulses(1)) == [Started(6 * BEAT, is_jump=False)]
    assert transport.tick_at(daw.at_s) == 6 * BEAT + 20


def test_a_clock_that_runs_on_after_stop_moves_nothing() -> None:
    daw = Daw().sends(START).beats(6).sends(STOP).beats(9)
    transport, _ = followed(daw)
    assert not transport.runs
    assert transport.tick_at(daw.at_s) == 6 * BEAT
    assert receive(transport, daw.sends(CONTINUE).beats(1)) == [Started(6 * BEAT, is_jump=False)]
    assert transport.tick_at(daw.at_s) == 7 * BEAT


def test_start_after_stop_begins_again() -> None:
    daw = Daw().sends(START).beats(6).sends(STOP).beats(2)
    transport, _ = followed(daw)
    assert receive(transport, daw.sends(START).pulses(1)) == [Started(0, is_jump=True)]


def test_start_without_a_stop_begins_again_too() -> None:
    daw = Daw().sends(START).beats(6)
    transport, _ = followed(daw)
    assert receive(transport, daw.sends(START).pulses(1)) == [Stopped(2879), Started(0, is_jump=True)]


def test_a_song_position_is_honoured_by_continue() -> None:
    # 64 sixteenths: bar 5.
    daw = Daw().sends(START).beats(6).sends(STOP).sends(song_position(64))
    transport, _ = followed(daw)
    assert receive(transport, daw.silent(1).sends(CONTINUE).pulses(1)) == [Started(4 * BAR, is_jump=True)]


def test_a_song_position_beyond_seven_bits() -> None:
    _, events = followed(Daw().sends(song_position(1000), CONTINUE).pulses(1))
    assert events == [Located(1000 * 120), Started(1000 * 120, is_jump=True)]


def test_a_song_position_while_stopped_is_where_it_stands() -> None:
    transport, events = followed(Daw().sends(song_position(64), song_position(64), song_position(0)))
    assert events == [Located(4 * BAR), Located(0)]
    assert (transport.runs, transport.tick_at(9.0)) == (False, 0)


def test_start_forgets_a_song_position() -> None:
    _, events = followed(Daw().sends(song_position(64), START).pulses(1))
    assert events == [Located(4 * BAR), Started(0, is_jump=False)]


def test_a_song_position_while_playing_is_a_loop() -> None:
    daw = Daw().sends(START).beats(16)
    transport, _ = followed(daw)
    assert receive(transport, daw.sends(song_position(0)).pulses(1)) == [Stopped(4 * BAR), Started(0, is_jump=True)]
    assert transport.tick_at(daw.at_s) == 20


def test_a_song_position_equal_to_the_next_pulse_is_ignored() -> None:
    daw = Daw().sends(START).beats(16)
    transport, _ = followed(daw)
    assert receive(transport, daw.sends(song_position(64)).beats(1)) == []
    assert transport.tick_at(daw.at_s) == 17 * BEAT


def test_a_loop_cancelled_before_its_pulse_is_ignored() -> None:
    daw = Daw().sends(START).beats(16)
    transport, _ = followed(daw)
    assert receive(transport, daw.sends(song_position(0), song_position(64)).beats(1)) == []
    assert transport.tick_at(daw.at_s) == 17 * BEAT


def test_an_incomplete_song_position_is_ignored() -> None:
    _, events = followed(Daw().sends(b"\xf2\x40", START).pulses(1))
    assert events == [Started(0, is_jump=False)]


def test_continue_before_any_start_begins_at_the_beginning() -> None:
    _, events = followed(Daw().sends(CONTINUE).pulses(1))
    assert events == [Started(0, is_jump=False)]


def test_start_twice_before_a_pulse_is_start() -> None:
    _, events = followed(Daw().sends(START, START).pulses(1))
    assert events == [Started(0, is_jump=False)]


@pytest.mark.parametrize("tempo", [20, 60, 174, 300])
def test_slow_and_fast_clocks_are_followed(tempo: float) -> None:
    daw = Daw(tempo=tempo).sends(START).beats(17)
    transport, events = followed(daw)
    assert events == [Started(0, is_jump=False)]
    assert transport.tempo == pytest.approx(tempo)
    assert transport.tick_at(daw.at_s) == 17 * BEAT


def test_stop_before_the_pulse_of_continue_keeps_the_position() -> None:
    daw = Daw().sends(song_position(64), CONTINUE, STOP).silent(1).sends(CONTINUE).pulses(1)
    _, events = followed(daw)
    assert events == [Located(4 * BAR), Started(4 * BAR, is_jump=True)]


def test_the_timeout_is_a_bar_after_the_last_pulse() -> None:
    transport, _ = followed(Daw().sends(START).beats(8))
    # At 120 BPM the last pulse of beat 8 came 1/48 s before 4 s.
    assert transport.timeout_s == pytest.approx(4 - 1 / 48 + 2)
    transport, _ = followed(Daw().sends(START).beats(8).sends(STOP))
    assert transport.timeout_s is None


def test_a_dead_clock_is_continued_for_a_bar_and_may_resume() -> None:
    daw = Daw().sends(START).beats(8)
    transport, _ = followed(daw)
    # The music continues at the last tempo until the timeout.
    assert transport.tick_at(5.5) == 11 * BEAT
    assert transport.timeout(6 - 1 / 48) == [
        Stopped(8 * BEAT - 20 + BAR),
        Notice("The clock has been silent for a bar, so the notes are released; the music goes on with it."),
    ]
    assert (transport.runs, transport.timeout_s) == (False, None)
    assert receive(transport, daw.silent(10).pulses(1)) == [Started(8 * BEAT, is_jump=True)]


def test_a_pause_of_less_than_a_bar_moves_the_music_back() -> None:
    daw = Daw().sends(START).beats(8)
    transport, _ = followed(daw)
    # The music continued for 1.5 s, three beats; the second pulse shows the position of the clock.
    assert receive(transport, daw.silent(1.5).pulses(1)) == []
    assert receive(transport, daw.pulses(1)) == [Stopped(11 * BEAT + 20), Started(8 * BEAT + 20, is_jump=True)]
    assert transport.tick_at(daw.at_s) == 8 * BEAT + 40


def test_a_short_pause_is_no_jump() -> None:
    daw = Daw().sends(START).beats(8)
    transport, _ = followed(daw)
    assert receive(transport, daw.silent(0.26).beats(1)) == []
    assert transport.tick_at(daw.at_s) == 9 * BEAT


def test_a_port_back_within_the_bar_finds_the_music_in_time() -> None:
    daw = Daw().sends(START).beats(8)
    transport, _ = followed(daw)
    assert transport.receive(ClockGone()) == []
    daw.beats(3).sent.clear()
    assert receive(transport, daw.pulses(2)) == []
    assert transport.tick_at(daw.at_s) == 11 * BEAT + 40


def test_a_port_lost_for_a_bar_stops_the_music_until_start() -> None:
    daw = Daw().sends(START).beats(8)
    transport, _ = followed(daw)
    transport.receive(ClockGone())
    assert transport.timeout(6 - 1 / 48)[1] == Notice(
        "The clock has been silent for a bar, so the notes are released; press play again when its port is back."
    )
    # Most DAWs send pulses while they stand still: these must not start the music.
    assert receive(transport, daw.silent(9).beats(8)) == []
    assert receive(transport, daw.sends(START).pulses(1)) == [Started(0, is_jump=True)]


def test_with_a_count_in_a_running_clock_starts_the_music() -> None:
    transport = MidiClockTransport(FOUR, 120, count_in_ticks=2 * FOUR.bar_ticks)
    daw = Daw(at_s=1.0).beats(9)
    assert receive(transport, daw) == [Started(-2 * BAR, is_jump=True)]
    assert transport.tick_at(daw.at_s) == BEAT


def test_a_start_during_the_count_in_is_bar_1_at_once() -> None:
    transport = MidiClockTransport(TimeSignature(3, 4), 120, count_in_ticks=1 * TimeSignature(3, 4).bar_ticks)
    assert receive(transport, Daw().sends(START).pulses(1)) == [Started(0, is_jump=False)]


def test_a_stop_before_the_first_pulse_keeps_the_count_in() -> None:
    transport = MidiClockTransport(FOUR, 120, count_in_ticks=1 * FOUR.bar_ticks)
    assert receive(transport, Daw().sends(STOP).pulses(1)) == [Started(-BAR, is_jump=True)]


def test_a_bar_of_7_8_sets_count_in_and_timeout() -> None:
    transport = MidiClockTransport(TimeSignature(7, 8), 120, count_in_ticks=1 * TimeSignature(7, 8).bar_ticks)
    daw = Daw().beats(7)
    assert receive(transport, daw) == [Started(-7 * BEAT // 2, is_jump=True)]
    assert transport.timeout_s == pytest.approx(7 * 0.5 - 1 / 48 + 1.75)
    assert receive(transport, daw.sends(STOP))[1] == Notice("Stopped at bar 2; the notes are released.")


def test_the_time_signature_sets_the_bar() -> None:
    transport = MidiClockTransport(TimeSignature(6, 8), 120, count_in_ticks=1 * TimeSignature(6, 8).bar_ticks)
    daw = Daw()
    assert receive(transport, daw.beats(4)) == [Started(-3 * BEAT, is_jump=True)]
    events = receive(transport, daw.beats(3.5).sends(STOP))
    # Four and a half quarters after bar 1: the fourth eighth of bar 2.
    assert events[1:] == [Notice("Stopped at bar 2, beat 4; the notes are released.")]
    assert events[0] == Stopped(4 * BEAT + BEAT // 2 - 1)


def test_a_resumed_player_continues_at_the_position() -> None:
    # Tick 3,840 was at 10 s; a second later at 120 BPM it is 4,800.
    transport = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=True, take_tick=7680))
    assert transport.runs
    assert transport.tick_at(11.0) == 4800
    # The first pulse that it receives is the nearest one.
    daw = Daw(at_s=11.004)
    assert receive(transport, daw.pulses(30)) == []
    assert transport.due_s(4800 + 30 * 20) == pytest.approx(daw.at_s, abs=0.001)


def test_a_resumed_player_waits_a_whole_bar_for_the_clock() -> None:
    transport = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=True, take_tick=7680))
    assert transport.timeout_s == 12.0
    # The start of this player took so long.
    assert transport.timeout(13.0) == []
    assert (transport.timeout_s, transport.runs) == (15.0, True)
    assert transport.timeout(15.0)[0] == Stopped(3840 + 10 * BEAT)


def test_a_resumed_player_with_pulses_has_the_usual_timeout() -> None:
    transport = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=True, take_tick=7680))
    daw = Daw(at_s=11.0).beats(2)
    assert receive(transport, daw) == []
    assert transport.timeout_s == pytest.approx(12 - 1 / 48 + 2)
    assert transport.timeout(14.0)[0] == Stopped(3840 + 8 * BEAT)


def test_a_resumed_player_of_stopped_music_stays_stopped() -> None:
    transport = MidiClockTransport(FOUR, 90, resume=Position(3840, 10.0, 120.0, runs=False, take_tick=7680))
    daw = Daw(at_s=11.0).beats(4)
    assert receive(transport, daw) == []
    assert receive(transport, daw.sends(CONTINUE).pulses(1)) == [Started(3840, is_jump=False)]


def test_other_messages_are_ignored() -> None:
    transport, events = followed(Daw().sends(b"\xfe").sends(b"\x90\x3c\x50"))
    assert (events, transport.receive(Feed(()))) == ([], [])
