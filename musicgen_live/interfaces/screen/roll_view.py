"""Draws the piano roll of a take at a moment: chooses section and pitches, and redraws only if they differ."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.interfaces.screen.cells import Line
from musicgen_live.interfaces.screen.roll import Span, View, choose_span, choose_view, draw
from musicgen_live.interfaces.screen.state import ScreenState

BARS_FOR_SPAN = 4
"""The number of bars before the section that count for the range of pitches, so that not every note changes it."""
MIN_INTERVAL_S = 1 / 16
"""The shortest time between two changes of the roll."""


class RollOfTake:
    """The roll with its range of pitches, which follows the music, and its last lines."""

    def __init__(self, state: ScreenState, now_s: Callable[[], float]) -> None:
        self._state = state
        self._now_s = now_s
        self._span: Span | None = None
        self._rows = 0
        self._drawn_content: object = None
        self._lines: list[Line] = []

    def draw(self, width: int, height: int) -> list[Line]:
        """Return the roll in `width` by `height` characters; the last lines if no visible thing has changed."""
        state, rows = self._state, height - 1
        head_tick = state.tick_at(self._now_s() // MIN_INTERVAL_S * MIN_INTERVAL_S) or 0
        view = choose_view(head_tick, state.meters, width)
        notes = state.planned.between(view.start_tick, view.end_tick)
        # A held note ends with the column of the playhead, so that it is redrawn only once per column.
        held_until_tick = (head_tick // view.cell_ticks + 1) * view.cell_ticks
        own = state.own.between(view.start_tick, view.end_tick, held_until_tick)
        span = self._choose_span(self._pitches(view, held_until_tick), rows)
        phases = tuple((note.start_tick > head_tick, note.end_tick > head_tick) for note in notes)
        meters, sections = state.meters, dict(state.sections)
        content = (view, span, rows, meters, tuple(notes), tuple(own), phases, sections)
        if content != self._drawn_content:
            self._drawn_content = content
            self._lines = draw(notes, own, head_tick, view, span, rows, meters, sections)
        return self._lines

    def _choose_span(self, pitches: set[int], rows: int) -> Span:
        """Choose the range of pitches; a range without music, or for another height, is not kept."""
        span = choose_span(pitches, rows, self._span if rows == self._rows else None)
        self._span, self._rows = span if pitches else None, rows
        return span

    def _pitches(self, view: View, held_until_tick: int) -> set[int]:
        meters, end_tick = self._state.meters, view.end_tick
        start_tick = meters.tick_of(meters.bar_of(view.start_tick) - BARS_FOR_SPAN)
        planned = self._state.planned.between(start_tick, end_tick)
        own = self._state.own.between(start_tick, end_tick, held_until_tick)
        return {note.pitch for note in (*planned, *own)}
