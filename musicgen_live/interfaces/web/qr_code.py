"""Draws the address of the page as a QR code, so that a phone need not type its secret."""

from __future__ import annotations

import io


def qr_code(url: str) -> str:
    """Return a QR code (ISO 18004) for a terminal: for our addresses 21 lines of 41 characters, each two modules."""
    import segno

    out = io.StringIO()
    # The lowest error correction: nobody spills coffee over a terminal, and fewer modules are larger ones.
    segno.make(url, error="l").terminal(out, compact=True)
    return out.getvalue().rstrip("\n")
