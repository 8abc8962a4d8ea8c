import os
import sys
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_type import UnreadableError
from training.data.corpus import contents, find_midi, in_utf8, path_in

ODD_NAMES = [
    ".hidden.mid",
    "UPPER.MID",
    "space in name.mid",
    "two.dots.v2.mid",
    "ümläut-日本語.midi",
    "a" * 200 + ".mid",
]


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def test_finds_every_case_and_depth_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b.mid", "a/z.MIDI", "a/b/c.Mid", "B.MiDi", "notes.txt", "mid", "x.mid.bak"):
        touch(tmp_path / name)
    assert list(find_midi(tmp_path)) == ["B.MiDi", "a/b/c.Mid", "a/z.MIDI", "b.mid"]


def test_odd_names_are_found(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        touch(tmp_path / name)
    found = find_midi(tmp_path)
    assert set(found) == set(ODD_NAMES)
    assert all((tmp_path / path).exists() for path in found.values())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want file names to be Unicode")
def test_bytes_in_a_name_that_are_no_text_are_escaped(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mid")).write_bytes(b"x")
    ((name, path),) = find_midi(tmp_path).items()
    assert name == "\\xff.mid"
    assert contents(path_in(tmp_path, path)) == b"x"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "far.mid")
    touch(tmp_path / "midi" / "near.mid")
    (tmp_path / "midi" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "midi" / "loop").symlink_to(tmp_path / "midi")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "midi")
    assert list(find_midi(tmp_path / "midi")) == ["linked/far.mid", "near.mid"]


def test_invalid_folders_are_named(tmp_path: Path) -> None:
    touch(tmp_path / "a.mid")
    touch(tmp_path / "none" / "a.txt")
    with pytest.raises(TrainingError, match=r"there is no folder .*nowhere"):
        find_midi(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match=r"a\.mid is a file; give the folder it lies in"):
        find_midi(tmp_path / "a.mid")
    with pytest.raises(TrainingError, match=r"none holds no MIDI files; looked for \.mid and \.midi, in any case"):
        find_midi(tmp_path / "none")


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither links without rights nor named pipes")
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mid")
    (tmp_path / "link.mid").symlink_to("gone")
    (tmp_path / "loop.mid").symlink_to("loop.mid")
    (tmp_path / "folder.mid").mkdir()
    with (tmp_path / "huge.mid").open("wb") as huge:
        huge.truncate(2**30)
    found = find_midi(tmp_path)
    assert list(found) == ["huge.mid", "link.mid", "loop.mid", "pipe.mid"]
    reasons = []
    for path in found.values():
        with pytest.raises(UnreadableError) as error:
            contents(tmp_path / path)
        reasons.append(str(error.value))
    assert reasons == [
        "cannot be opened (it has 1,073.7 MB, and at most 8 MB are read)",
        "it is gone, or a link to a file that is not there",
        "cannot be opened (Too many levels of symbolic links)",
        "cannot be opened (it is a named pipe, not a file)",
    ]


def test_names_that_are_not_utf_8_are_written_as_text() -> None:
    assert in_utf8("Flöten") == "Flöten"
    assert in_utf8(os.fsdecode(b"Fl\xf6ten")) == "Fl\\xf6ten"
