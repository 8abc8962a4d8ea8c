"""Clicks before the music."""

from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.count_in import CountIn


def test_a_click_a_beat_the_first_of_a_bar_harder() -> None:
    count_in = CountIn(2, TimeSignature(3, 4))
    assert count_in.ticks == 2880
    assert [(click.start_tick, click.note_on.hex(" ")) for click in count_in.clicks(-2880)] == [
        (-2880, "99 25 78"),
        (-2400, "99 25 50"),
        (-1920, "99 25 50"),
        (-1440, "99 25 78"),
        (-960, "99 25 50"),
        (-480, "99 25 50"),
    ]


def test_eighths_are_counted_in_6_8() -> None:
    assert [click.start_tick for click in CountIn(1, TimeSignature(6, 8)).clicks(-1440)] == [
        -1440,
        -1200,
        -960,
        -720,
        -480,
        -240,
    ]


def test_every_click_ends_before_the_music() -> None:
    last = CountIn(1, TimeSignature(5, 32)).clicks(-300)[-1]
    assert (last.start_tick, last.end_tick, last.note_off.hex(" ")) == (-60, -1, "89 25 00")


def test_only_what_is_left_is_counted() -> None:
    assert [click.start_tick for click in CountIn(1, TimeSignature(4, 4)).clicks(-1000)] == [-960, -480]
    assert CountIn(0, TimeSignature(4, 4)).clicks(-1000) == []
