"""What another player is told when one is gone."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import PlayerConfig, Timing
from musicgen_live.player.protocol import (
    Began,
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Received,
    SendFeedback,
    Sent,
    SetChannel,
    SetTempo,
    Stop,
    TakeTempo,
    TempoChanged,
)
from musicgen_live.player.recovery import PendingCommands
from musicgen_live.player.sent_log import SentLog

NOTES = tuple(Note(480 * i, 240, 60 + i, 80) for i in range(8))


def pending(
    *said: Command | Began | Sent | Position | TakeTempo | TempoChanged | Received, sync: str = "internal"
) -> PendingCommands:
    """After these commands and reports."""
    config = PlayerConfig((), None, "toy", 120.0, TimeSignature(4, 4), 0, None, 7680, Timing(sync))
    kept = PendingCommands(config, SentLog())
    for each in said:
        if isinstance(each, Began | Sent | Position | TakeTempo | TempoChanged | Received):
            kept.sent_log.record(each)
            kept.handle(each)
        else:
            kept.add(each)
    return kept


def test_what_was_fed_and_not_sent_and_where_to_finish() -> None:
    kept = pending(Feed(NOTES), Finish(3840), Began(10.0), Sent(960))
    assert kept.commands() == [Feed(NOTES[3:]), Finish(3840)]


def test_a_cut_is_obeyed() -> None:
    kept = pending(Feed(NOTES), Finish(3840), Began(10.0), Sent(960), Cut(1920), Feed((Note(2400, 240, 72, 80),)))
    assert kept.commands() == [Feed((NOTES[3], Note(2400, 240, 72, 80)))]


def test_what_was_cut_just_as_it_was_struck_is_released() -> None:
    # At 10.5 s it is tick 480 of 120 BPM.
    kept = pending(Feed(NOTES), Began(10.0), Sent(0), Cut(0))
    resume = kept.config_to_resume(10.5).resume
    assert resume is not None
    assert resume.hanging == ("803d00",)


def test_after_a_stop_nothing_but_that() -> None:
    assert pending(Feed(NOTES), Begin(), Stop()).commands() == [Stop()]


def test_a_beginning_that_has_not_been_is_asked_for_again() -> None:
    assert pending(Begin(12.0)).commands() == [Begin(12.0), Feed(())]
    assert pending(Begin(12.0), Began(12.0)).commands() == [Feed(())]


def test_the_tempo_map_with_what_is_to_come_and_what_nobody_answered() -> None:
    kept = pending(
        Began(10.0), Sent(480), TakeTempo(0, 120), SetTempo(960, 60), TempoChanged(960, 60), SetTempo(1920, 90)
    )
    # 960 ticks at 120 take a second, and 960 at 60 two: 13 s is the bar line.
    assert [kept.tick_at(at_s) for at_s in (10.0, 11.0, 12.0, 12.999)] == [0, 960, 1440, 1919]
    resume = kept.config_to_resume(12.0).resume
    assert resume is not None
    assert resume.tempo_map == ((0, 120.0), (960, 60), (1920, 90))
    assert resume.tempos == ((0, 120),)


def test_a_tempo_that_nobody_answered_and_whose_tick_was_past_is_true_from_now_on() -> None:
    kept = pending(Began(10.0), Sent(480), SetTempo(0, 60))
    resume = kept.config_to_resume(11.0).resume
    assert resume is not None
    assert resume.tempo_map == ((0, 120.0), (961, 60))


def test_in_someone_elses_time_no_tempo_is_ours() -> None:
    kept = pending(SetTempo(480, 60), Position(480, 9.0, 120.0, runs=True, take_tick=2400), sync="clock")
    assert kept.tempo_map.changes == ((0, 120.0),)
    assert kept.tick_at(9.5) == 960


def test_the_channel_that_is_played_now_and_releases_where_it_sounds() -> None:
    strike, pedal = bytes.fromhex("903c50"), bytes.fromhex("b0407f")
    kept = pending(Began(10.0), Sent(480, (strike, pedal)), SetChannel(4))
    config = kept.config_to_resume(10.6)
    assert config.channel == 4
    assert config.resume is not None
    assert config.resume.hanging == ("803c00", "b04000")
    assert config.resume.history == ((480, "903c50"), (480, "b0407f"), (576, "803c00"), (576, "b04000"))


def test_what_devices_were_told_last() -> None:
    told = [SendFeedback(bytes.fromhex(message)) for message in ("b01540", "b01601", "b01550")]
    assert pending(*told).commands() == [Feed(()), told[2], told[1]]


def test_what_musicians_held_is_released_once() -> None:
    strike, other = bytes.fromhex("903c50"), bytes.fromhex("933e50")
    kept = pending(Began(10.0), Received("input", 0, 10.0, strike), Received("chords", 0, 10.0, other))
    assert kept.release_held_keys(10.5) == [
        Received("input", 480, 10.5, bytes.fromhex("803c00")),
        Received("chords", 480, 10.5, bytes.fromhex("833e00")),
    ]
    assert kept.release_held_keys(10.6) == []
