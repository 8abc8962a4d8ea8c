"""Checks the names that users give to takes: names, never paths."""

from __future__ import annotations

from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.take_files import FORBIDDEN_IN_NAMES, MAX_STEM_LENGTH


def renamed_path(path: Path, name: str) -> Path:
    """Return the path of a take under another name in its folder; TakeError if that is no name of a file everywhere."""
    stem = name.strip().removesuffix(".mid")
    if FORBIDDEN_IN_NAMES.search(stem) or stem != stem.strip(" .") or not 0 < len(stem) <= MAX_STEM_LENGTH:
        raise TakeError(
            f"{name[:MAX_STEM_LENGTH]!r} is no name for a take; write up to {MAX_STEM_LENGTH} characters, "
            'without < > : " / \\ | ? *, and without a dot at the beginning or end'
        )
    return path.with_name(f"{stem}{path.suffix}")
