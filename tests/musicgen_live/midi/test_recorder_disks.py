"""A take on real disks that fill up, turn read-only or are pulled out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mido
import pytest

from musicgen_live.midi.recorder import Recorder
from tests.support.disks import fill, make_read_only, pull, small_disk
from tests.support.jack import wait_until

pytestmark = pytest.mark.disks


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "stick", "400k") as folder:
        yield folder


class Session:
    """A take on a disk, with a home folder beside it, and what was said."""

    def __init__(self, disk: Path, *refuges: Path) -> None:
        self.said: list[str] = []
        self.paths: list[Path | None] = []
        self.path = disk / "takes" / "take.mid"
        self.recorder = Recorder(
            self.path,
            live=True,
            warn=self.said.append,
            tell_path=self.paths.append,
            refuges=lambda: refuges,
            write_every_s=0.005,
        )
        self.notes = 0

    def play(self, notes: int) -> None:
        for number in range(self.notes, self.notes + notes):
            self.recorder.send(480 * number, bytes((0x90, 60, 64)))
            self.recorder.send(480 * number + 479, bytes((0x80, 60, 0)))
        self.notes += notes

    def play_until_on_disk(self, notes: int) -> None:
        self.play(notes)
        wait_until(lambda: notes_in(self.path) == self.notes, "the notes on the disk")


def notes_in(path: Path) -> int:
    return sum(message.type == "note_on" for message in mido.MidiFile(path).tracks[1])


def test_a_full_disk_sends_the_take_home(disk: Path, tmp_path: Path) -> None:
    session = Session(disk, tmp_path / "nowhere", tmp_path)
    session.play_until_on_disk(100)
    fill(disk)
    # What fits into the room of the file is written there.
    session.play_until_on_disk(100)
    session.play(20_000)
    wait_until(lambda: session.paths == [tmp_path / "take.mid"], "the take at home")
    session.play(100)
    session.recorder.close()
    assert session.said == [
        f'The take cannot be written to "{session.path}": No space left on device. It goes on, and whole, in '
        f"{tmp_path / 'take.mid'}"
    ]
    assert notes_in(tmp_path / "take.mid") == 20_300
    # It stays whole where it was too, up to where it fitted.
    assert 200 <= notes_in(session.path) < 20_300


def test_a_disk_full_at_the_end_still_has_the_take(disk: Path) -> None:
    session = Session(disk)
    session.play_until_on_disk(100)
    fill(disk)
    session.play(100)
    session.recorder.close()
    assert (notes_in(session.path), session.said, session.paths) == (200, [], [])


def test_a_disk_that_turns_read_only_sends_the_take_home(disk: Path, tmp_path: Path) -> None:
    session = Session(disk, tmp_path)
    session.play_until_on_disk(100)
    make_read_only(disk)
    session.play(100)
    wait_until(lambda: session.paths == [tmp_path / "take.mid"], "the take at home")
    session.recorder.close()
    assert "Read-only file system. It goes on, and whole, in" in session.said[0]
    assert notes_in(tmp_path / "take.mid") == 200


def test_a_disk_pulled_out_costs_nothing(disk: Path) -> None:
    session = Session(disk)
    session.play_until_on_disk(100)
    pull(disk)
    session.play(100)
    # The folder where the disk was is still there, on another disk.
    wait_until(lambda: session.paths == [session.path], "the take in its place")
    session.recorder.close()
    assert notes_in(session.path) == 200


def test_with_all_disks_full_the_take_waits_for_space(disk: Path) -> None:
    session = Session(disk, disk)
    session.play_until_on_disk(100)
    filler = fill(disk)
    session.play(20_000)
    wait_until(lambda: session.paths == [None], "the end of all space")
    session.play(100)
    filler.unlink()
    wait_until(lambda: session.paths == [None, session.path], "the take to be written")
    session.recorder.close()
    assert notes_in(session.path) == 20_200
    assert sorted(path.name for path in disk.rglob("*.mid")) == ["take.mid"]
    assert len(session.said) == 2


def test_a_new_take_without_a_name_of_its_own_goes_home_at_once(disk: Path, tmp_path: Path) -> None:
    path = disk / "takes" / "take.mid"
    path.parent.mkdir()
    path.touch()
    fill(disk)
    session = Session(disk, tmp_path)
    assert session.paths == [tmp_path / "take.mid"]
    session.play(10)
    session.recorder.close()
    assert notes_in(tmp_path / "take.mid") == 10
