"""Melody, bass and chords are told apart by the notes so far."""

from __future__ import annotations

import random

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.parts import CONTEXT_TICKS, split_parts

QUARTER, BAR = 480, 1920


def note(tick: int, pitch: int, ticks: int = QUARTER) -> Note:
    return Note(tick, ticks, pitch, 80)


def letters(notes: list[Note], before: tuple[Note, ...] = ()) -> str:
    """Return the first letter of each note's part: m, b, c."""
    return "".join(each.part[0] for each in split_parts(notes, before))


def chord(tick: int, *pitches: int, ticks: int = QUARTER) -> list[Note]:
    return [note(tick, pitch, ticks) for pitch in pitches]


def test_the_top_note_is_melody_the_lowest_bass_and_the_rest_chords() -> None:
    assert letters(chord(0, 48, 64, 67, 76)) == "bccm"
    assert letters([*chord(0, 48, 76), *chord(QUARTER, 50, 74)]) == "bmbm"


def test_the_notes_stay_as_they_are_and_in_their_order() -> None:
    notes = [note(0, 76), note(0, 48), note(0, 64)]
    split = split_parts(notes)
    assert [(each.pitch, each.part) for each in split] == [(76, "melody"), (48, "bass"), (64, "chords")]
    assert [Note(n.start_tick, n.duration_ticks, n.pitch, n.velocity) for n in split] == notes


def test_what_moves_below_a_held_melody_note_is_no_melody() -> None:
    # C5 is held for a bar over broken chords.
    assert letters([note(0, 72, BAR), note(0, 48), note(480, 60), note(960, 64), note(1440, 60)]) == "mbccc"


def test_what_moves_above_a_held_bass_note_is_no_bass() -> None:
    assert letters([note(0, 36, BAR), note(0, 76), *chord(480, 60, 64, 76), *chord(960, 60, 64, 77)]) == "bmccmccm"


def test_chords_on_the_offbeat_are_no_melody_while_that_rests() -> None:
    # The melody G5 rests after the first beat; the chords of a waltz follow.
    waltz = [note(0, 36), note(0, 79), *chord(480, 55, 60, 64), *chord(960, 55, 60, 64)]
    assert letters(waltz) == "bmcccccc"
    # With its melody over them, the chords stay what they are.
    assert letters([*waltz, note(1440, 38), note(1440, 77), *chord(1920, 57, 60, 65, 74)]) == "bmccccccbmcccm"


def test_a_bass_may_walk() -> None:
    walk = [note(480 * i, pitch) for i, pitch in enumerate((48, 50, 52, 53, 55, 48))]
    tops = [note(480 * i, 79) for i in range(6)]
    assert letters([n for pair in zip(walk, tops, strict=True) for n in pair]) == "bm" * 6


def test_a_line_that_has_rested_for_a_bar_enters_anywhere() -> None:
    assert letters([note(0, 84), note(QUARTER + BAR + 1, 60)]) == "mm"
    # Before, a note so far below it is none of the line, if something is nearer.
    assert letters([note(0, 84), note(0, 55), note(960, 60)]) == "mbb"


def test_a_humanized_chord_is_one_onset() -> None:
    assert letters([note(0, 76), note(12, 48), note(31, 64), note(45, 67)]) == "mbcc"


def piece(seed: int) -> list[Note]:
    rng = random.Random(seed)
    return sorted(
        Note(120 * rng.randrange(8 * 16), rng.choice((120, 240, 480, 1920)), rng.randint(36, 84), 80)
        for _ in range(200)
    )


@pytest.mark.parametrize("seed", range(20))
def test_bar_by_bar_is_the_same_as_all_at_once(seed: int) -> None:
    notes, found = piece(seed), list[Note]()
    for tick in range(0, 8 * BAR, BAR):
        before = [each for each in found if each.start_tick >= tick - CONTEXT_TICKS]
        found += split_parts([each for each in notes if tick <= each.start_tick < tick + BAR], before)
    assert tuple(found) == split_parts(notes)


def test_nothing_is_split_into_nothing() -> None:
    assert split_parts(()) == ()
