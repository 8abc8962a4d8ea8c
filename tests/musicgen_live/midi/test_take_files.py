"""Names of takes, and files that are never incomplete."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import mido
import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.take_files import new_take_path, new_take_somewhere, write_whole

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


def test_a_folder_that_cannot_be_written_is_replaced_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    said: list[str] = []
    assert new_take_somewhere(tmp_path / "takes", WHEN, "classic", said.append).parent == tmp_path / "takes"
    assert said == []
    path = new_take_somewhere(tmp_path / "file" / "takes", WHEN, "classic", said.append)
    assert path == tmp_path / "home" / "2026-11-22 14.03.07 classic.mid"
    assert said == [
        f'The folder "{tmp_path}/file/takes" cannot be written, so what is recorded goes to the folder '
        f'"{tmp_path}/home".'
    ]
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with pytest.raises(TakeError, match=r"No take can be made in the folder .*file/takes"):
        new_take_somewhere(tmp_path / "file" / "takes", WHEN, "classic", said.append)


def test_of_a_take_that_cannot_be_made_nothing_is_left(tmp_path: Path) -> None:
    program = """if True:
        import resource, sys
        from pathlib import Path
        from musicgen_live.midi.take_files import new_file_like
        resource.setrlimit(resource.RLIMIT_FSIZE, (8, resource.RLIM_INFINITY))
        try:
            new_file_like(Path("take.mid"), Path(sys.argv[1]))
        except OSError as error:
            print(error.strerror)
    """
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert list(tmp_path.iterdir()) == []
