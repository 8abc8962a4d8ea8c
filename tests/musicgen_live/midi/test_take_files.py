"""Names of takes, and files that are never incomplete."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import mido
import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.take_files import new_take_path, write_whole

WHEN = time.strptime("2026-11-22 14:03:07", "%Y-%m-%d %H:%M:%S")


def test_takes_sort_by_time_and_are_never_given_twice(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "takes"
    second_before = time.strptime("2026-11-22 14:03:06", "%Y-%m-%d %H:%M:%S")
    made = [new_take_path(folder, when, "classic") for when in (second_before, WHEN, WHEN, WHEN)]
    assert [path.name for path in made] == [
        "2026-11-22 14.03.06 classic.mid",
        "2026-11-22 14.03.07 classic.mid",
        "2026-11-22 14.03.07 classic_02.mid",
        "2026-11-22 14.03.07 classic_03.mid",
    ]
    assert sorted(folder.iterdir()) == made


def test_a_new_take_is_a_valid_empty_file(tmp_path: Path) -> None:
    assert len(mido.MidiFile(new_take_path(tmp_path, WHEN, "classic")).tracks) == 2


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("my:model/v2?", "my model v2"),
        ("..\\..\\evil", "evil"),
        (" . ", "take"),
        ("", "take"),
        ("line\nbreak\x00", "line break"),
        ("é" * 200, "é" * 80),
    ],
)
def test_names_are_valid_on_every_system(tmp_path: Path, stem: str, name: str) -> None:
    path = new_take_path(tmp_path, WHEN, stem)
    assert path.parent == tmp_path
    assert path.name == f"2026-11-22 14.03.07 {name}.mid"


def test_many_at_once_never_share_one(tmp_path: Path) -> None:
    made: list[Path] = []

    def make() -> None:
        made.extend(new_take_path(tmp_path, WHEN, "classic") for _ in range(20))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 160 == len(list(tmp_path.iterdir()))


def test_an_impossible_folder_is_reported_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TakeError, match=r"file[/\\]takes.*: Not a directory.*--out FILE.mid.*--no-record"):
        new_take_path(tmp_path / "file" / "takes", WHEN, "classic")


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    write_whole(path, [b"o", b"ne"], durable=False)
    write_whole(path, [b"two"], durable=True)
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_all_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "take.mid"
    folder.mkdir()
    with pytest.raises(OSError, match=r"take.mid"):
        write_whole(folder, [b"content"], durable=False)
    assert list(tmp_path.iterdir()) == [folder]
