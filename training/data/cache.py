"""What was read from files before, kept by content: one small JSON file for each file and parser, safe to delete."""

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
    """The platform's folder for things that can be made again, or what MUSICGEN_LIVE_CACHE names."""
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
    """Readings by one parser (`parser_id`), under one folder."""

    folder: Path
    parser: str

    def get(self, sha256: str) -> Reading | None:
        """What the file with this content gave; None if that is not known or its entry is damaged."""
        try:
            return Reading.from_json(json.loads(self._path(sha256).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def put(self, sha256: str, reading: Reading) -> None:
        """Keep a reading, unless another try may end otherwise; TrainingError if the folder cannot be written."""
        if not reading.lasting:
            return
        try:
            replace_text(self._path(sha256), json.dumps(reading.to_json(), separators=(",", ":")) + "\n")
        except OSError as exc:
            raise TrainingError(
                f"the cache {self.folder} cannot be written ({exc.strerror}); choose another folder with --cache"
            ) from exc

    def _path(self, sha256: str) -> Path:
        return self.folder / "readings" / self.parser / sha256[:2] / f"{sha256}.json"
