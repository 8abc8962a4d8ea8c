"""The user's folder on each platform."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from platformdirs import PlatformDirs, macos, unix
from platformdirs.api import PlatformDirsABC

from musicgen_live.config.user_folder import user_folder

HOME = Path("/home/clara")


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/home/clara/.config/musicgen-live"),
        ("linux", {"XDG_CONFIG_HOME": "/data/config"}, "/data/config/musicgen-live"),
        ("linux", {"XDG_CONFIG_HOME": ""}, "/home/clara/.config/musicgen-live"),
        ("darwin", {"XDG_CONFIG_HOME": "/data"}, "/home/clara/Library/Application Support/musicgen-live"),
        ("win32", {"APPDATA": "/Roaming"}, "/Roaming/musicgen-live"),
        ("win32", {}, "/home/clara/AppData/Roaming/musicgen-live"),
        ("darwin", {"MUSICGEN_LIVE_HOME": "/stick"}, "/stick"),
    ],
)
def test_each_platform_has_its_folder(platform: str, environment: dict[str, str], folder: str) -> None:
    assert user_folder(platform, environment, HOME) == Path(folder)


@pytest.mark.parametrize(
    ("platform", "directories"), [("linux", unix.Unix), ("darwin", macos.MacOS), (sys.platform, PlatformDirs)]
)
def test_platformdirs_says_the_same(
    platform: str, directories: type[PlatformDirsABC], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    expected = directories("musicgen-live", appauthor=False, roaming=True).user_config_path
    assert user_folder(platform, {}) == expected


def test_a_user_without_a_home_has_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)
    assert user_folder("linux", {}) == Path("/nonexistent/.config/musicgen-live")
