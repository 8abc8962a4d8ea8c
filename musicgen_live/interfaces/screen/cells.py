"""What all parts of the screen are drawn in: runs of text, each with a shade that has a name. Pure."""

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
]
"""How something looks; without colour it is told apart by its characters or its place."""

Run = tuple[str, Shade]
Line = tuple[Run, ...]


def text_of(line: Line) -> str:
    """A line without its shades."""
    return "".join(text for text, _ in line)


def printable(text: str) -> str:
    """A text in which a terminal finds no commands: a device or a file may have any name."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "·" for char in text)


def clipped(text: str, width: int) -> str:
    """A text of at most so many characters, cut at its end."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…" * (width > 0)


def clipped_at_start(text: str, width: int) -> str:
    """A text of at most so many characters, cut where it begins: the end of a path says the most."""
    return text if len(text) <= width else "…" * (width > 0) + text[len(text) - max(0, width - 1) :]


def line_of(*runs: Run, width: int) -> Line:
    """Runs as a line of at most so many characters."""
    line: list[Run] = []
    for text, shade in runs:
        if part := clipped(text, width):
            line.append((part, shade))
        width -= len(part)
    return tuple(line)
