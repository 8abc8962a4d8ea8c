"""Finds out at once whether a file can be written, so that the user learns it before hours of work."""

from __future__ import annotations

import tempfile
from pathlib import Path

from musicgen_live.config.files import is_folder, reason_of
from musicgen_live.errors import TrainingError


def check_folder(folder: Path, flag: str) -> None:
    """Raise TrainingError, which names the flag, if nothing can be written into a folder, or it cannot be made."""
    _check(folder, flag, folder)


def check_file(path: Path, flag: str) -> None:
    """Raise TrainingError, which names the flag, if a file cannot be written, or its folder cannot be made."""
    if is_folder(path):
        raise TrainingError(f"{flag} is {str(path)!r}, which is a folder; it names the file to write")
    _check(path, flag, path.parent)


def _check(path: Path, flag: str, folder: Path) -> None:
    try:
        path.exists()  # Raises if its name is too long.
        with tempfile.TemporaryFile(dir=existing_folder(folder)) as file:
            file.write(b"\0" * 4096)
    except OSError as exc:
        raise TrainingError(
            f"{flag} is {str(path)!r}, which cannot be written ({reason_of(exc)}); choose another {flag}"
        ) from exc


def existing_folder(folder: Path) -> Path:
    """Return a folder if it exists, else the nearest one above it that does; OSError if its name is too long."""
    # On Windows no parent exists if there is no such drive.
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)
