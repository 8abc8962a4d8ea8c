"""Tells a SoundFont file from others, without the library that plays it."""

from __future__ import annotations

from pathlib import Path

from musicgen_live.config.files import open_regular, reason_of
from musicgen_live.errors import SoundError

_RIFF, _SFBK = slice(0, 4), slice(8, 12)


def check_soundfont(path: Path) -> None:
    """Raise SoundError if a file is no SoundFont, before FluidSynth prints what it thinks of it."""
    try:
        with open_regular(path) as file:
            head = file.read(12)
    except OSError as exc:
        raise SoundError(f"--soundfont is {str(path)!r}, which cannot be read ({reason_of(exc)})") from exc
    if head[_RIFF] != b"RIFF" or head[_SFBK] != b"sfbk":
        raise SoundError(f"--soundfont is {str(path)!r}, which is no SoundFont; give an .sf2 or .sf3 file")
