"""A player that follows a DAW's clock: the messages that it sends and records, with their moments."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.player.clock import ManualClock
from musicgen_live.player.commands import Command, Feed, Finish, Replace, SetMute, Stop
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.reports import Notice, Report, TakeTempo
from musicgen_live.player.sent_log import SentLog
from musicgen_live.player.take_timeline import TakeTimeline
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.daw import CLOCK, CONTINUE, START, STOP, Daw, song_position
from tests.support.scripted_clock import ALL_OFF, Scripted, off, on

BAR, BEAT = 1920, 480
FOUR = COMMON_TIME

# A note of an eighth on every quarter of eight bars: 60 in bar 1, 61 in bar 2 and so on.
EIGHT_BARS = Feed(tuple(Note(beat * BEAT, 240, 60 + beat // 4, 80) for beat in range(32)))


class TimedOutput(MemoryOutput):
    """Records the moment of each message, to the millisecond."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.timed: list[tuple[float, bytes]] = []

    def send(self, tick: int, message: bytes) -> None:
        super().send(tick, message)
        self.timed.append((round(self._clock.now_s(), 3), message))

    def note_ons(self) -> list[tuple[float, int]]:
        """Return the moment and pitch of each note-on."""
        return [(at_s, message[1]) for at_s, message in self.timed if message[0] & 0xF0 == 0x90]


def play(
    daw: Daw,
    *,
    end_s: float | None = None,
    fed: tuple[tuple[float, Command], ...] = ((0.0, EIGHT_BARS),),
    count_in_bars: int = 0,
    sends_clock: bool = False,
    resume: Position | None = None,
    take_timeline: TakeTimeline | None = None,
    from_tick: int = 0,
) -> tuple[TimedOutput, SentLog, list[Report]]:
    """Play the notes fed by a DAW's clock, and stop 5 ms before its next pulse is due, or at `end_s`."""
    script = sorted([*fed, *((sent.at_s, sent) for sent in daw.sent)], key=lambda entry: entry[0])
    script.append((daw.at_s - 0.005 if end_s is None else end_s, Stop()))
    clock, sent_log, reports = Scripted(script), SentLog(), list[Report]()

    def add_report(report: Report) -> None:
        sent_log.record(report)
        reports.append(report)

    output = TimedOutput(clock)
    Player(
        clock,
        MidiClockTransport(FOUR, 120, count_in_ticks=CountIn(count_in_bars, FOUR).ticks, resume=resume),
        [Route(output)],
        take_timeline=take_timeline,
        report=add_report,
        options=PlayerOptions(sends_clock=sends_clock, count_in=CountIn(count_in_bars, FOUR), from_tick=from_tick),
    ).run(SimpleQueue())
    return output, sent_log, reports


def test_bar_1_of_the_daw_is_bar_1_of_the_music() -> None:
    output, sent_log, _ = play(Daw(at_s=3.0).sends(START).beats(3))
    assert output.note_ons() == [(3.0, 60), (3.5, 60), (4.0, 60)]
    assert output.messages == [
        on(0, 60),
        off(240, 60),
        on(480, 60),
        off(720, 60),
        on(960, 60),
        off(1200, 60),
        (1435, ALL_OFF),
    ]
    assert sent_log.messages == output.messages


def test_without_a_start_nothing_is_played() -> None:
    output, _, reports = play(Daw().beats(8))
    assert output.messages == [(0, ALL_OFF)]
    assert Notice("A clock of 120 BPM comes in; press play in the DAW.") in reports


def test_the_tempo_is_the_clocks() -> None:
    output, sent_log, reports = play(Daw(tempo=90).sends(START).beats(4))
    assert output.note_ons() == [(0.0, 60), (0.667, 60), (1.333, 60), (2.0, 60)]
    assert [r for r in reports if isinstance(r, TakeTempo)] == [TakeTempo(0, 90.0)]
    assert sent_log.tempos == [(0, 90.0)]


def test_a_tempo_that_changes_is_in_the_take_from_its_beat_on() -> None:
    daw = Daw().sends(START).beats(4)
    daw.tempo = 80
    output, sent_log, _ = play(daw.beats(4))
    assert [tick for tick, _ in sent_log.tempos] == [0, BAR]
    assert sent_log.tempos[0][1] == 120
    assert sent_log.tempos[1][1] == pytest.approx(80, abs=0.5)
    assert output.note_ons()[-3:] == [(2.75, 61), (3.5, 61), (4.25, 61)]


def test_stop_releases_and_continue_resumes_at_the_same_tick() -> None:
    daw = Daw().sends(START).beats(2.25).sends(STOP).silent(10).sends(CONTINUE).beats(1)
    output, _, _ = play(daw)
    # Stopped a millisecond before a quarter and a sixteenth: the third note is released there, and not repeated.
    assert output.timed[4:] == [
        (1.0, bytes((0x90, 60, 80))),
        (1.124, bytes((0x80, 60, 0))),
        (11.5, bytes((0x90, 60, 80))),
        (11.62, bytes((0x80, 60, 0))),
        (11.62, ALL_OFF),
    ]
    assert output.messages[4:] == [on(960, 60), off(1079, 60), on(1440, 60), off(1555, 60), (1555, ALL_OFF)]


def test_a_place_located_while_it_stands_is_reported() -> None:
    daw = Daw().sends(START).beats(6).sends(STOP).silent(1).sends(song_position(64)).silent(1).sends(CONTINUE).beats(1)
    output, _, reports = play(daw)
    # The take stopped in its bar 2, and will continue in bar 3.
    located = [report for report in reports if isinstance(report, Position) and not report.runs][-1]
    assert (located.tick, located.take_tick) == (4 * BAR, 2 * BAR)
    assert output.note_ons()[-1] == (5.0, 64)
    assert output.messages[-3] == on(2 * BAR, 64)


def test_a_second_start_repeats_the_music_from_the_next_bar() -> None:
    daw = Daw().sends(START).beats(6).sends(STOP).silent(4).sends(START).beats(2)
    output, _, reports = play(daw)
    assert output.note_ons() == [(0, 60), (0.5, 60), (1, 60), (1.5, 60), (2, 61), (2.5, 61), (7, 60), (7.5, 60)]
    assert output.messages[-5:] == [
        on(2 * BAR, 60),
        off(2 * BAR + 240, 60),
        on(2 * BAR + 480, 60),
        off(2 * BAR + 720, 60),
        (2 * BAR + 955, ALL_OFF),
    ]
    positions = [(r.tick, r.take_tick, r.runs) for r in reports if isinstance(r, Position)]
    assert positions[-3:] == [(2879, 2879, False), (0, 2 * BAR, True), (480, 2 * BAR + 480, True)]


def test_locating_to_a_bar_plays_that_bar() -> None:
    # Bar 5, beat 3, at the beginning: the take has the same position in its bar.
    daw = Daw().sends(song_position(72), CONTINUE).beats(3)
    output, _, _ = play(daw)
    assert output.note_ons() == [(0, 64), (0.5, 64), (1.0, 65)]
    assert [tick for tick, message in output.messages if message[0] == 0x90] == [960, 1440, 1920]


def test_a_late_bar_is_played_from_the_present_position() -> None:
    # Bar 9 is fed 1.2 s after the DAW has reached it.
    ninth = Feed(tuple(Note(8 * BAR + beat * BEAT, 240, 80, 80) for beat in range(4)))
    daw = Daw().sends(song_position(128), CONTINUE).beats(4)
    output, sent_log, _ = play(daw, fed=((0.0, EIGHT_BARS), (1.2, ninth)))
    # Of the notes due at 0, 0.5 and 1 s, only the last one is less late than `LATE_DROP_S`.
    assert output.note_ons() == [(1.2, 80), (1.5, 80)]
    assert sent_log.summary().dropped == 2


def test_notes_before_the_located_position_are_not_dropped() -> None:
    daw = Daw().sends(song_position(64), CONTINUE).beats(1)
    _, sent_log, _ = play(daw, fed=((0.25, EIGHT_BARS),))
    assert sent_log.summary().dropped == 0


def test_a_daw_that_loops_stays_on_the_takes_bar_lines() -> None:
    # Two bars, three times; the position is sent when the pulse after the end of the loop is due.
    daw = Daw().sends(START).beats(8).sends(song_position(0)).beats(8).sends(song_position(0)).beats(4)
    output, _, _ = play(daw)
    note_ons = [(tick, message[1]) for tick, message in output.messages if message[0] == 0x90]
    assert note_ons == [(beat * BEAT, 60 + beat // 4 % 2) for beat in range(20)]


def test_behind_the_end_of_a_known_loop_nothing_sounds_though_the_position_comes_late() -> None:
    # Two bars, three times; song position and pulse come 6 ms after they are due.
    daw = Daw().sends(START).beats(8)
    for _ in range(2):
        daw.silent(0.006).sends(song_position(0)).beats(8)
    output, _, _ = play(daw)
    assert [pitch for _, pitch in output.note_ons()] == [60] * 4 + [61] * 4 + [62] + ([60] * 4 + [61] * 4) * 2


def test_a_daw_that_leaves_its_loop_plays_on_at_its_end() -> None:
    daw = Daw().sends(START).beats(8).sends(song_position(0)).beats(12)
    output, sent_log, _ = play(daw)
    assert [pitch for _, pitch in output.note_ons()][8:] == [60] * 4 + [61] * 4 + [62] * 4
    assert sent_log.summary().dropped == 0


def test_notes_put_behind_the_playhead_play_from_the_next_pass_on() -> None:
    # Two bars, twice; in the middle of bar 2 another bar 1 comes, as far as it has passed.
    daw = Daw().sends(START).beats(8).sends(song_position(0)).beats(8)
    other = Replace(0, BAR, tuple(Note(beat * BEAT, 240, 80, 80) for beat in range(4)))
    output, sent_log, _ = play(daw, fed=((0.0, EIGHT_BARS), (3.2, other)))
    assert [pitch for _, pitch in output.note_ons()] == [60] * 4 + [61] * 4 + [80] * 4 + [61] * 4
    assert sent_log.summary().dropped == 0


def test_notes_put_around_the_playhead_play_from_there_on() -> None:
    daw = Daw().sends(START).beats(4)
    other = Replace(0, BAR, tuple(Note(beat * BEAT, 240, 80, 80) for beat in range(4)))
    output, _, _ = play(daw, fed=((0.0, EIGHT_BARS), (0.7, other)))
    assert [pitch for _, pitch in output.note_ons()] == [60, 60, 80, 80]


def test_a_dead_clock_is_continued_for_a_bar_then_notes_end() -> None:
    long = Feed((Note(0, 20 * BEAT, 40, 80), *EIGHT_BARS.notes))
    output, _, reports = play(Daw().sends(START).beats(4), fed=((0.0, long),), end_s=30)
    # The last pulse was at 1.979 s; the bar after it is over at 3.979.
    assert output.note_ons()[-1] == (3.5, 61)
    assert output.timed[-2:] == [(3.979, bytes((0x80, 40, 0))), (30, ALL_OFF)]
    assert [r.text for r in reports if isinstance(r, Notice)] == [
        "The clock has been silent for a bar, so the notes are released; the music goes on with it."
    ]


def test_a_clock_that_comes_back_continues_on_a_bar_of_the_take() -> None:
    daw = Daw().sends(START).beats(4).silent(10).beats(2)
    output, _, _ = play(daw)
    assert output.note_ons()[-2:] == [(12.0, 61), (12.5, 61)]
    assert [tick for tick, message in output.messages if message[0] == 0x90][-2:] == [2 * BAR, 2 * BAR + 480]


def test_the_take_ends_when_the_music_does() -> None:
    output, _, _ = play(Daw().sends(START).beats(40), fed=((0.0, EIGHT_BARS), (0.0, Finish(8 * BAR))))
    assert output.timed[-1] == (16.0, ALL_OFF)


def test_clicks_count_in_before_bar_1_and_are_not_in_the_take() -> None:
    output, sent_log, _ = play(Daw().beats(6), count_in_bars=1)
    clicks = [(at_s, message) for at_s, message in output.timed if message[0] == 0x99]
    assert clicks == [(beat / 2, bytes((0x99, 37, 120 if beat == 0 else 80))) for beat in range(4)]
    assert {tick for tick, message in output.messages if message[0] in (0x99, 0x89)} == {
        -1920,
        -1861,
        -1440,
        -1381,
        -960,
        -901,
        -480,
        -421,
    }
    assert output.note_ons()[4:] == [(2.0, 60), (2.5, 60)]
    assert sent_log.messages[0] == on(0, 60)


def test_a_stop_in_the_count_in_ends_the_click() -> None:
    output, _, _ = play(Daw().pulses(2).sends(STOP).beats(8), count_in_bars=1)
    assert [message for _, message in output.messages] == [bytes((0x99, 37, 120)), bytes((0x89, 37, 0)), ALL_OFF]


def test_the_clock_is_sent_on_with_start_stop_and_position() -> None:
    daw = Daw().sends(START).beats(1).sends(STOP).silent(1).sends(CONTINUE).beats(1).sends(STOP)
    daw.sends(song_position(64)).silent(1).sends(CONTINUE).pulses(3)
    output, _, _ = play(daw, fed=(), sends_clock=True)
    sent = [message for _, message in output.messages]
    assert sent[:3] == [START, CLOCK, CLOCK]
    assert [(i, m) for i, m in enumerate(sent) if m not in (CLOCK, ALL_OFF)] == [
        (0, START),
        (25, STOP),
        (26, CONTINUE),
        (51, STOP),
        (52, song_position(64)),
        (53, CONTINUE),
        (57, STOP),
    ]


def test_a_resumed_player_continues_at_the_take_tick() -> None:
    # The first player had reached the second beat of bar 3, which is in bar 5 of the take, and had sent its notes.
    last = Position(2 * BAR + BEAT, 10.0, 120.0, runs=True, take_tick=4 * BAR + BEAT)
    timeline = TakeTimeline(BAR, last.tick, last.take_tick)
    timeline.reach(4 * BAR + BEAT)
    output, sent_log, _ = play(
        Daw(at_s=10.25).beats(2),
        fed=((10.2, EIGHT_BARS),),
        resume=last,
        take_timeline=timeline,
        from_tick=last.tick + 1,
    )
    assert output.messages[0] == on(4 * BAR + 2 * BEAT, 62)
    assert output.note_ons() == [(10.5, 62), (11.0, 62)]
    assert sent_log.summary().dropped == 0


@pytest.mark.parametrize("mute_tick", [BAR, 2 * BAR])
def test_a_mute_at_a_bar_line_holds_after_a_jump_back(mute_tick: int) -> None:
    daw = Daw(at_s=1.0).sends(START).pulses(120).sends(song_position(0)).pulses(60)
    # The DAW jumps in the second half of bar 2, after the line or before it.
    output, _, _ = play(daw, fed=((0.0, EIGHT_BARS), (1.1, SetMute(True, mute_tick))))
    jump_s = 1.0 + 120 * 60 / 24 / 120
    assert [pitch for at_s, pitch in output.note_ons() if at_s > jump_s] == []
