"""The account of a take."""

from musicgen_live.player.protocol import Alive, Began, Followed, Sent, TempoWas
from musicgen_live.player.sent_log import Ledger, Summary

ON_60, ON_64, OFF_60, OFF_64 = (bytes.fromhex(m) for m in ("90 3c 50", "90 40 50", "80 3c 00", "80 40 00"))


def test_a_ledger_knows_what_was_sent_and_what_sounds() -> None:
    ledger = Ledger()
    for report in (Began(7.0), Sent(0, (b"\xc0\x05", ON_60), (0.1,)), Alive(), Sent(480, (OFF_60, ON_64), (0.3,))):
        ledger.hear(report)
    assert (ledger.origin_s, ledger.tick) == (7.0, 480)
    assert ledger.messages == [(0, b"\xc0\x05"), (0, ON_60), (480, OFF_60), (480, ON_64)]
    assert ledger.sounding() == [(0, 64)]
    ledger.release_all(600)
    assert ledger.messages[-1] == (600, OFF_64)
    assert ledger.sounding() == []


def test_a_pedal_that_is_down_and_a_bend_are_owed_like_notes() -> None:
    ledger = Ledger()
    down, bent, centre = (bytes.fromhex(m) for m in ("b0 40 7f", "e0 00 50", "e0 00 40"))
    ledger.hear(Sent(0, (ON_60, down, bent, bytes.fromhex("b0 07 64"))))
    assert ledger.owed() == [OFF_60, bytes.fromhex("b0 40 00"), centre]
    ledger.hear(Sent(480, (OFF_60, bytes.fromhex("b0 40 00"), centre)))
    assert ledger.owed() == []


def test_a_ledger_knows_the_place_of_music_that_follows_someone() -> None:
    ledger = Ledger()
    ledger.hear(Sent(1920))
    assert ledger.music_tick == 1920
    place = Followed(480, 2400, 9.0, 120.0, runs=True)
    for report in (place, TempoWas(1920, 120.0), Sent(2640)):
        ledger.hear(report)
    assert (ledger.music_tick, ledger.tick, ledger.followed, ledger.tempos) == (480, 2640, place, [(1920, 120.0)])


def test_the_figures_of_a_take() -> None:
    ledger = Ledger()
    assert ledger.summary() == Summary()
    for tick in range(200):
        ledger.hear(Sent(tick, (), (tick / 100,), dropped=tick % 2))
    ledger.restarts = 1
    # 200 notes, 0.00 to 1.99 ms late: the 100th, the 198th and the last.
    assert ledger.summary() == Summary(200, 100, 0.99, 1.97, 1.99, 1)
