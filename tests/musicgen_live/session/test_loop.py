"""Repeated bars."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.session.loop import Loop

BAR = 1920
SOURCE = (Note(0, 480, 50, 80), Note(BAR, 480, 60, 80), Note(BAR + 480, 3000, 64, 70), Note(2 * BAR, 240, 67, 80))


def test_one_bar_comes_again_in_every_bar() -> None:
    loop = Loop(SOURCE, BAR, 2 * BAR)
    assert loop.notes(2 * BAR, 3 * BAR) == (Note(2 * BAR, 480, 60, 80), Note(2 * BAR + 480, 3000, 64, 70))
    assert loop.notes(9 * BAR, 10 * BAR) == (Note(9 * BAR, 480, 60, 80), Note(9 * BAR + 480, 3000, 64, 70))


def test_several_bars_come_one_after_another() -> None:
    loop = Loop(SOURCE, 0, 3 * BAR)
    assert [note.pitch for bar in range(3, 9) for note in loop.notes(bar * BAR, (bar + 1) * BAR)] == [
        50, 60, 64, 67, 50, 60, 64, 67,
    ]  # fmt: skip


def test_a_loop_ends_once_a_cycle_after_its_source() -> None:
    loop = Loop(SOURCE, BAR, 3 * BAR)
    assert [loop.begun_ticks(bar * BAR) // BAR for bar in (2, 3, 4, 5, 6)] == [0, 0, 1, 0, 1]


def test_the_rest_of_a_bar_has_the_rest_of_its_notes() -> None:
    assert Loop(SOURCE, BAR, 2 * BAR).notes(2 * BAR + 480, 3 * BAR) == (Note(2 * BAR + 480, 3000, 64, 70),)
