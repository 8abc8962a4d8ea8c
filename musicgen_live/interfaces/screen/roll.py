"""Draws music as a piano roll in cells of text: the playhead moves for a bar, then the music does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from musicgen_live.interfaces.screen.cells import Line, Shade
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.notes import Note
from musicgen_live.music.parts import BASS, CHORDS, MELODY

LABEL = 4
"""The width of the octave names left of the music, in characters."""
HEAD_SHARE = 0.2
"""The least share of the width left of the playhead; most of the width is for the music to come."""
BARS_AHEAD = 2
"""The number of bars shown from the beginning of the present one on, at least."""
CELL_TICKS = (30, 60, 120, 240, 480, 960, 1920)
SEMITONES = (1, 2, 3, 4, 6, 12)
"""The possible numbers of semitones per row: all divide an octave, so that every C has the same position in its row."""
MARGIN = 2
"""Rows that must stay free before the roll is drawn with fewer semitones per row again."""

PAST, PLANNED, OWN = "█▓", "▒░", "◆═"
"""The first character of a note, and the character of its remainder."""
_PARTS: dict[str, Shade] = {MELODY: "melody", BASS: "bass", CHORDS: "chords"}
_RANK: dict[Shade, int] = {"planned": 1, "past": 2, "sounding": 3, "chords": 1, "bass": 2, "melody": 3, "own": 4}


@dataclass(frozen=True)
class Span:
    """The pitches of the rows: the lowest one, a multiple of `semitones`, and the semitones per row."""

    lowest: int
    semitones: int

    def highest(self, rows: int) -> int:
        """Return the highest pitch of `rows` rows."""
        return self.lowest + rows * self.semitones - 1

    def row(self, pitch: int, rows: int) -> int:
        """Return the row of a pitch, 0 being the highest; a number outside 0 to `rows` - 1 if it is in none."""
        return rows - 1 - (pitch - self.lowest) // self.semitones


def choose_span(pitches: Iterable[int], rows: int, present: Span | None) -> Span:
    """Choose the span that shows the pitches best, or the present one if it shows them all, to avoid movement."""
    rising = sorted(pitches) or [60]
    lowest, highest = rising[0], rising[-1]
    semitones = next((n for n in SEMITONES if _fits(lowest, highest, n, rows)), SEMITONES[-1])
    if present and present.lowest <= lowest and highest <= present.highest(rows):
        could_be_finer = semitones < present.semitones and _fits(lowest, highest, semitones, rows - MARGIN)
        if not could_be_finer:
            return present
    middle = (lowest + highest + 1) // 2
    first_row = round((middle - rows * semitones / 2) / semitones)
    # Rounding must not exclude the lowest or the highest pitch.
    first_row = min(max(first_row, highest // semitones - rows + 1), lowest // semitones)
    return Span(first_row * semitones, semitones)


def _fits(lowest: int, highest: int, semitones: int, rows: int) -> bool:
    return highest // semitones - lowest // semitones < rows


@dataclass(frozen=True)
class View:
    """The section of the music that the roll shows, and the column of the playhead."""

    first_cell: int
    """The leftmost cell, counted from tick 0."""
    columns: int
    cell_ticks: int
    head_column: int

    @property
    def start_tick(self) -> int:
        """The first tick of the section."""
        return self.first_cell * self.cell_ticks

    @property
    def end_tick(self) -> int:
        """The tick after the section."""
        return (self.first_cell + self.columns) * self.cell_ticks

    def column(self, tick: int) -> int:
        """Return the column of a tick."""
        return tick // self.cell_ticks - self.first_cell


def choose_view(head_tick: int, meters: MeterMap, width: int) -> View:
    """Choose the section for `width` characters, labels included, with the smallest cells that show `BARS_AHEAD`.

    It changes with the bar, because each change sends all of the roll to the terminal.
    """
    columns = max(1, width - LABEL)
    first_head_column = int(columns * HEAD_SHARE)
    ahead, line_tick = columns - first_head_column, meters.line_before(head_tick)
    ahead_ticks = meters.later_by(BARS_AHEAD, line_tick) - line_tick
    cell_ticks = next((n for n in CELL_TICKS if ahead * n >= ahead_ticks), CELL_TICKS[-1])
    first_cell = line_tick // cell_ticks - first_head_column
    return View(first_cell, columns, cell_ticks, head_tick // cell_ticks - first_cell)


def draw(
    notes: Sequence[Note],
    own: Sequence[Note],
    head_tick: int,
    view: View,
    span: Span,
    rows: int,
    meters: MeterMap,
    sections: Mapping[int, str] | None = None,
) -> list[Line]:
    """Return a line of bar numbers and `rows` of pitches, the highest first, `LABEL` + `view.columns` wide.

    Beside the number of a bar stands the letter of the section that begins there. Notes that have begun are dark,
    planned notes light, and a musician's notes (`own`) have their own characters. Each part has its colour.
    """
    grid_rows = {has_c: _grid_row(view, meters, "·" if has_c else " ") for has_c in (True, False)}
    cells = [list(grid_rows[_octave(row, span, rows) is not None]) for row in range(rows)]
    for note in notes:
        _draw_note(cells, note, view, span, PAST if note.start_tick <= head_tick else PLANNED, _shade(note, head_tick))
    for note in own:
        _draw_note(cells, note, view, span, OWN, "own")
    lines = [_bar_numbers(view, meters, sections or {})]
    lines += [((_label(row, span, rows), "faint"), *_runs(line)) for row, line in enumerate(cells)]
    return lines


def _shade(note: Note, head_tick: int) -> Shade:
    if note.part in _PARTS:
        # The characters tell what has begun.
        return _PARTS[note.part]
    if note.start_tick > head_tick:
        return "planned"
    return "sounding" if head_tick < note.end_tick else "past"


def _draw_note(
    cells: list[list[tuple[str, Shade]]], note: Note, view: View, span: Span, characters: str, shade: Shade
) -> None:
    row = span.row(note.pitch, len(cells))
    if not 0 <= row < len(cells):
        return
    first = view.column(note.start_tick)
    for column in range(max(0, first), min(view.columns, max(first, view.column(note.end_tick - 1)) + 1)):
        is_onset = column == first
        old_character, old_shade = cells[row][column]
        rank, old_rank = _RANK[shade], _RANK.get(old_shade, 0)
        # In a row of several pitches, the onset of a note hides the remainder of another.
        if (rank, is_onset) >= (old_rank, old_character in (PAST[0], PLANNED[0], OWN[0])):
            cells[row][column] = (characters[0] if is_onset else characters[1], shade)


def _grid_row(view: View, meters: MeterMap, empty: str) -> list[tuple[str, Shade]]:
    """Return a row with bar lines, and `empty` in all other cells."""
    return [("│" if _bar_at(column, view, meters) is not None else empty, "grid") for column in range(view.columns)]


def _bar_at(column: int, view: View, meters: MeterMap) -> int | None:
    """Return the bar, from 1, that begins in a column; None if there is none."""
    tick = (view.first_cell + column) * view.cell_ticks
    line_tick = meters.line_after(tick)
    return meters.bar_of(line_tick) if 0 <= line_tick < tick + view.cell_ticks else None


def _octave(row: int, span: Span, rows: int) -> int | None:
    """Return the octave whose C is in a row; None if there is none."""
    lowest = span.lowest + (rows - 1 - row) * span.semitones
    has_c = -(-lowest // 12) * 12 < lowest + span.semitones
    return -(-lowest // 12) - 1 if has_c else None


def _label(row: int, span: Span, rows: int) -> str:
    octave = _octave(row, span, rows)
    return f"{'' if octave is None else f'C{octave}':>{LABEL - 1}} "


def _bar_numbers(view: View, meters: MeterMap, sections: Mapping[int, str]) -> Line:
    """Return the bar numbers and letters, above their bar lines, and a mark above the playhead."""
    text = [" "] * view.columns
    head, free_from = view.head_column, 0
    for column in range(view.columns):
        bar = _bar_at(column, view, meters)
        if bar is None or column < free_from:
            continue
        number = f"{bar} {sections[bar]}" if bar in sections else str(bar)
        # A number that the mark would cover moves to its right.
        start = head + 1 if column <= head < column + len(number) else column
        if start + len(number) <= view.columns:
            text[start : start + len(number)] = number
            free_from = start + len(number) + 1
    before, after = "".join(text[:head]), "".join(text[head + 1 :])
    return ((" " * LABEL + before, "faint"), ("▼", "head"), (after, "faint"))


def _runs(cells: Sequence[tuple[str, Shade]]) -> list[tuple[str, Shade]]:
    """Return the cells with neighbours of one shade joined."""
    return [("".join(text for text, _ in group), shade) for shade, group in groupby(cells, key=lambda cell: cell[1])]
