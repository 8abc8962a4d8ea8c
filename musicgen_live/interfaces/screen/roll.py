"""Draws music as a piano roll in cells of text: the play head stays where it is, the music runs below it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from musicgen_live.interfaces.screen.cells import Line, Shade
from musicgen_live.music.notes import Note

LABEL = 4
"""Characters left of the music, for names of octaves."""
HEAD_SHARE = 0.27
"""How far from the left the play head is: most of the room is for what comes."""
BARS_AHEAD = 2
"""As many as are planned."""
CELL_TICKS = (30, 60, 120, 240, 480, 960, 1920)
SEMITONES = (1, 2, 3, 4, 6, 12)
"""How many semitones a row may stand for: all divide an octave, so that every C has the same place in its row."""
MARGIN = 2
"""Rows of room that have to be left before the roll is drawn with fewer semitones a row again."""

HEARD, PLANNED, OWN = "█▓", "▒░", "◆═"
"""How a note begins and goes on."""
_RANK: dict[Shade, int] = {"planned": 1, "past": 2, "sounding": 3, "own": 4}


@dataclass(frozen=True)
class Span:
    """Which pitches the rows stand for: the lowest one, a multiple of `semitones`, and how many a row."""

    lowest: int
    semitones: int

    def highest(self, rows: int) -> int:
        """The highest pitch of so many rows."""
        return self.lowest + rows * self.semitones - 1

    def row(self, pitch: int, rows: int) -> int:
        """Which row a pitch is in, 0 being the highest; outside 0 to `rows` - 1 where it is in none."""
        return rows - 1 - (pitch - self.lowest) // self.semitones


def span_of(pitches: Iterable[int], rows: int, present: Span | None) -> Span:
    """Where pitches are best seen: as at present if they can be, so that the picture is quiet."""
    there = sorted(pitches) or [60]
    lowest, highest = there[0], there[-1]
    semitones = next((n for n in SEMITONES if _fits(lowest, highest, n, rows)), SEMITONES[-1])
    if present and present.lowest <= lowest and highest <= present.highest(rows):
        could_be_finer = semitones < present.semitones and _fits(lowest, highest, semitones, rows - MARGIN)
        if not could_be_finer:
            return present
    middle = (lowest + highest + 1) // 2
    first_row = round((middle - rows * semitones / 2) / semitones)
    # A round-off must not lose what just fits.
    first_row = min(max(first_row, highest // semitones - rows + 1), lowest // semitones)
    return Span(first_row * semitones, semitones)


def _fits(lowest: int, highest: int, semitones: int, rows: int) -> bool:
    return highest // semitones - lowest // semitones < rows


@dataclass(frozen=True)
class View:
    """A piece of music as wide as the roll is, and where in it the play head is."""

    first_cell: int
    """The cell at the left, counted from tick 0."""
    columns: int
    cell_ticks: int
    head_column: int

    @property
    def start_tick(self) -> int:
        """Where the piece begins."""
        return self.first_cell * self.cell_ticks

    @property
    def end_tick(self) -> int:
        """Where it ends."""
        return (self.first_cell + self.columns) * self.cell_ticks

    def column(self, tick: int) -> int:
        """The column that a tick lies in."""
        return tick // self.cell_ticks - self.first_cell


def view_of(head_tick: int, bar_ticks: int, width: int) -> View:
    """The piece that is seen in `width` characters, labels included, as finely as `BARS_AHEAD` bars allow."""
    columns = max(1, width - LABEL)
    head_column = int(columns * HEAD_SHARE)
    ahead = columns - head_column
    cell_ticks = next((n for n in CELL_TICKS if ahead * n >= BARS_AHEAD * bar_ticks), CELL_TICKS[-1])
    return View(head_tick // cell_ticks - head_column, columns, cell_ticks, head_column)


def draw(
    notes: Sequence[Note], own: Sequence[Note], head_tick: int, view: View, span: Span, rows: int, bar_ticks: int
) -> list[Line]:
    """A line of bar numbers and `rows` of pitches, the highest first, each `LABEL` + `view.columns` characters wide.

    A note that began is drawn dark, one that will begin light, a musician's own (`own`) with a character of its own.
    """
    ground = {has_c: _ground(view, bar_ticks, "·" if has_c else " ") for has_c in (True, False)}
    cells = [list(ground[_octave(row, span, rows) is not None]) for row in range(rows)]
    for note in notes:
        _put(cells, note, view, span, HEARD if note.start_tick <= head_tick else PLANNED, _shade(note, head_tick))
    for note in own:
        _put(cells, note, view, span, OWN, "own")
    lines = [_numbers(view, bar_ticks)]
    lines += [((_label(row, span, rows), "faint"), *_runs(line)) for row, line in enumerate(cells)]
    return lines


def _shade(note: Note, head_tick: int) -> Shade:
    if note.start_tick > head_tick:
        return "planned"
    return "sounding" if head_tick < note.end_tick else "past"


def _put(
    cells: list[list[tuple[str, Shade]]], note: Note, view: View, span: Span, characters: str, shade: Shade
) -> None:
    row = span.row(note.pitch, len(cells))
    if not 0 <= row < len(cells):
        return
    first = view.column(note.start_tick)
    for column in range(max(0, first), min(view.columns, max(first, view.column(note.end_tick - 1)) + 1)):
        begins = column == first
        there, its_shade = cells[row][column]
        rank, its_rank = _RANK[shade], _RANK.get(its_shade, 0)
        # Where a row stands for several pitches, the beginning of a note is seen before the rest of another.
        if (rank, begins) >= (its_rank, there in (HEARD[0], PLANNED[0], OWN[0])):
            cells[row][column] = (characters[0] if begins else characters[1], shade)


def _ground(view: View, bar_ticks: int, empty: str) -> list[tuple[str, Shade]]:
    """Bar lines and the play head, in a row that is `empty` else: dotted where a C is."""
    cells: list[tuple[str, Shade]] = []
    for column in range(view.columns):
        if column == view.head_column:
            cells.append(("┃", "head"))
        elif _bar_at(column, view, bar_ticks) is not None:
            cells.append(("│", "grid"))
        else:
            cells.append((empty, "grid"))
    return cells


def _bar_at(column: int, view: View, bar_ticks: int) -> int | None:
    """The bar, from 1, that begins in a column; None where none does."""
    tick = (view.first_cell + column) * view.cell_ticks
    bar = -(-tick // bar_ticks)
    return bar + 1 if bar >= 0 and bar * bar_ticks < tick + view.cell_ticks else None


def _octave(row: int, span: Span, rows: int) -> int | None:
    """The octave whose C lies in a row, where there is one."""
    lowest = span.lowest + (rows - 1 - row) * span.semitones
    has_c = -(-lowest // 12) * 12 < lowest + span.semitones
    return -(-lowest // 12) - 1 if has_c else None


def _label(row: int, span: Span, rows: int) -> str:
    octave = _octave(row, span, rows)
    return f"{'' if octave is None else f'C{octave}':>{LABEL - 1}} "


def _numbers(view: View, bar_ticks: int) -> Line:
    """The numbers of the bars, above their lines, and a mark above the play head."""
    text = [" "] * view.columns
    head, free = view.head_column, 0
    for column in range(view.columns):
        bar = _bar_at(column, view, bar_ticks)
        if bar is None or column < free:
            continue
        number = str(bar)
        # One that the mark would hide a part of stands beside it.
        start = head + 1 if column <= head < column + len(number) else column
        if start + len(number) <= view.columns:
            text[start : start + len(number)] = number
            free = start + len(number) + 1
    before, after = "".join(text[:head]), "".join(text[head + 1 :])
    return ((" " * LABEL + before, "faint"), ("▼", "head"), (after, "faint"))


def _runs(cells: Sequence[tuple[str, Shade]]) -> list[tuple[str, Shade]]:
    """Neighbours of one shade as one run."""
    return [("".join(text for text, _ in group), shade) for shade, group in groupby(cells, key=lambda cell: cell[1])]
