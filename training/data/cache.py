"""Caches the tokens of files by content: one small JSON file per MIDI file and parser, safe to delete."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.config.files import replace_text
from musicgen_live.errors import TrainingError
from training.data.parsing import Reading


def default_cache_folder() -> Path:
    """Return the platform's cache folder, or the one that MUSICGEN_LIVE_CACHE names."""
    if chosen := os.environ.get("MUSICGEN_LIVE_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "musicgen-live"


@dataclass(frozen=True)
class Cache:
    """Cache of the readings of one parser (`parser_id`) in a folder."""

    folder: Path
    parser: str

    def get(self, sha256: str) -> Reading | None:
        """Return the reading of the file with this content; None if the entry is missing or damaged."""
        try:
            return Reading.from_json(json.loads(self._path(sha256).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def put(self, sha256: str, reading: Reading) -> None:
        """Store a cacheable reading and ignore others; TrainingError if the folder cannot be written."""
        if not reading.is_cacheable:
            return
        try:
            replace_text(self._path(sha256), json.dumps(reading.to_json(), separators=(",", ":")) + "\n")
        except OSError as exc:
            raise TrainingError(
                f"the cache {self.folder} cannot be written ({exc.strerror}); choose another folder with --cache"
            ) from exc

    def _path(self, sha256: str) -> Path:
        return self.folder / "readings" / self.parser / sha256[:2] / f"{sha256}.json"
