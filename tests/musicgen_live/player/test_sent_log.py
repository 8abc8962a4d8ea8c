"""The log of a take's messages."""

from pathlib import Path

import mido

from musicgen_live.midi.recorder import Recorder
from musicgen_live.music.position import Position
from musicgen_live.player.reports import Alive, Began, Sent, TakeTempo, TakeText
from musicgen_live.player.sent_log import LATEST_TICKS, SentLog, Summary

ON_60, ON_64, OFF_60, OFF_64 = (bytes.fromhex(m) for m in ("90 3c 50", "90 40 50", "80 3c 00", "80 40 00"))


def test_the_log_has_sent_messages_and_sounding_notes() -> None:
    sent_log = SentLog()
    for report in (Began(7.0), Sent(0, (b"\xc0\x05", ON_60), (0.1,)), Alive(), Sent(480, (OFF_60, ON_64), (0.3,))):
        sent_log.record(report)
    assert (sent_log.origin_s, sent_log.tick) == (7.0, 480)
    assert sent_log.messages == [(0, b"\xc0\x05"), (0, ON_60), (480, OFF_60), (480, ON_64)]
    assert sent_log.sounding() == [(0, 64)]
    sent_log.release_all(600)
    assert sent_log.messages[-1] == (600, OFF_64)
    assert sent_log.sounding() == []


def test_pedals_and_pitch_bends_hang_like_notes() -> None:
    sent_log = SentLog()
    down, bent, centre = (bytes.fromhex(m) for m in ("b0 40 7f", "e0 00 50", "e0 00 40"))
    sent_log.record(Sent(0, (ON_60, down, bent, bytes.fromhex("b0 07 64"))))
    assert sent_log.hanging() == [OFF_60, bytes.fromhex("b0 40 00"), centre]
    sent_log.record(Sent(480, (OFF_60, bytes.fromhex("b0 40 00"), centre)))
    assert sent_log.hanging() == []


def test_the_log_has_the_position_of_an_external_transport() -> None:
    sent_log = SentLog()
    sent_log.record(Sent(1920))
    assert sent_log.music_tick == 1920
    position = Position(480, 9.0, 120.0, runs=True, take_tick=2400)
    for report in (position, TakeTempo(1920, 120.0), Sent(2640)):
        sent_log.record(report)
    assert (sent_log.music_tick, sent_log.tick, sent_log.position, sent_log.tempos) == (
        480,
        2640,
        position,
        [(1920, 120.0)],
    )


def test_a_new_player_gets_the_texts_of_the_take(tmp_path: Path) -> None:
    sent_log = SentLog()
    for report in (Sent(0, (ON_60,)), TakeText(240, "steered: key"), Sent(480, (OFF_60,))):
        sent_log.record(report)
    recorder = Recorder(tmp_path / "take.mid", texts=("seed: 7",), resumed=sent_log.take())
    recorder.add_text(480, "a musician played along")
    recorder.close()
    first = mido.MidiFile(tmp_path / "take.mid").tracks[0]
    texts = [(message.time, message.text) for message in first if message.type == "text"]
    assert texts == [(0, "seed: 7"), (240, "steered: key"), (240, "a musician played along")]


def test_the_figures_of_a_take() -> None:
    sent_log = SentLog()
    assert sent_log.summary() == Summary()
    for tick in range(200):
        sent_log.record(Sent(tick, (), (tick / 100,), dropped=tick % 2))
    sent_log.restarts = 1
    # 200 notes, 0.00 to 1.99 ms late: the 100th, the 198th and the last.
    assert sent_log.summary() == Summary(200, 100, 0.99, 1.97, 1.99, 1)


def test_no_quantile_exceeds_the_greatest_delay() -> None:
    sent_log = SentLog()
    sent_log.record(Sent(0, (ON_60,), (0.266,)))
    summary = sent_log.summary()
    assert (summary.late_p99_ms, summary.late_max_ms) == (0.266, 0.266)


def test_of_hours_only_the_latest_messages_are_kept_one_by_one() -> None:
    sent_log = SentLog()
    program, volume, quiet, bent = (bytes.fromhex(message) for message in ("c0 05", "b0 07 64", "b0 07 20", "e0 00 50"))
    sent_log.record(Sent(0, (program, volume, bent, bytes.fromhex("b0 7b 00"))))
    sent_log.record(Sent(10, (quiet,)))
    end_tick = 5 * LATEST_TICKS
    for tick in range(480, end_tick, 480):
        sent_log.record(TakeTempo(tick, 60 + tick // 480 % 60))
        sent_log.record(Sent(tick, (OFF_60, ON_60), (0.125,)))
    assert sent_log.messages[:3] == [(0, program), (10, quiet), (0, bent)]
    first_tick = sent_log.messages[3][0]
    ticks = range(first_tick, end_tick, 480)
    assert sent_log.messages[3:] == [(tick, message) for tick in ticks for message in (OFF_60, ON_60)]
    assert LATEST_TICKS <= end_tick - first_tick <= 2 * LATEST_TICKS + 480
    assert [tick for tick, _ in sent_log.tempos] == list(ticks)
    assert sent_log.hanging() == [OFF_60, bytes.fromhex("e0 00 40")]
    assert sent_log.summary() == Summary(end_tick // 480 - 1, 0, 0.125, 0.125, 0.125)


def test_the_whole_take_is_there_for_a_new_player(tmp_path: Path) -> None:
    sent_log, whole = SentLog(), Recorder(tmp_path / "whole.mid", tempo=None)
    for tick in range(0, 5 * LATEST_TICKS, 480):
        sent_log.record(Sent(tick, (OFF_60, ON_60)))
        whole.send(tick, OFF_60)
        whole.send(tick, ON_60)
    sent_log.record(TakeTempo(0, 120.0))
    whole.set_tempo(0, 120.0)
    again = Recorder(tmp_path / "again.mid", tempo=None, resumed=sent_log.take())
    for recorder in (whole, again):
        recorder.close()
    assert (tmp_path / "again.mid").read_bytes() == (tmp_path / "whole.mid").read_bytes()
