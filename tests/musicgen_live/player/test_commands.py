"""Commands to a playing player: cuts, tempos, channels, beginnings, and feedback to controllers."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import (
    Annotate,
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Incoming,
    SendFeedback,
    SetChannel,
    SetMeter,
    SetTempo,
    Stop,
    YieldTo,
)
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.reports import Began, TakeMeter, TakeTempo, TakeText, TempoChanged
from tests.support.stage import keys, perform

# Four quarters, the second one long.
FOUR = Feed((Note(0, 240, 60, 80), Note(480, 1440, 62, 80), Note(960, 240, 64, 80), Note(1440, 240, 65, 80)))


def test_a_cut_removes_notes_and_keeps_planned_releases() -> None:
    stage = perform((0, FOUR), (0, Finish(1920)), (0.6, Cut(960)), (0.7, Feed((Note(1440, 240, 70, 80),))), (2, Stop()))
    assert stage.sent() == [
        (0, "90 3c 50"),
        (240, "80 3c 00"),
        (480, "90 3e 50"),
        (1440, "90 46 50"),
        (1680, "80 46 00"),
        (1920, "80 3e 00"),
        (1920, "b0 7b 00"),
    ]


def test_a_cut_can_end_the_notes_that_it_removes() -> None:
    # 0.6 s is tick 576: the note from 480 ends, the one that began before the cut ends as planned.
    notes = Feed((Note(0, 900, 60, 80), Note(480, 1440, 62, 80), Note(960, 240, 64, 80)))
    stage = perform((0, notes), (0.6, Cut(480, ends_notes=True)), (2, Stop()))
    assert stage.sent() == [
        (0, "90 3c 50"),
        (480, "90 3e 50"),
        (576, "80 3e 00"),
        (900, "80 3c 00"),
        (1920, "b0 7b 00"),
    ]


def test_a_note_that_a_cut_ends_at_once_is_no_part_of_the_take() -> None:
    # 0.52 s is tick 499, less than a sixty-fourth after the note on.
    stage = perform((0, FOUR), (0.52, Cut(480, ends_notes=True)), (2, Stop()))
    assert stage.sent()[2:] == [(480, "90 3e 50"), (-1, "80 3e 00"), (1920, "b0 7b 00")]
    assert stage.recorded() == [(0, "90 3c 50"), (240, "80 3c 00")]


@pytest.mark.parametrize(
    ("script", "ended"),
    [
        # 0.6 s is tick 576: the note from 480 ends, later ones are forgotten.
        ([keys(0.6, "90 40 50")], True),
        # Only for the first note, before its end, and not for a chord track or a release.
        ([keys(1.0, "90 40 50")], False),
        ([(0.6, Incoming(0, "chords", False, 0.6, b"\x90\x40\x50"))], False),
        ([keys(0.4, "90 40 50"), (0.45, FOUR), keys(0.6, "90 41 50")], False),
        # A cut of the session revokes it.
        ([(0.55, Cut(1920)), keys(0.6, "90 40 50")], False),
    ],
)
def test_the_music_yields_to_a_musician_who_plays_on(script: list[tuple[float, Command]], ended: bool) -> None:
    stage = perform((0, FOUR), (0.1, YieldTo(480, 960)), *script, (2, Stop()))
    note_ons = [message for _, message in stage.sent() if message.startswith("90")]
    assert ((576, "80 3e 00") in stage.sent()) == ended
    assert note_ons == ["90 3c 50", "90 3e 50"] if ended else note_ons[-2:] == ["90 40 50", "90 41 50"]


def test_a_late_change_doubles_no_note_and_sends_no_burst() -> None:
    # 0.6 s is tick 576; notes up to 30 ms before, from tick 547 on, are still played.
    late = Feed(tuple(Note(tick, 100, 70 + i, 80) for i, tick in enumerate((480, 500, 540, 560, 720))))
    stage = perform((0, FOUR), (0.6, Cut(480)), (0.6, late), (0, Finish(1920)), (2, Stop()))
    assert stage.sent() == [
        (0, "90 3c 50"),
        (240, "80 3c 00"),
        (480, "90 3e 50"),
        (560, "90 49 50"),
        (660, "80 49 00"),
        (720, "90 4a 50"),
        (820, "80 4a 00"),
        (1920, "80 3e 00"),
        (1920, "b0 7b 00"),
    ]
    assert stage.sent_log.summary().dropped == 0


def test_a_slightly_late_change_is_played_once() -> None:
    # 0.51 s is tick 489.
    stage = perform((0, Feed((Note(0, 240, 60, 80),))), (0.51, Cut(480)), (0.51, Feed(FOUR.notes[1:])), (0.9, Stop()))
    assert [sent for sent in stage.sent() if sent[1].startswith("90")] == [(0, "90 3c 50"), (480, "90 3e 50")]
    assert stage.sent_log.summary().late_max_ms == 10.0


def test_a_cut_forgets_the_finish() -> None:
    stage = perform((0, FOUR), (0, Finish(480)), (0.2, Cut(480)), (0.9, Stop()))
    assert stage.sent()[-1] == (864, "b0 7b 00")


def test_a_tempo_holds_from_its_tick_in_music_and_take() -> None:
    # 480 ticks at 120, then 480 at 60 and 480 at 240 BPM: 0.5, 1 and 0.25 s.
    stage = perform((0, FOUR), (0.1, SetTempo(480, 60)), (0.2, SetTempo(960, 240)), (1.625, Stop()))
    assert stage.sent()[-2:] == [(1200, "80 3e 00"), (1200, "b0 7b 00")]
    assert stage.tempos() == [
        TakeTempo(0, 120),
        TempoChanged(480, 60),
        TempoChanged(960, 240),
        TakeTempo(480, 60),
        TakeTempo(960, 240),
    ]


def test_a_tempo_for_a_past_tick_holds_from_now_on() -> None:
    # Tick 240 has begun at 0.25 s: from 241 on a tick lasts 1/240 s instead of 1/960.
    stage = perform((0, FOUR), (0.25, SetTempo(0, 30)), (241 / 960 + 1, Stop()))
    assert TempoChanged(241, 30) in stage.reports
    assert stage.sent()[-1] == (481, "b0 7b 00")


def test_a_tempo_replaces_those_after_it() -> None:
    stage = perform((0, FOUR), (0, SetTempo(960, 30)), (0, SetTempo(480, 240)), (1.0, Stop()))
    assert stage.sent()[-1] == (1440, "b0 7b 00")
    assert [report for report in stage.tempos() if isinstance(report, TakeTempo)] == [
        TakeTempo(0, 120),
        TakeTempo(480, 240),
    ]


def test_a_tempo_before_the_beginning_is_the_first() -> None:
    stage = perform((0, SetTempo(0, 60)), (0, FOUR), (1.0, Stop()))
    assert stage.tempos() == [TempoChanged(0, 60), TakeTempo(0, 60)]
    assert stage.sent()[-1] == (480, "b0 7b 00")


def test_a_tempo_in_the_count_in_does_not_change_the_count_in() -> None:
    stage = perform((0, FOUR), (0.1, SetTempo(0, 240)), (2.25, Stop()), count_in=CountIn(1, TimeSignature(4, 4)))
    assert Began(2.0) in stage.reports
    assert stage.sent()[-1] == (480, "b0 7b 00")
    assert TakeTempo(0, 240) in stage.reports


def test_the_sent_clock_follows_the_tempo() -> None:
    # A beat of 24 pulses at 120, half a beat at 60.
    stage = perform((0, FOUR), (0, SetTempo(480, 60)), (0.999, Stop()), sends_clock=True)
    assert [message for _, message in stage.sent()].count("f8") == 36


def test_a_channel_change_releases_notes_and_sends_the_program() -> None:
    stage = perform((0, FOUR), (0.75, SetChannel(4)), (1.3, Stop()), program=5)
    assert stage.sent() == [
        (0, "c0 05"),
        (0, "90 3c 50"),
        (240, "80 3c 00"),
        (480, "90 3e 50"),
        (720, "80 3e 00"),
        (720, "b0 7b 00"),
        (720, "c4 05"),
        (960, "94 40 50"),
        (1200, "84 40 00"),
        (1248, "b4 7b 00"),
    ]


def test_the_same_channel_again_changes_nothing() -> None:
    stage = perform((0, FOUR), (0.6, SetChannel(0)), (0.7, Stop()))
    assert stage.sent()[-2:] == [(672, "80 3e 00"), (672, "b0 7b 00")]


def test_the_internal_transport_begins_without_a_note() -> None:
    stage = perform((1.0, Begin()), (1.5, Feed((Note(960, 240, 60, 80),))), (3.0, Stop()))
    assert stage.reports[0] == Began(1.0)
    assert stage.sent() == [(960, "90 3c 50"), (1200, "80 3c 00"), (1920, "b0 7b 00")]


def test_a_second_begin_is_ignored() -> None:
    stage = perform((1.0, Begin()), (1.5, Begin()), (2.0, Stop()))
    assert [report for report in stage.reports if isinstance(report, Began)] == [Began(1.0)]
    assert stage.sent() == [(960, "b0 7b 00")]


def test_begin_may_be_past_and_the_clock_joins_at_a_sixteenth() -> None:
    stage = perform((1.0, Begin(0.7)), (1.1, Stop()), sends_clock=True)
    assert Began(0.7) in stage.reports
    # At tick 288; the third sixteenth is at 360, 0.075 s later.
    assert [message for _, message in stage.sent()] == ["f2 03 00", "fb", "f8", "f8", "fc", "b0 7b 00"]


def test_feedback_goes_to_controllers_alone() -> None:
    stage = perform((0, FOUR), (0.1, SendFeedback(b"\xb0\x15\x40")), (0.2, Stop()))
    assert stage.controls == [b"\xb0\x15\x40"]
    assert "b0 15 40" not in [message for _, message in stage.sent()]


def test_a_text_stands_in_the_take_where_the_music_is() -> None:
    # 0.6 s is tick 576.
    stage = perform((0, FOUR), (0.6, Annotate("steered: key")), (2, Stop()))
    assert [report for report in stage.reports if isinstance(report, TakeText)] == [TakeText(576, "steered: key")]


def test_a_time_signature_is_told_when_the_music_reaches_it_and_before_a_later_text() -> None:
    # The first one is forgotten; the second is reached at 0.5 s, the next note comes later.
    meters = [(0.1, SetMeter(960, "5/4")), (0.1, SetMeter(480, "3/4"))]
    stage = perform((0, FOUR), *meters, (0.51, Annotate("steered: meter")), (2, Stop()))
    told = [report for report in stage.reports if isinstance(report, TakeText | TakeMeter)]
    assert told == [TakeMeter(480, "3/4"), TakeText(489, "steered: meter")]


def test_a_text_before_the_music_stands_at_its_beginning() -> None:
    stage = perform((0, Annotate("steered: key")), (0.1, FOUR), (2, Stop()))
    assert [report for report in stage.reports if isinstance(report, TakeText)] == [TakeText(0, "steered: key")]
