"""The folder of a user's own presets, controller bindings, scenes and list of takes on each platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "MUSICGEN_LIVE_HOME"
"""The environment variable that names another folder."""

_NAME = "musicgen-live"


def user_folder(
    platform: str = sys.platform, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """Return the folder of the user's own files, in the platform's usual location; it need not exist.

    It has defaults in `config.toml`, presets in `presets/`, controller bindings in `controls.toml`, scenes in
    `scenes.toml`, and the list of takes in `takes.jsonl`. The folders are those of platformdirs, which a test compares:
    every start asks for one, and would take 10 ms longer to import it.
    """
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    home = home or _home()
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / _NAME
    if platform == "darwin":
        return home / "Library" / "Application Support" / _NAME
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / _NAME


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        # No HOME, and a user without an entry, as in some containers: there is nothing to read, and nowhere to write.
        return Path("/nonexistent")


def presets_folder() -> Path:
    """Return the folder of the user's own presets."""
    return user_folder() / "presets"


def models_folder() -> Path:
    """Return the folder of the user's own models."""
    return user_folder() / "models"


def controls_path() -> Path:
    """Return the default file of controller bindings."""
    return user_folder() / "controls.toml"


def takes_path() -> Path:
    """Return the file that lists the takes."""
    return user_folder() / "takes.jsonl"


def scenes_path() -> Path:
    """Return the file of the user's scenes."""
    return user_folder() / "scenes.toml"


def is_in_user_folder(path: str) -> bool:
    """Return True if a path leads into the folder of the user's own files; never raises, whatever the path."""
    try:
        return Path(path).resolve().is_relative_to(user_folder().resolve())
    except (OSError, RuntimeError, ValueError):
        return False  # A loop of links, a name that is too long, or one that no file can have.
