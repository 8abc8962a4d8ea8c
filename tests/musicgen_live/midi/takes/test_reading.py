"""Reading the file of a take."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.takes.label import PLAYED_ALONG, TakeLabel, steered
from musicgen_live.midi.takes.reading import RecordedTake, read_take
from musicgen_live.music.notes import Note
from tests.support.labelled import NOCTURNE, write_labelled
from tests.support.midi_writing import write_midi

ODD = Path(__file__).resolve().parents[3] / "data" / "odd-midi"


def test_a_take_tells_its_label_and_length(tmp_path: Path) -> None:
    assert read_take(write_labelled(tmp_path / "take.mid")) == RecordedTake(NOCTURNE, 2, 2.0)


def test_a_take_that_still_plays_is_read_too(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "take.mid", texts=NOCTURNE.texts(), live=True, write_every_s=0.01)
    recorder.add_text(480, steered("key"))
    recorder.add_text(960, PLAYED_ALONG)
    recorder.close()
    take = read_take(tmp_path / "take.mid")
    assert take is not None
    assert (take.label.steered, take.label.has_musician, take.notes) == (("key",), True, 0)


def test_a_preset_may_have_any_name(tmp_path: Path) -> None:
    label = TakeLabel("夜 é", 1, {})
    take = read_take(write_labelled(tmp_path / "take.mid", label))
    assert take is not None
    assert take.label == label


def test_a_large_take_is_read_too(tmp_path: Path) -> None:
    # More than mido is given.
    take = read_take(write_labelled(tmp_path / "take.mid", notes=50_000))
    assert take == RecordedTake(NOCTURNE, 50_000, 50_000.0)


def test_another_midi_file_is_no_take(tmp_path: Path) -> None:
    assert read_take(write_midi(tmp_path / "song.mid", [[Note(0, 480, 60, 80)]])) is None


@pytest.mark.parametrize("path", sorted(ODD.glob("*.mid")), ids=lambda path: path.stem)
def test_odd_files_are_no_takes(path: Path) -> None:
    assert read_take(path) is None


def test_a_damaged_label_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    Recorder(path, texts=("musicgen-live 0.1.0", "preset: nocturne")).close()
    with pytest.raises(TakeError, match=r"take\.mid cannot be read: what it says of its preset, seed and settings is"):
        read_take(path)


@pytest.mark.parametrize("kept", range(14, 400, 11))
def test_a_take_that_was_cut_off_is_read_or_refused(tmp_path: Path, kept: int) -> None:
    path = write_labelled(tmp_path / "take.mid")
    path.write_bytes(path.read_bytes()[:kept])
    try:
        take = read_take(path)
    except TakeError:
        return
    assert take is None or take.label == NOCTURNE
