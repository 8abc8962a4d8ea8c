"""The address of the page as a QR code."""

from __future__ import annotations

import segno

from musicgen_live.interfaces.web.qr_code import qr_code

URL = f"http://192.168.1.20:8080/#{'0a' * 16}"
HALVES = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
"""The dark modules of a character: upper and lower half, on a dark terminal."""


def test_the_code_is_that_of_the_address_and_fits_a_terminal() -> None:
    lines = qr_code(URL).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    rows = [[HALVES[character][half] for character in line] for line in lines for half in (0, 1)]
    border = 4
    modules = [list(map(int, row)) for row in segno.make(URL, error="l").matrix]
    assert [row[border:-border] for row in rows[border : border + len(modules)]] == modules
