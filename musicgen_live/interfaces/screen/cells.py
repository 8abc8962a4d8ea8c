"""The lines that all parts of the screen draw: runs of text, each with a named shade. Pure."""

from __future__ import annotations

from typing import Literal

Shade = Literal[
    "plain",
    "faint",
    "title",
    "chosen",
    "pending",
    "changed",
    "trouble",
    "grid",
    "head",
    "past",
    "sounding",
    "planned",
    "own",
    "melody",
    "bass",
    "chords",
]
"""The name of a style; without colour, characters and positions carry the same information."""

Run = tuple[str, Shade]
Line = tuple[Run, ...]


def text_of(line: Line) -> str:
    """Return a line without its shades."""
    return "".join(text for text, _ in line)


def changed_columns(old: Line, new: Line, width: int) -> tuple[int, int]:
    """Return the first column in which two lines of at most `width` characters differ, and the one after the last."""
    before, after = (
        [(char, shade) for text, shade in line for char in text] + [(" ", "plain")] * width for line in (old, new)
    )
    differing = [column for column in range(width) if before[column] != after[column]]
    return (differing[0], differing[-1] + 1) if differing else (0, 0)


def printable(text: str) -> str:
    """Return the text without control characters, because a device or a file may have any name."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "·" for char in text)


def clipped(text: str, width: int) -> str:
    """Return a text of at most `width` characters, cut at its end."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…" * (width > 0)


def clipped_at_start(text: str, width: int) -> str:
    """Return a text of at most `width` characters, cut at its start, because the end of a path tells the most."""
    return text if len(text) <= width else "…" * (width > 0) + text[len(text) - max(0, width - 1) :]


def line_of(*runs: Run, width: int) -> Line:
    """Return runs as a line of at most `width` characters."""
    line: list[Run] = []
    for text, shade in runs:
        if part := clipped(text, width):
            line.append((part, shade))
        width -= len(part)
    return tuple(line)
