from __future__ import annotations

import pytest

from musicgen_live.interfaces.screen.cells import text_of
from musicgen_live.interfaces.screen.roll import Span, View, choose_span, choose_view, draw
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

METERS = MeterMap.of(COMMON_TIME)
NOTES = (
    Note(0, 480, 60, 80),
    Note(480, 240, 64, 80),
    Note(960, 480, 67, 80),
    Note(1440, 120, 67, 80),
    Note(1920, 960, 59, 80),
)
OWN = (Note(720, 360, 65, 90),)
VIEW = View(first_cell=-4, columns=32, cell_ticks=240, head_column=8)


def drawn(span: Span, rows: int) -> list[str]:
    return [text_of(line) for line in draw(NOTES, OWN, 960, VIEW, span, rows, METERS)]


def test_notes_stand_between_bar_lines() -> None:
    assert drawn(Span(59, 1), 9) == [
        "        1   ▼   2       3       4   ",
        "        │   █▓▒ │       │       │   ",
        "        │       │       │       │   ",
        "        │  ◆═   │       │       │   ",
        "        │ █     │       │       │   ",
        "        │       │       │       │   ",
        "        │       │       │       │   ",
        "        │       │       │       │   ",
        " C4 ····█▓······│·······│·······│···",
        "        │       ▒░░░    │       │   ",
    ]


def test_bar_lines_are_those_of_each_time_signature() -> None:
    meters = METERS.changed(1920, TimeSignature(3, 4)).changed(1920 + 1440, TimeSignature(2, 4))
    lines = draw((), (), 960, VIEW, Span(60, 1), 1, meters)
    assert [text_of(line) for line in lines] == [
        "        1   ▼   2     3   4   5   6 ",
        " C4 ····│·······│·····│···│···│···│·",
    ]


def test_a_row_may_stand_for_several_pitches() -> None:
    assert drawn(Span(57, 3), 5) == [
        "        1   ▼   2       3       4   ",
        "        │       │       │       │   ",
        "        │   █▓▒ │       │       │   ",
        "        │ █◆═   │       │       │   ",
        " C4 ····█▓······│·······│·······│···",
        "        │       ▒░░░    │       │   ",
    ]


def test_pitches_outside_the_span_are_left_out() -> None:
    assert drawn(Span(70, 1), 2) == [
        "        1   ▼   2       3       4   ",
        "        │       │       │       │   ",
        "        │       │       │       │   ",
    ]


def test_past_sounding_planned_and_own_notes_have_their_shades() -> None:
    lines = draw(NOTES, OWN, 960, VIEW, Span(59, 1), 9, METERS)
    shades = {shade for line in lines for text, shade in line if text.strip()}
    assert shades == {"faint", "grid", "head", "past", "sounding", "planned", "own"}
    assert lines[1] == (
        ("    ", "faint"),
        ("    │   ", "grid"),
        ("█▓", "sounding"),
        ("▒", "planned"),
        (" │       │       │   ", "grid"),
    )
    assert lines[4][2] == ("█", "past")
    assert lines[3][2] == ("◆═", "own")


def test_a_note_that_began_left_of_the_view_shows_no_onset() -> None:
    view = View(first_cell=2, columns=10, cell_ticks=240, head_column=3)
    lines = draw((Note(0, 960, 60, 80), Note(480, 2400, 61, 80)), (), 1200, view, Span(60, 1), 2, METERS)
    assert [text_of(line) for line in lines] == [
        "       ▼  2   ",
        "    █▓▓▓▓▓▓▓▓▓",
        " C4 ▓▓····│···",
    ]


def test_repeated_notes_differ_by_their_onsets() -> None:
    notes = tuple(Note(240 * eighth, 240, 60, 80) for eighth in range(4))
    view = View(first_cell=0, columns=16, cell_ticks=120, head_column=4)
    assert text_of(draw(notes, (), 500, view, Span(60, 1), 1, METERS)[1]) == " C4 █▓█▓█▓▒░········"


def test_bar_numbers_without_space_are_left_out() -> None:
    view = View(first_cell=98, columns=12, cell_ticks=1920, head_column=11)
    assert text_of(draw((), (), 109 * 1920, view, Span(60, 1), 1, METERS)[0]) == "    99 102 106 ▼"


@pytest.mark.parametrize(
    ("head_cell", "expected"),
    [(35, "     9  ▼10  11"), (36, "    9   ▼10 11 "), (37, "        ▼10    "), (38, "      10▼ 11   ")],
)
def test_the_mark_of_the_playhead_covers_no_bar_number(head_cell: int, expected: str) -> None:
    view = View(first_cell=head_cell - 4, columns=11, cell_ticks=480, head_column=4)
    assert text_of(draw((), (), head_cell * 480, view, Span(60, 1), 1, METERS)[0]) == expected


@pytest.mark.parametrize(
    ("width", "signature", "expected"),
    [
        (49, COMMON_TIME, View(first_cell=-9, columns=45, cell_ticks=120, head_column=9)),
        (49, TimeSignature(2, 4), View(first_cell=-9, columns=45, cell_ticks=60, head_column=9)),
        (160, COMMON_TIME, View(first_cell=-31, columns=156, cell_ticks=60, head_column=31)),
        (20, COMMON_TIME, View(first_cell=-3, columns=16, cell_ticks=480, head_column=3)),
        (3, COMMON_TIME, View(first_cell=0, columns=1, cell_ticks=1920, head_column=0)),
    ],
)
def test_a_view_shows_two_bars_ahead_in_the_smallest_cells(
    width: int, signature: TimeSignature, expected: View
) -> None:
    assert choose_view(0, MeterMap.of(signature), width) == expected


def test_the_playhead_moves_for_a_bar_and_then_the_music_does() -> None:
    assert choose_view(0, METERS, 49) == View(first_cell=-9, columns=45, cell_ticks=120, head_column=9)
    assert choose_view(1919, METERS, 49) == View(first_cell=-9, columns=45, cell_ticks=120, head_column=24)
    assert choose_view(1920, METERS, 49) == View(first_cell=7, columns=45, cell_ticks=120, head_column=9)
    assert choose_view(1920, METERS, 49).column(1920) == 9


@pytest.mark.parametrize(
    ("pitches", "present", "expected"),
    [
        # In the middle, with as few semitones per row as possible.
        ([60], None, Span(52, 1)),
        ([60, 76], None, Span(60, 1)),
        ([48, 60, 72], None, Span(44, 2)),
        ([21, 108], None, Span(12, 6)),
        ([], None, Span(52, 1)),
        # The present span, if it shows all pitches.
        ([60, 64], Span(55, 1), Span(55, 1)),
        ([60, 75], Span(44, 2), Span(44, 2)),
        # Coarser at once, finer only with rows to spare.
        ([60, 80], Span(55, 1), Span(52, 2)),
        ([60, 64], Span(40, 2), Span(54, 1)),
    ],
)
def test_the_range_of_pitches_follows_the_music_quietly(
    pitches: list[int], present: Span | None, expected: Span
) -> None:
    assert choose_span(pitches, 17, present) == expected


def test_every_pitch_has_a_row_however_few_there_are() -> None:
    for rows in (11, 17, 30, 53):
        for lowest in range(128):
            for highest in range(lowest, 128):
                span = choose_span([lowest, highest], rows, None)
                assert 0 <= span.row(highest, rows) <= span.row(lowest, rows) < rows
                assert span.lowest % span.semitones == 0
