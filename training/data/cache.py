"""Caches the tokens of files by content: one small JSON file per MIDI file and parser, safe to delete."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.config.files import read_regular, reason_of, replace_text

from .parsing import Reading

_MOST_BYTES = 200_000_000
"""Of an entry; the longest MIDI file that is read has 8 MB."""


def default_cache_folder() -> Path:
    """Return the platform's cache folder, or the one that MUSICGEN_LIVE_CACHE names."""
    if chosen := os.environ.get("MUSICGEN_LIVE_CACHE"):
        return Path(chosen)
    try:
        return _platform_folder() / "musicgen-live"
    except RuntimeError:  # There is neither a home folder nor an entry of the user.
        return Path(tempfile.gettempdir()) / "musicgen-live"


def _platform_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass(frozen=True)
class Cache:
    """Cache of the readings of one parser (`parser_id`) in a folder."""

    folder: Path
    parser: str

    def get(self, sha256: str) -> Reading | None:
        """Return the reading of the file with this content; None if the entry is missing, damaged or another's."""
        try:
            entry = json.loads(read_regular(self._path(sha256), most_bytes=_MOST_BYTES))
            reading = Reading.from_json(entry)
            return reading if entry.get("checksum") == self._checksum(sha256, reading) else None
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, sha256: str, reading: Reading) -> str | None:
        """Store a cacheable reading and ignore others; return the reason if it cannot be stored."""
        if not reading.is_cacheable:
            return None
        entry = reading.to_json() | {"checksum": self._checksum(sha256, reading)}
        try:
            replace_text(Path(self._path(sha256)), json.dumps(entry, separators=(",", ":")) + "\n")
        except OSError as exc:
            return reason_of(exc)
        return None

    def _checksum(self, sha256: str, reading: Reading) -> str:
        """Return a hash of an entry and its place, so that one that was damaged, moved or exchanged is not believed."""
        return hashlib.sha256(json.dumps([self.parser, sha256, reading.to_json()]).encode()).hexdigest()

    def _path(self, sha256: str) -> str:
        """Return the path of an entry as text, for the reason of `corpus.path_in`."""
        return f"{self.folder}/readings/{self.parser}/{sha256[:2]}/{sha256}.json"
