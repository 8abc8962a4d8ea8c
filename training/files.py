"""Finds out at once whether a file can be written, so that the user learns it before hours of work."""

from __future__ import annotations

import tempfile
from pathlib import Path

from musicgen_live.errors import TrainingError


def check_folder(folder: Path, flag: str) -> None:
    """Make a folder unless it exists; TrainingError names the flag if nothing can be written into it."""
    _check(folder, flag, folder)


def check_file(path: Path, flag: str) -> None:
    """Make the folder of a file unless it exists; TrainingError names the flag if the file cannot be written."""
    if path.is_dir():
        raise TrainingError(f"{flag} is {str(path)!r}, which is a folder; it names the file to write")
    _check(path, flag, path.parent)


def _check(path: Path, flag: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
    except OSError as exc:
        raise TrainingError(
            f"{flag} is {str(path)!r}, which cannot be written ({exc.strerror or exc}); choose another {flag}"
        ) from exc
