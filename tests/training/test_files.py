"""A file or folder that cannot be written is refused before hours of work."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from training.files import check_file, check_folder


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b", "--out")
    check_file(tmp_path / "a" / "b" / "my.safetensors", "--out")
    check_file(tmp_path / "my.safetensors", "--out")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"which cannot be written \(File name too long\); choose another --work"):
        check_folder(tmp_path / ("x" * 300), "--work")
    with pytest.raises(TrainingError, match="File name too long"):
        check_file(tmp_path / ("x" * 300), "--work")


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(TrainingError, match=r"--out is '.*taken', which cannot be written .*; choose another --out"):
        check_folder(tmp_path / "taken", "--out")
    with pytest.raises(TrainingError, match=r"--png is '.*taken/x.png', which cannot be written .*another --png"):
        check_file(tmp_path / "taken" / "x.png", "--png")


def test_a_drive_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    with pytest.raises(TrainingError, match=r"which cannot be written \(No such file or directory\)"):
        check_folder(Path("/nosuch/data"), "--out")


def test_a_folder_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="which is a folder; it names the file to write"):
        check_file(tmp_path, "--out")
