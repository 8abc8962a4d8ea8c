"""Training for the page: files that are kept, and what is asked for in vain. A browser test trains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musicgen_live.config.library import model_names
from musicgen_live.errors import MusicgenError, SettingsError, TakeError
from musicgen_live.interfaces.web.training import MOST_EPOCHS, Trainer
from musicgen_live.music.notes import Note
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bundle


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def song(tmp_path: Path) -> bytes:
    return write_midi(tmp_path / "song.mid", [[Note(480 * i, 480, 60 + i, 80) for i in range(8)]]).read_bytes()


def test_files_that_can_be_read_are_kept(home: Path, song: bytes) -> None:
    trainer = Trainer()
    assert trainer.add_file({"name": "mine", "file": "song"}, song) == {"notes": 8}
    assert (home / "training" / "mine" / "midi" / "song.mid").read_bytes() == song
    status = trainer.status({}, b"")
    assert (status["state"], status["name"], status["files"]) == ("ready", "mine", 1)


def test_files_of_the_same_name_are_both_kept(home: Path, song: bytes, tmp_path: Path) -> None:
    trainer = Trainer()
    other = write_midi(tmp_path / "other.mid", [[Note(0, 480, 40, 80)]]).read_bytes()
    for data in (song, other, song, other):
        trainer.add_file({"name": "mine", "file": "song"}, data)
    assert sorted(path.name for path in (home / "training" / "mine" / "midi").iterdir()) == ["song 2.mid", "song.mid"]


def test_files_of_drums_are_refused(tmp_path: Path) -> None:
    drums = write_midi(tmp_path / "beat.mid", [[Note(0, 480, 36, 80)]], channels=[10]).read_bytes()
    with pytest.raises(TakeError, match=r"beat\.mid has only drums in it"):
        Trainer().add_file({"name": "mine", "file": "beat"}, drums)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "piano", "Classic", "x" * 81])
def test_a_model_cannot_have_every_name(home: Path, song: bytes, name: str) -> None:
    with pytest.raises(MusicgenError, match=r"is no name|is a model that ships"):
        Trainer().add_file({"name": name, "file": "song"}, song)
    assert not home.exists()


@pytest.mark.parametrize(
    ("file", "name"), [("", "dropped"), ("..", "dropped"), ("../x", "x"), ("a/b", "a b"), ("Why?", "Why"), ("c:", "c")]
)
def test_a_file_has_a_name_and_no_path(home: Path, song: bytes, file: str, name: str) -> None:
    Trainer().add_file({"name": "mine", "file": file}, song)
    assert [path.name for path in home.rglob("*.mid")] == [f"{name}.mid"]
    assert [path.parent for path in home.rglob("*.mid")] == [home / "training" / "mine" / "midi"]


@pytest.mark.parametrize("epochs", [0, -1, MOST_EPOCHS + 1, 1.5, "2", [1]])
def test_a_number_of_epochs_out_of_range_is_refused(song: bytes, epochs: object) -> None:
    trainer = Trainer()
    trainer.add_file({"name": "mine", "file": "song"}, song)
    with pytest.raises(SettingsError, match="epochs is"):
        trainer.start({}, json.dumps({"name": "mine", "epochs": epochs}).encode())


def test_without_files_nothing_begins() -> None:
    with pytest.raises(SettingsError, match="there are no files to train on yet"):
        Trainer().start({}, b'{"name": "mine"}')


def test_without_the_libraries_it_says_what_to_type() -> None:
    install = Trainer(("tensorflow_that_nobody_has",)).status({}, b"")["install"]
    assert install.startswith("Training needs tensorflow_that_nobody_has. Type: pip install '.[train]'")


def test_the_curve_is_that_of_the_run(home: Path, song: bytes) -> None:
    trainer = Trainer()
    trainer.add_file({"name": "mine", "file": "song"}, song)
    run = home / "training" / "mine" / "work" / "run"
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"options": {"epochs": 5}}')
    (run / "history.csv").write_text("epoch,loss,valid_loss,seconds\n1,3.5,nan,10.0\n2,3.0,3.25,20.0\n")
    status = trainer.status({}, b"")
    assert (status["state"], status["planned"], status["left_s"]) == ("stopped", 5, 45)
    assert [row["valid_loss"] for row in status["epochs"]] == [None, 3.25]


def test_a_trained_model_has_a_name(home: Path) -> None:
    (home / "models").mkdir(parents=True)
    toy_bundle().save(home / "models" / "mine.safetensors")
    assert "mine" in model_names()
