"""The commands and the config of a new player after one has died."""

from __future__ import annotations

from musicgen_live.midi.take_tracks import TakeTracks
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import (
    Annotate,
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Replace,
    SendFeedback,
    SetChannel,
    SetMeter,
    SetMute,
    SetPause,
    SetTempo,
    Stop,
)
from musicgen_live.player.config import PlayerConfig, Timing
from musicgen_live.player.part_channels import UNSPLIT
from musicgen_live.player.recovery import PendingCommands
from musicgen_live.player.reports import (
    Began,
    Paused,
    Received,
    Sent,
    TakeMeter,
    TakeMoved,
    TakeTempo,
    TakeText,
    TempoChanged,
)
from musicgen_live.player.sent_log import SentLog

NOTES = tuple(Note(480 * i, 240, 60 + i, 80) for i in range(8))


def pending(
    *messages: Command | Began | Paused | Sent | Position | TakeTempo | TempoChanged | TakeText | TakeMeter | Received,
    sync: str = "internal",
) -> PendingCommands:
    """Return the pending commands after these commands and reports."""
    config = PlayerConfig((), None, "toy", 120.0, TimeSignature(4, 4), UNSPLIT, 7680, Timing(sync))
    pending_commands = PendingCommands(config, SentLog())
    for message in messages:
        if isinstance(
            message, Began | Paused | Sent | Position | TakeTempo | TempoChanged | TakeText | TakeMeter | Received
        ):
            pending_commands.sent_log.record(message)
            pending_commands.handle(message)
        else:
            pending_commands.add(message)
    return pending_commands


def test_a_text_that_no_player_has_written_is_repeated() -> None:
    commands = (Annotate("steered: key"), Annotate("steered: tempo"), TakeText(480, "steered: key"))
    assert pending(*commands).commands() == [Annotate("steered: tempo"), Feed(())]


def test_a_time_signature_that_the_music_has_not_reached_is_repeated() -> None:
    commands = (SetMeter(1920, "3/4"), TakeMeter(1920, "3/4"), SetMeter(3360, "2/4"), SetMeter(3360, "6/8"))
    assert pending(*commands).commands() == [SetMeter(3360, "6/8"), Feed(())]


def test_the_take_of_a_new_player_has_the_time_signature() -> None:
    take = pending(SetMeter(1920, "3/4"), TakeMeter(1920, "3/4")).sent_log.take()
    tempos = TakeTracks()
    tempos.extend(take)
    assert bytes.fromhex("ff58040302") in tempos.tempos.chunk(1920)


def test_mute_and_pause_are_repeated() -> None:
    mute, pause = SetMute(is_muted=True), SetPause(is_paused=True)
    pending_commands = pending(Feed(NOTES), Began(10.0), SetMute(is_muted=False), mute, pause)
    assert pending_commands.commands() == [mute, Feed(NOTES), pause]


def test_a_new_player_stands_still_where_the_music_was_paused() -> None:
    pending_commands = pending(Feed(NOTES), Began(10.0), Sent(480), SetPause(is_paused=True), Paused(700, 11.0))
    assert pending_commands.tick_at(99.0) == 700
    resume = pending_commands.config_to_resume(99.0).resume
    assert resume is not None
    assert resume.paused_tick == 700
    pending_commands = pending(Began(10.0), Paused(700, 11.0), Began(20.0))
    assert pending_commands.sent_log.paused_tick is None
    assert pending_commands.tick_at(21.0) == 960


def test_unsent_notes_and_the_finish_are_repeated() -> None:
    pending_commands = pending(Feed(NOTES), Finish(3840), Began(10.0), Sent(960))
    assert pending_commands.commands() == [Feed(NOTES[3:]), Finish(3840)]


def test_a_cut_removes_pending_notes() -> None:
    pending_commands = pending(
        Feed(NOTES), Finish(3840), Began(10.0), Sent(960), Cut(1920), Feed((Note(2400, 240, 72, 80),))
    )
    assert pending_commands.commands() == [Feed((NOTES[3], Note(2400, 240, 72, 80)))]


def test_a_note_cut_while_it_was_sent_is_released() -> None:
    # At 10.5 s it is tick 480 of 120 BPM.
    pending_commands = pending(Feed(NOTES), Began(10.0), Sent(0), Cut(0))
    resume = pending_commands.config_to_resume(10.5).resume
    assert resume is not None
    assert resume.hanging == ("803d00",)


def test_after_a_stop_only_stop_is_repeated() -> None:
    assert pending(Feed(NOTES), Begin(), Stop()).commands() == [Stop()]


def test_an_unanswered_begin_is_repeated() -> None:
    assert pending(Begin(12.0)).commands() == [Begin(12.0), Feed(())]
    assert pending(Begin(12.0), Began(12.0)).commands() == [Feed(())]


def test_the_tempo_map_has_future_and_unconfirmed_tempos() -> None:
    pending_commands = pending(
        Began(10.0), Sent(480), TakeTempo(0, 120), SetTempo(960, 60), TempoChanged(960, 60), SetTempo(1920, 90)
    )
    # 960 ticks at 120 take a second, and 960 at 60 two: 13 s is the bar line.
    assert [pending_commands.tick_at(at_s) for at_s in (10.0, 11.0, 12.0, 12.999)] == [0, 960, 1440, 1919]
    resume = pending_commands.config_to_resume(12.0).resume
    assert resume is not None
    assert resume.tempo_map == ((0, 120.0), (960, 60), (1920, 90))
    assert resume.tempos == ((0, 120),)


def test_an_unconfirmed_tempo_for_a_past_tick_holds_from_now_on() -> None:
    pending_commands = pending(Began(10.0), Sent(480), SetTempo(0, 60))
    resume = pending_commands.config_to_resume(11.0).resume
    assert resume is not None
    assert resume.tempo_map == ((0, 120.0), (961, 60))


def test_with_an_external_transport_tempos_are_ignored() -> None:
    pending_commands = pending(SetTempo(480, 60), Position(480, 9.0, 120.0, runs=True, take_tick=2400), sync="clock")
    assert pending_commands.tempo_map.changes == ((0, 120.0),)
    assert pending_commands.tick_at(9.5) == 960


def test_the_present_channel_and_releases_on_the_old_one() -> None:
    note_on, pedal = bytes.fromhex("903c50"), bytes.fromhex("b0407f")
    pending_commands = pending(Began(10.0), Sent(480, (note_on, pedal)), SetChannel(4))
    config = pending_commands.config_to_resume(10.6)
    assert config.channel == 4
    assert config.resume is not None
    assert config.resume.hanging == ("803c00", "b04000")
    assert pending_commands.sent_log.messages[2:] == [(576, bytes.fromhex("803c00")), (576, bytes.fromhex("b04000"))]
    assert config.resume.take == pending_commands.sent_log.take()
    notes = config.resume.take.notes[0]
    assert (notes.last_tick, notes.sounding) == (576, ())


def test_the_take_goes_on_where_it_has_moved() -> None:
    config = PlayerConfig((), "stick/take.mid", "toy", 120.0, TimeSignature(4, 4), UNSPLIT, 7680)
    pending_commands = PendingCommands(config, SentLog())
    assert pending_commands.take == "stick/take.mid"
    for moved_to, take, next_take in (("home/take.mid",) * 3, (None, None, "home/take.mid")):
        pending_commands.handle(TakeMoved(moved_to))
        assert pending_commands.take == take
        assert pending_commands.config_to_resume(0.0).take == next_take


def test_forgotten_notes_are_not_repeated() -> None:
    pending_commands = pending(Feed(NOTES), Replace(480, 1440), sync="clock")
    assert pending_commands.commands() == [Feed((NOTES[0], *NOTES[3:]))]


def test_replaced_notes_are_repeated_in_the_place_of_others() -> None:
    other = Note(600, 240, 72, 80)
    pending_commands = pending(Feed(NOTES), Replace(480, 1440, (other,)), sync="clock")
    assert pending_commands.commands() == [Feed((NOTES[0], *NOTES[3:], other))]


def test_the_last_feedback_is_repeated() -> None:
    feedback = [SendFeedback(bytes.fromhex(message)) for message in ("b01540", "b01601", "b01550")]
    assert pending(*feedback).commands() == [Feed(()), feedback[2], feedback[1]]


def test_held_keys_are_released_once() -> None:
    note_on, other = bytes.fromhex("903c50"), bytes.fromhex("933e50")
    pending_commands = pending(Began(10.0), Received("input", 0, 10.0, note_on), Received("chords", 0, 10.0, other))
    assert pending_commands.release_held_keys(10.5) == [
        Received("input", 480, 10.5, bytes.fromhex("803c00")),
        Received("chords", 480, 10.5, bytes.fromhex("833e00")),
    ]
    assert pending_commands.release_held_keys(10.6) == []
