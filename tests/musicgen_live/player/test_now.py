"""Mute, pause and panic act now: the notes that sound end at once, and the take records what was heard."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Begin, Command, Feed, Finish, Panic, SetMute, SetPause, SetTempo, Stop
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.reports import Began, Paused
from musicgen_live.player.transport.internal import InternalTransport
from tests.support.stage import Stage, keys, perform

LONG = Feed((Note(0, 1920, 60, 80),))
QUARTERS = Feed(tuple(Note(480 * beat, 240, 60 + beat, 80) for beat in range(8)))
MUTE, UNMUTE = SetMute(is_muted=True), SetMute(is_muted=False)
PAUSE, GO_ON = SetPause(is_paused=True), SetPause(is_paused=False)


def note_ons(stage: Stage) -> list[tuple[int, int]]:
    return [(tick, message[1]) for tick, message in stage.output.messages if message[0] & 0xF0 == 0x90]


def test_mute_ends_the_notes_that_sound_and_plays_no_others() -> None:
    stage = perform((0, LONG), (0, QUARTERS), (0.6, MUTE), (3, Stop()))
    assert stage.recorded() == [
        (0, "90 3c 50"), (0, "80 3c 00"), (0, "90 3c 50"), (480, "90 3d 50"), (576, "80 3c 00"), (576, "80 3d 00"),
    ]  # fmt: skip
    assert stage.sent() == [*stage.recorded(), (2880, "b0 7b 00")]


def test_after_mute_the_next_notes_sound() -> None:
    stage = perform((0, QUARTERS), (0.6, MUTE), (1.75, UNMUTE), (2.9, Stop()))
    assert note_ons(stage) == [(0, 60), (480, 61), (1920, 64), (2400, 65)]
    assert (576, "80 3d 00") in stage.recorded()


def test_mute_at_a_bar_line_lets_the_notes_before_it_end_as_planned() -> None:
    notes = Feed((Note(1440, 960, 60, 80), Note(1920, 240, 62, 80), Note(3840, 240, 64, 80)))
    stage = perform((0, notes), (0.5, SetMute(True, 1920)), (2.5, SetMute(False, 3840)), (5, Stop()))
    assert stage.recorded() == [(1440, "90 3c 50"), (2400, "80 3c 00"), (3840, "90 40 50"), (4080, "80 40 00")]


def test_the_latest_mute_counts() -> None:
    stage = perform((0, QUARTERS), (0.1, SetMute(True, 960)), (0.2, UNMUTE), (2.9, Stop()))
    assert len(note_ons(stage)) == 6
    # Without a note between, too.
    stage = perform((0, QUARTERS), (0.1, MUTE), (0.2, SetMute(False, 960)), (2.9, Stop()))
    assert note_ons(stage) == [(0, 60), (960, 62), (1440, 63), (1920, 64), (2400, 65)]


def test_a_musician_is_not_muted() -> None:
    stage = perform(
        (0, LONG), (0.5, MUTE), keys(0.75, "90 48 40", thru=True), keys(1, "80 48 00", thru=True), (2, Stop())
    )
    assert stage.recorded() == [(0, "90 3c 50"), (480, "80 3c 00"), (720, "9f 48 40"), (960, "8f 48 00")]


def test_a_note_that_mute_cuts_off_as_it_begins_is_not_in_the_take() -> None:
    stage = perform((0, QUARTERS), (0.51, MUTE), (1, Stop()))
    assert stage.recorded() == [(0, "90 3c 50"), (240, "80 3c 00")]


@pytest.mark.parametrize("latency_s", [0.0, 0.05])
def test_mute_reaches_every_output_at_once(latency_s: float) -> None:
    stage = perform((0, LONG), (0.75, MUTE), (2, Stop()), latencies_s=(0.0, latency_s))
    assert [message for _, message in stage.sent()] == ["90 3c 50", "80 3c 00", "b0 7b 00"]


# --- pause -----------------------------------------------------------------------------------------------------------


def test_a_pause_ends_the_notes_and_the_music_goes_on_at_its_tick() -> None:
    stage = perform((0, QUARTERS), (0.6, PAUSE), (5.6, GO_ON), (6.9, Stop()))
    assert note_ons(stage) == [(0, 60), (480, 61), (960, 62), (1440, 63)]
    assert (576, "80 3d 00") in stage.sent()
    assert [r for r in stage.reports if isinstance(r, Paused | Began)] == [Began(0.0), Paused(576, 0.6), Began(5.0)]


def test_the_take_has_no_gap_for_a_pause() -> None:
    stage = perform((0, QUARTERS), (0.6, PAUSE), (5.6, GO_ON), (6.9, Stop()))
    assert stage.recorded() == [(tick, message) for tick, message in stage.sent() if message != "b0 7b 00"]


def test_a_second_pause_and_a_lone_go_on_do_nothing() -> None:
    once = perform((0, QUARTERS), (0.6, PAUSE), (5.6, GO_ON), (6.9, Stop()))
    twice = perform((0, QUARTERS), (0.2, GO_ON), (0.6, PAUSE), (1, PAUSE), (5.6, GO_ON), (6, GO_ON), (6.9, Stop()))
    assert twice.sent() == once.sent()


def test_a_tempo_set_in_a_pause_holds_after_it() -> None:
    stage = perform((0, QUARTERS), (0.6, PAUSE), (2, SetTempo(960, 240)), (5.6, GO_ON), (6.5, Stop()))
    # Beat 3 is 0.4 s after the end of the pause, and each further one 0.25 s later.
    assert note_ons(stage) == [(0, 60), (480, 61), (960, 62), (1440, 63), (1920, 64)]


def test_a_paused_take_ends_at_once_when_it_is_stopped() -> None:
    stage = perform((0, QUARTERS), (0, Finish(3840)), (0.6, PAUSE), (100, Stop()))
    assert stage.sent()[-1] == (576, "b0 7b 00")


def test_pause_before_the_music_and_in_a_count_in() -> None:
    assert note_ons(perform((0, PAUSE), (1, QUARTERS), (2.1, Stop()))) == [(0, 60), (480, 61), (960, 62)]
    stage = perform((0, QUARTERS), (0.9, PAUSE), (5, GO_ON), (6.3, Stop()), count_in=CountIn(1, TimeSignature(4, 4)))
    assert [message for _, message in stage.sent() if message.startswith("99")] == ["99 25 78"] + ["99 25 50"] * 3
    assert note_ons(stage)[-1] == (0, 60)


def test_a_musician_plays_through_in_a_pause_and_is_not_recorded() -> None:
    stage = perform(
        (0, QUARTERS), (0.6, PAUSE), keys(2, "90 48 40", thru=True), keys(3, "80 48 00", thru=True), (5, Stop())
    )
    assert stage.received() == [(576, "90 48 40"), (576, "80 48 00")]
    assert (-1, "9f 48 40") in stage.sent()


def test_the_clock_stops_and_continues() -> None:
    stage = perform((0, QUARTERS), (0.6, PAUSE), (5.6, GO_ON), (6, Stop()), sends_clock=True)
    begun = [(tick, message) for tick, message in stage.sent() if message in ("fa", "fb", "fc")]
    assert begun == [(0, "fa"), (576, "fc"), (580, "fb"), (960, "fc")]


def test_a_player_that_replaces_a_paused_one_stands_still() -> None:
    transport = InternalTransport(TempoMap(((0, 120.0),)), 10.0, paused_tick=576)
    assert (transport.runs, transport.awaits_begin, transport.tick_at(99.0)) == (False, False, 576)
    assert transport.go_on(50.0) == 576
    assert transport.due_s(576) == pytest.approx(50.0)


# --- panic -----------------------------------------------------------------------------------------------------------


def test_panic_ends_all_notes_and_silences_every_channel() -> None:
    held: list[tuple[float, Command]] = [keys(0.25, "90 48 40", thru=True), keys(0.25, "b0 40 7f", thru=True)]
    stage = perform((0, LONG), *held, (0.75, Panic()), (2, Stop()))
    silence = [(-1, f"b{channel:x} {mode} 00") for channel in range(16) for mode in ("78", "7b")]
    assert stage.sent()[3:] == [
        (720, "8f 48 00"), (720, "bf 40 00"), (720, "80 3c 00"), (720, "b0 7b 00"), *silence, (1920, "b0 7b 00"),
    ]  # fmt: skip
    assert stage.received()[2:] == [(720, "80 48 00"), (720, "b0 40 00")]


def test_the_music_goes_on_after_a_panic() -> None:
    stage = perform((0, QUARTERS), (0.6, Panic()), (1.2, Stop()))
    assert note_ons(stage) == [(0, 60), (480, 61), (960, 62)]
    assert stage.recorded() == [
        (0, "90 3c 50"), (240, "80 3c 00"), (480, "90 3d 50"), (576, "80 3d 00"), (960, "90 3e 50"), (1152, "80 3e 00"),
    ]  # fmt: skip


def test_a_key_released_after_a_panic_releases_nothing() -> None:
    stage = perform(
        (0, Begin()), keys(0.25, "90 48 40", thru=True), (0.5, Panic()), keys(0.75, "80 48 00", thru=True), (1, Stop())
    )
    assert [entry for entry in stage.sent() if entry[1] == "8f 48 00"] == [(480, "8f 48 00")]


def test_panic_before_the_music_silences_too() -> None:
    stage = perform((0, Panic()), (1, LONG), (1.5, Stop()))
    assert [message for _, message in stage.sent()].count("bf 7b 00") == 1
