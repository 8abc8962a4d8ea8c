"""Finds out at once whether a file can be written, so that the user learns it before hours of work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from musicgen_live.config.files import check_folder_writable, check_writable, is_folder, reason_of
from musicgen_live.errors import TrainingError


def check_folder(folder: Path, flag: str) -> None:
    """Raise TrainingError, which names the flag, if nothing can be written into a folder, or it cannot be made."""
    _check(folder, flag, check_folder_writable)


def check_file(path: Path, flag: str) -> None:
    """Raise TrainingError, which names the flag, if a file cannot be written, or its folder cannot be made."""
    if is_folder(path):
        raise TrainingError(f"{flag} is {str(path)!r}, which is a folder; it names the file to write")
    _check(path, flag, check_writable)


def _check(path: Path, flag: str, check: Callable[[Path], None]) -> None:
    try:
        check(path)
    except OSError as exc:
        raise TrainingError(
            f"{flag} is {str(path)!r}, which cannot be written ({reason_of(exc)}); choose another {flag}"
        ) from exc
