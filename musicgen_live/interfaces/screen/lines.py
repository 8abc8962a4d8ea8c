"""A widget drawn as lines of runs, which sends only the changed part of a line to the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from musicgen_live.interfaces.screen.cells import Line, Shade, changed_columns, printable, text_of

Draw = Callable[[int, int], Sequence[Line]]
"""Returns the lines for a width and a height in characters."""

STYLES: dict[Shade, Style] = {
    "plain": Style(color="#d8dee9"),
    "faint": Style(color="#7f8a9e"),
    "title": Style(color="#ffffff", bold=True),
    "chosen": Style(color="#ffffff", bgcolor="#2b3a55", bold=True),
    "pending": Style(color="#7fc8f8", bold=True),
    "changed": Style(color="#8fd694", bold=True),
    "trouble": Style(color="#ff8080", bold=True),
    "grid": Style(color="#454d5e"),
    "head": Style(color="#ffffff", bold=True),
    "past": Style(color="#b98530"),
    "sounding": Style(color="#ffd166", bold=True),
    "planned": Style(color="#5b8fc4"),
    "own": Style(color="#8fd694", bold=True),
    "melody": Style(color="#ffd166"),
    "bass": Style(color="#e07a5f"),
    "chords": Style(color="#5b8fc4"),
}


class Lines(Widget):
    """Shows the lines that `draw` returns at each call of `look`."""

    def __init__(self, draw: Draw, name: str) -> None:
        super().__init__(id=name)
        self._draw = draw
        self._lines: list[Line] = []

    def look(self) -> None:
        """Draw again, and show what differs."""
        width, height = self.size
        before, self._lines = self._lines, list(self._draw(width, height)) if width and height else []
        for row in range(max(len(before), len(self._lines))):
            old, new = (lines[row] if row < len(lines) else () for lines in (before, self._lines))
            if old != new:
                # In a line with wide characters, columns are not characters.
                is_wide = any(cell_len(text_of(line)) > len(text_of(line)) for line in (old, new))
                first, last = (0, width) if is_wide else changed_columns(old, new, width)
                self.refresh(Region(first, row, last - first, 1))

    def render_line(self, y: int) -> Strip:
        """Return one line for Textual."""
        base = self.rich_style
        runs = self._lines[y] if y < len(self._lines) else ()
        strip = Strip([Segment(printable(text), base + STYLES[shade]) for text, shade in runs])
        return strip.adjust_cell_length(self.size.width, base)
