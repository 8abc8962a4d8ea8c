"""Where a user's own presets and controls lie, on each platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "MUSICGEN_LIVE_HOME"
"""Names another folder, if it is set."""

_NAME = "musicgen-live"


def user_folder(
    platform: str = sys.platform, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """The folder of the user's own files, where the platform keeps such things; it need not exist.

    `presets/` in it holds presets, `controls.toml` what controllers do.
    """
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    home = home or Path.home()
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / _NAME
    if platform == "darwin":
        return home / "Library" / "Application Support" / _NAME
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / _NAME


def presets_folder() -> Path:
    """The folder of the user's own presets."""
    return user_folder() / "presets"


def controls_path() -> Path:
    """The file of what controllers do where no other is named."""
    return user_folder() / "controls.toml"
