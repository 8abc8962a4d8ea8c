"""The piano roll of a take at a moment: which piece of it, in which pitches; drawn anew only where it would differ."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.interfaces.screen.cells import Line
from musicgen_live.interfaces.screen.roll import Span, View, draw, span_of, view_of
from musicgen_live.interfaces.screen.state import ScreenState

BARS_FOR_SPAN = 4
"""How many bars before what is seen count for the range of pitches, so that it does not change with every note."""
MOVES_S = 1 / 16
LARGE_CELLS, LARGE_MOVES_S = 4000, 1 / 8
"""How often the roll moves at most, and where it has more cells than that. All of it is sent anew each time: in
80x24 at 120 BPM that is 42 kB a second; in 200x60 it was 300 kB, and is 150."""


class RollOfTake:
    """Remembers the range of pitches, which follows the music, and the last picture."""

    def __init__(self, state: ScreenState, now_s: Callable[[], float]) -> None:
        self._state = state
        self._now_s = now_s
        self._span: Span | None = None
        self._rows = 0
        self._drawn_of: object = None
        self._lines: list[Line] = []

    def draw(self, width: int, height: int) -> list[Line]:
        """The roll in so many characters; as it was where nothing is to be seen of what has changed."""
        state, rows = self._state, height - 1
        moves_s = LARGE_MOVES_S if width * height > LARGE_CELLS else MOVES_S
        head_tick = state.tick_at(self._now_s() // moves_s * moves_s) or 0
        view = view_of(head_tick, state.time_signature.bar_ticks, width)
        notes = state.planned.between(view.start_tick, view.end_tick)
        # A note that is held ends where the column of the play head does: it is drawn anew once a column.
        held_until_tick = (head_tick // view.cell_ticks + 1) * view.cell_ticks
        own = state.own.between(view.start_tick, view.end_tick, held_until_tick)
        span = self._span_of(self._pitches(view, held_until_tick), rows)
        moments = tuple((note.start_tick > head_tick, note.end_tick > head_tick) for note in notes)
        drawn_of = (view, span, rows, state.time_signature.bar_ticks, tuple(notes), tuple(own), moments)
        if drawn_of != self._drawn_of:
            self._drawn_of = drawn_of
            self._lines = draw(notes, own, head_tick, view, span, rows, state.time_signature.bar_ticks)
        return self._lines

    def _span_of(self, pitches: set[int], rows: int) -> Span:
        """The range that is drawn; one that no music is in, or of another height, is not held on to."""
        span = span_of(pitches, rows, self._span if rows == self._rows else None)
        self._span, self._rows = span if pitches else None, rows
        return span

    def _pitches(self, view: View, held_until_tick: int) -> set[int]:
        start_tick, end_tick = view.start_tick - BARS_FOR_SPAN * self._state.time_signature.bar_ticks, view.end_tick
        planned = self._state.planned.between(start_tick, end_tick)
        own = self._state.own.between(start_tick, end_tick, held_until_tick)
        return {note.pitch for note in (*planned, *own)}
