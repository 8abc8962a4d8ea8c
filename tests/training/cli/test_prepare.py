import os
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from musicgen_live.errors import TrainingError
from tests.support.midi_files import midi, notes, tune
from training.cli.prepare import prepare_and_show, prepare_command
from training.data.dataset import Corpus, Dataset


@pytest.fixture
def midi_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "My tunes"
    folder.mkdir()
    for i in range(3):
        (folder / f"{i}.mid").write_bytes(tune(i, length=110))
    (folder / "[red]odd.mid").write_bytes(b"")
    return folder


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(prepare_command)
    return made


def test_prints_skipped_files_with_reasons_and_the_totals(midi_dir: Path, tmp_path: Path) -> None:
    arguments = [str(midi_dir), "--out", str(tmp_path / "d"), "--cache", str(tmp_path / "c"), "--jobs", "1"]
    result = CliRunner().invoke(app(), arguments, catch_exceptions=False)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[:7] == [
        "file skipped reason",
        "[red]odd.mid empty (0 bytes)",
        "",
        "files read 3",
        "files skipped 1",
        "known from before 0",
        "pieces train 2, valid 1",
    ]
    dataset = Dataset.load(tmp_path / "d")
    assert f"data points {len(dataset.ids)}" in lines
    assert f"classes {len(dataset.vocabulary)}" in lines
    assert dataset.corpus == Corpus("My tunes", "not stated", "")


def test_lists_the_files_that_were_read_in_part(midi_dir: Path, tmp_path: Path) -> None:
    (midi_dir / "band.mid").write_bytes(midi(notes(60, 62), notes(36, channel=9)))
    arguments = [str(midi_dir), "--out", str(tmp_path / "d"), "--cache", str(tmp_path / "c"), "--jobs", "1"]
    result = CliRunner().invoke(app(), arguments, catch_exceptions=False)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[3:9] == [
        "file read in part remark",
        "band.mid drums are left out (track 2, channel 10)",
        "",
        "files read 4",
        "files skipped 1",
        "files read in part 1",
    ]


def test_a_cache_that_cannot_be_written_is_said_once(midi_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "c").write_text("")
    arguments = [str(midi_dir), "--out", str(tmp_path / "d"), "--cache", str(tmp_path / "c"), "--jobs", "1"]
    result = CliRunner().invoke(app(), arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.output.count("c cannot be written (Not a directory), so these files are read anew each time") == 1


def test_options_reach_the_data_set(midi_dir: Path, tmp_path: Path) -> None:
    split = tmp_path / "s.csv"
    split.write_text("file,split\n2.mid,train\n0.mid,test\n", encoding="utf-8")
    arguments = [str(midi_dir), "--out", str(tmp_path / "d"), "--cache", str(tmp_path / "c"), "--split", str(split)]
    arguments += [
        "--name",
        "Tunes",
        "--licence",
        "CC0-1.0",
        "--credit",
        "me",
        "--timeout",
        "30",
        "--encoding",
        "chords",
    ]
    result = CliRunner().invoke(app(), arguments, catch_exceptions=False)
    assert "file skipped" not in result.stdout
    dataset = Dataset.load(tmp_path / "d")
    assert dataset.corpus == Corpus("Tunes", "CC0-1.0", "me")
    assert [(piece.name, piece.split) for piece in dataset.pieces] == [("0.mid", "test"), ("2.mid", "train")]


def test_errors_are_left_to_the_console(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there is no folder"):
        prepare_and_show(tmp_path / "nowhere", tmp_path / "d", corpus=Corpus("x", "y"), cache=tmp_path / "c")


def test_other_commands_can_prepare_with_the_same_display(
    midi_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = prepare_and_show(midi_dir, tmp_path / "d", corpus=Corpus("x", "y"), jobs=1, cache=tmp_path / "c")
    assert dataset.fingerprint() == Dataset.load(tmp_path / "d").fingerprint()
    assert "empty (0 bytes)" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not UTF-8")
def test_a_folder_whose_name_is_not_utf_8_gives_a_data_set(midi_dir: Path, tmp_path: Path) -> None:
    folder = midi_dir.rename(os.fsdecode(os.fsencode(tmp_path) + b"/Fl\xf6ten"))
    out = os.fsdecode(os.fsencode(tmp_path) + b"/d\xf6s")
    arguments = [str(folder), "--out", out, "--cache", str(tmp_path / "c"), "--jobs", "1"]
    result = CliRunner().invoke(app(), arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert Dataset.load(Path(out)).corpus.name == "Fl\\xf6ten"


def test_a_dask_scheduler_that_is_not_there_is_named(midi_dir: Path, tmp_path: Path) -> None:
    arguments = [str(midi_dir), "--out", str(tmp_path / "d"), "--cache", str(tmp_path / "c"), "--dask", "nowhere"]
    with pytest.raises(TrainingError, match="there is no Dask scheduler at 'nowhere'"):
        CliRunner().invoke(app(), arguments, catch_exceptions=False)
