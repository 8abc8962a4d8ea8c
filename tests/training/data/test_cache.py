import json
import sys
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from training.data.cache import Cache, default_cache_folder
from training.data.parsing import Reading

SHA = "ab" * 32


def test_entries_are_found_by_content_and_parser(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "chords-1-music21-10.5.1")
    cache.put(SHA, Reading(("C4", "0.4.7")))
    cache.put("cd" * 32, Reading(reason="no notes in it"))
    assert cache.get(SHA) == Reading(("C4", "0.4.7"))
    assert cache.get("cd" * 32) == Reading(reason="no notes in it")
    assert cache.get("ef" * 32) is None
    assert Cache(tmp_path, "chords-2-music21-10.5.1").get(SHA) is None


def test_readings_that_do_not_last_are_not_stored(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "p")
    cache.put(SHA, Reading(reason="took longer than 60 s to read", is_cacheable=False))
    assert cache.get(SHA) is None


@pytest.mark.parametrize("damage", ["", "{", '{"tokens": ["C4"', "[]", '{"tokens": [60], "reason": null}', "\udcff"])
def test_a_damaged_entry_counts_as_missing(tmp_path: Path, damage: str) -> None:
    cache = Cache(tmp_path, "p")
    cache.put(SHA, Reading(("C4",)))
    (entry,) = tmp_path.rglob("*.json")
    entry.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert cache.get(SHA) is None


def test_an_entry_is_plain_json(tmp_path: Path) -> None:
    Cache(tmp_path, "p").put(SHA, Reading(("C4",)))
    entry = tmp_path / "readings" / "p" / "ab" / f"{SHA}.json"
    assert json.loads(entry.read_text(encoding="utf-8")) == {"tokens": ["C4"], "reason": None, "lasting": True}


def test_an_unwritable_folder_is_an_error_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        TrainingError, match=r"the cache .*file cannot be written .*; choose another folder with --cache"
    ):
        Cache(tmp_path / "file", "p").put(SHA, Reading(("C4",)))


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/musicgen-live"),
        ("linux", {"XDG_CACHE_HOME": ""}, "/home/me/.cache/musicgen-live"),
        ("darwin", {"XDG_CACHE_HOME": "/x"}, "/home/me/Library/Caches/musicgen-live"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/musicgen-live"),
        ("linux", {"MUSICGEN_LIVE_CACHE": "/mine", "XDG_CACHE_HOME": "/x"}, "/mine"),
    ],
)
def test_the_default_folder_is_the_platforms(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], folder: str
) -> None:
    for name in ("MUSICGEN_LIVE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    assert default_cache_folder() == Path(folder)
