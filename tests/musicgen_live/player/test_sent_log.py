"""The account of a take."""

from musicgen_live.music.position import Position
from musicgen_live.player.protocol import Alive, Began, Sent, TakeTempo
from musicgen_live.player.sent_log import SentLog, Summary

ON_60, ON_64, OFF_60, OFF_64 = (bytes.fromhex(m) for m in ("90 3c 50", "90 40 50", "80 3c 00", "80 40 00"))


def test_a_ledger_knows_what_was_sent_and_what_sounds() -> None:
    sent_log = SentLog()
    for report in (Began(7.0), Sent(0, (b"\xc0\x05", ON_60), (0.1,)), Alive(), Sent(480, (OFF_60, ON_64), (0.3,))):
        sent_log.record(report)
    assert (sent_log.origin_s, sent_log.tick) == (7.0, 480)
    assert sent_log.messages == [(0, b"\xc0\x05"), (0, ON_60), (480, OFF_60), (480, ON_64)]
    assert sent_log.sounding() == [(0, 64)]
    sent_log.release_all(600)
    assert sent_log.messages[-1] == (600, OFF_64)
    assert sent_log.sounding() == []


def test_a_pedal_that_is_down_and_a_bend_are_owed_like_notes() -> None:
    sent_log = SentLog()
    down, bent, centre = (bytes.fromhex(m) for m in ("b0 40 7f", "e0 00 50", "e0 00 40"))
    sent_log.record(Sent(0, (ON_60, down, bent, bytes.fromhex("b0 07 64"))))
    assert sent_log.hanging() == [OFF_60, bytes.fromhex("b0 40 00"), centre]
    sent_log.record(Sent(480, (OFF_60, bytes.fromhex("b0 40 00"), centre)))
    assert sent_log.hanging() == []


def test_a_ledger_knows_the_place_of_music_that_follows_someone() -> None:
    sent_log = SentLog()
    sent_log.record(Sent(1920))
    assert sent_log.music_tick == 1920
    place = Position(480, 9.0, 120.0, runs=True, take_tick=2400)
    for report in (place, TakeTempo(1920, 120.0), Sent(2640)):
        sent_log.record(report)
    assert (sent_log.music_tick, sent_log.tick, sent_log.position, sent_log.tempos) == (
        480,
        2640,
        place,
        [(1920, 120.0)],
    )


def test_the_figures_of_a_take() -> None:
    sent_log = SentLog()
    assert sent_log.summary() == Summary()
    for tick in range(200):
        sent_log.record(Sent(tick, (), (tick / 100,), dropped=tick % 2))
    sent_log.restarts = 1
    # 200 notes, 0.00 to 1.99 ms late: the 100th, the 198th and the last.
    assert sent_log.summary() == Summary(200, 100, 0.99, 1.97, 1.99, 1)
