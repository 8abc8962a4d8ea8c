"""Reads the text of an app's screen back from the picture that Textual exports."""

from __future__ import annotations

import re
from html import unescape

from textual.app import App

_CELL_WIDTH = 12.2
_TEXT = re.compile(r'<text [^>]*? x="([\d.]+)"[^>]*? clip-path="url\(#[^"]*line-(\d+)\)"[^>]*>(.*?)</text>')


def text_seen(app: App[None]) -> str:
    """Return all lines of the screen, without trailing blanks."""
    width, height = app.size
    rows = [[" "] * width for _ in range(height)]
    for x, row, escaped in _TEXT.findall(app.export_screenshot()):
        text = unescape(escaped).replace("\xa0", " ")
        column = round(float(x) / _CELL_WIDTH)
        rows[int(row)][column : column + len(text)] = text
    return "".join("".join(row).rstrip() + "\n" for row in rows)
