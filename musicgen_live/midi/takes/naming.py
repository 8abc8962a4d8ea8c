"""Checks the names that users give to takes: names, never paths."""

from __future__ import annotations

from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.take_files import FORBIDDEN_IN_NAMES, MAX_STEM_LENGTH


def renamed_path(path: Path, name: str) -> Path:
    """Return the path of a take under another name in its folder; TakeError as from `checked_stem`."""
    return path.with_name(f"{checked_stem(name)}{path.suffix}")


def checked_stem(name: str) -> str:
    """Return a name without `.mid`; TakeError if that is no name of a file on every system."""
    stem = name.strip().removesuffix(".mid")
    if FORBIDDEN_IN_NAMES.search(stem) or stem != stem.strip(" .") or not 0 < len(stem) <= MAX_STEM_LENGTH:
        raise TakeError(
            f"{name[:MAX_STEM_LENGTH]!r} is no name for a take; write up to {MAX_STEM_LENGTH} characters, "
            'without < > : " / \\ | ? *, and without a dot at the beginning or end'
        )
    return stem
