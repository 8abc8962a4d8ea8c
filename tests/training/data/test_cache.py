import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

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


def entry_of(cache: Cache, sha256: str = SHA) -> Path:
    return cache.folder / "readings" / cache.parser / sha256[:2] / f"{sha256}.json"


def test_an_entry_is_plain_json_with_a_checksum(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "p")
    cache.put(SHA, Reading(("C4",)))
    assert json.loads(entry_of(cache).read_text(encoding="utf-8")) == {
        "tokens": ["C4"],
        "reason": None,
        "lasting": True,
        "remarks": [],
        "checksum": "ed859cda6f81bc757039695df99dce1147b8b4968acf54bf8c3286e6d18e01c9",
    }


def test_a_changed_entry_is_not_believed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "p")
    cache.put(SHA, Reading(("C4", "D4")))
    entry_of(cache).write_text(entry_of(cache).read_text().replace("D4", "E4"))
    assert cache.get(SHA) is None


def test_an_entry_of_before_the_checksum_is_not_believed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "p")
    cache.put(SHA, Reading(("C4",)))
    entry_of(cache).write_text('{"tokens":["C4"],"reason":null,"lasting":true}')
    assert cache.get(SHA) is None


def test_an_entry_in_another_place_is_not_believed(tmp_path: Path) -> None:
    cache, other = Cache(tmp_path, "p"), "ef" * 32
    cache.put(SHA, Reading(("C4",)))
    cache.put(other, Reading(("D4",)))
    entry_of(cache).replace(entry_of(cache, other))
    assert cache.get(other) is None


@pytest.mark.parametrize("nested", ["[" * 100_000, '{"tokens":' * 100_000])
def test_an_entry_of_deep_lists_counts_as_missing(tmp_path: Path, nested: str) -> None:
    cache = Cache(tmp_path, "p")
    cache.put(SHA, Reading(("C4",)))
    entry_of(cache).write_text(nested)
    assert cache.get(SHA) is None


@pytest.mark.parametrize("make", [Path.mkdir, getattr(os, "mkfifo", Path.mkdir)], ids=["a folder", "a named pipe"])
def test_what_is_no_file_counts_as_missing(tmp_path: Path, make: Callable[[Path], None]) -> None:
    cache = Cache(tmp_path, "p")
    entry_of(cache).parent.mkdir(parents=True)
    make(entry_of(cache))
    assert cache.get(SHA) is None


def test_a_folder_that_cannot_be_written_gives_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Cache(tmp_path / "file", "p").put(SHA, Reading(("C4",))) == "Not a directory"
    assert Cache(tmp_path / "file", "p").get(SHA) is None


def test_without_a_home_the_default_folder_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("MUSICGEN_LIVE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert default_cache_folder() == Path(tempfile.gettempdir(), "musicgen-live")


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
