"""Mistakes in the program, met while it plays: a reason for the user, and the traceback for a log file."""

from __future__ import annotations

import os
import traceback
from datetime import datetime
from pathlib import Path

from musicgen_live.config.files import reason_of
from musicgen_live.errors import MusicgenError

MAX_TEXT_CHARS = 200


class Faults:
    """Gives every error a reason that a user can read. From any thread."""

    def __init__(self, log: Path | None = None) -> None:
        """Append the traceback of each new mistake to a file, if one is given."""
        self._log = log
        self._known: set[str] = set()

    def is_known(self, error: Exception) -> bool:
        """Return True if an error of the same kind at the same line was met before."""
        return _name_of(error) in self._known

    def reason(self, error: Exception) -> str:
        """Return the message of a MusicgenError; else log the mistake, once, and return a sentence about it."""
        is_known = self.is_known(error)
        self._known.add(_name_of(error))
        if isinstance(error, MusicgenError):
            return str(error)
        kind = f"{type(error).__name__}: {error}"[:MAX_TEXT_CHARS]
        return f"That is a mistake in the program ({kind}); {self._details(error, is_known=is_known)}"

    def _details(self, error: Exception, *, is_known: bool) -> str:
        if self._log is None:
            return "play with --log FILE to have the details."
        if not is_known:
            try:
                append(self._log, f"{datetime.now():%Y-%m-%d %H:%M:%S}\n{''.join(traceback.format_exception(error))}\n")
            except OSError as failure:
                return f"the details cannot be written to {self._log} ({reason_of(failure)})."
        return f"the details are in {self._log}."


def append(path: Path, text: str) -> None:
    """Append text to a file; OSError if that is not possible, at once for a pipe that nobody reads."""
    # Windows has no O_NONBLOCK, and no such pipes.
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags, 0o666), "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def _name_of(error: Exception) -> str:
    places = [f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    return " ".join([type(error).__name__, *places[-1:]])
