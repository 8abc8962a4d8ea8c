"""The list of takes, which survives damage, crashes and other programs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.takes.index import TakeEntry, TakeIndex
from musicgen_live.midi.takes.label import TakeLabel
from tests.support.labelled import write_labelled


class Desk:
    """A list in a folder, takes in another one, and what was said about them."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "home" / "takes.jsonl"
        self.folder = tmp_path / "takes"
        self.folder.mkdir()
        self.texts: list[str] = []
        self.index = TakeIndex(self.path, self.texts.append)

    def record(self, name: str, recorded_at_s: float = 1000.0, label: TakeLabel | None = None) -> Path:
        path = self.folder / f"{name}.mid"
        write_labelled(path, label or TakeLabel("waltz", 7, {}), recorded_at_s=recorded_at_s)
        self.index.add(path)
        return path

    def names(self) -> list[str]:
        return [entry.name for entry in self.index.entries()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_take_is_listed_with_what_it_says(desk: Desk) -> None:
    label = TakeLabel("nocturne", 4711, {}, "0.1.0", steered=("key",), has_musician=True, bars="9-16")
    path = desk.record("one", label=label)
    assert desk.index.entries() == [
        TakeEntry(
            path, "nocturne", 4711, "0.1.0", 1000.0, path.stat().st_size, 2, 2.0, "9-16", ("key",), has_musician=True
        )
    ]
    assert desk.texts == []


def test_there_is_a_line_of_json_for_each_take(desk: Desk) -> None:
    desk.record("one")
    desk.record("two")
    lines = [json.loads(line) for line in desk.path.read_text().splitlines()]
    assert [Path(line["path"]).name for line in lines] == ["one.mid", "two.mid"]
    assert set(lines[0]) >= {"path", "preset", "seed", "version", "recorded_at_s", "notes", "seconds", "favourite"}


def test_the_latest_take_comes_first(desk: Desk) -> None:
    for name, recorded_at_s in (("old", 10.0), ("new", 30.0), ("middle", 20.0)):
        desk.record(name, recorded_at_s)
    assert desk.names() == ["new", "middle", "old"]


def test_a_take_that_was_not_listed_is_found_beside_the_others(desk: Desk) -> None:
    desk.record("one")
    # As after a crash: the file is whole, and nobody has listed it.
    write_labelled(desk.folder / "two.mid", recorded_at_s=2000.0)
    assert desk.names() == ["two", "one"]
    assert len(desk.path.read_text().splitlines()) == 2


def test_a_list_that_is_gone_is_made_again(desk: Desk) -> None:
    desk.record("one")
    desk.record("two")
    desk.path.unlink()
    assert {entry.name for entry in desk.index.entries([desk.folder])} == {"one", "two"}


def test_other_files_are_passed_over(desk: Desk) -> None:
    (desk.folder / "notes.mid").write_text("no MIDI")
    (desk.folder / "notes.txt").write_text("musicgen-live")
    assert desk.index.entries([desk.folder]) == []
    assert desk.texts == []


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"path": 7}', '{"path": "a.mid", "preset": "x"}', "[" * 5000])
def test_a_damaged_line_is_left_out_and_said(desk: Desk, line: str) -> None:
    desk.record("one")
    desk.record("two")
    first, second = desk.path.read_text().splitlines()
    desk.path.write_text(f"{first}\n{line}\n{second}\n")
    assert sorted(desk.names()) == ["one", "two"]
    assert sorted(desk.names()) == ["one", "two"]
    assert desk.texts == [f"{desk.path}: 1 damaged lines are left out (number 2)."]


def test_a_take_whose_line_is_damaged_is_read_again(desk: Desk) -> None:
    desk.record("one")
    desk.record("two", recorded_at_s=2000.0)
    desk.path.write_text(desk.path.read_text().replace('"seed"', "seed", 1))
    assert desk.names() == ["two", "one"]


def test_a_file_that_is_gone_is_forgotten_and_said(desk: Desk) -> None:
    desk.record("one")
    desk.record("two").unlink()
    assert desk.names() == ["one"]
    assert desk.texts == ["No longer there, and forgotten: two."]
    assert desk.names() == ["one"]
    assert len(desk.texts) == 1


def test_a_take_on_a_disk_that_is_not_connected_stays(desk: Desk) -> None:
    desk.record("one")
    desk.index.set_favourite(desk.index.entries()[0], favourite=True)
    away = desk.folder.rename(desk.folder.with_name("away"))
    (entry,) = desk.index.entries()
    assert (entry.is_there, entry.favourite) == (False, True)
    away.rename(desk.folder)
    (entry,) = desk.index.entries()
    assert (entry.is_there, entry.favourite) == (True, True)


def test_a_damaged_take_is_said_and_left_out(desk: Desk) -> None:
    desk.record("one")
    (desk.folder / "bad.mid").write_bytes(b"MThd musicgen-live")
    assert desk.names() == ["one"]
    assert len(desk.texts) == 1
    assert desk.texts[0].startswith(f"Left out: {desk.folder / 'bad.mid'} cannot be read: ")


def test_a_favourite_stays_one_when_its_file_changes(desk: Desk) -> None:
    path = desk.record("one")
    desk.index.set_favourite(desk.index.entries()[0], favourite=True)
    write_labelled(path, notes=5, recorded_at_s=3000.0)
    (entry,) = desk.index.entries()
    assert (entry.favourite, entry.notes) == (True, 5)


def test_a_take_is_renamed_with_its_file(desk: Desk) -> None:
    desk.record("one")
    (entry,) = desk.index.entries()
    renamed = desk.index.rename(entry, desk.folder / "evening.mid")
    assert (renamed.name, desk.names()) == ("evening", ["evening"])
    assert not (desk.folder / "one.mid").exists()
    assert desk.texts == []


def test_no_file_is_lost_by_a_new_name(desk: Desk) -> None:
    desk.record("one")
    other = desk.record("two")
    content = other.read_bytes()
    (entry,) = [entry for entry in desk.index.entries() if entry.name == "one"]
    with pytest.raises(TakeError, match=r'there is a file "two\.mid" already; choose another name'):
        desk.index.rename(entry, other)
    assert other.read_bytes() == content


def test_a_list_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    texts: list[str] = []
    (tmp_path / "file").touch()
    index = TakeIndex(tmp_path / "file" / "takes.jsonl", texts.append)
    path = write_labelled(tmp_path / "one.mid")
    index.add(path)
    assert [entry.name for entry in index.entries([tmp_path])] == ["one"]
    assert texts[0].endswith("; the takes are safe.")


ADDING = """
import sys
from pathlib import Path
from musicgen_live.midi.takes.index import TakeIndex
index = TakeIndex(Path(sys.argv[1]), print)
for path in sys.argv[2:]:
    index.add(Path(path))
"""


def test_two_programs_lose_nothing_of_each_other(desk: Desk) -> None:
    paths = [write_labelled(desk.folder / f"{number}.mid") for number in range(40)]
    # In other folders nobody would find them again.
    for number, path in enumerate(paths):
        folder = desk.folder / str(number)
        folder.mkdir()
        paths[number] = path.rename(folder / path.name)
    programs = [
        subprocess.Popen([sys.executable, "-c", ADDING, desk.path, *paths[first::2]], stdout=subprocess.PIPE)
        for first in (0, 1)
    ]
    assert [program.communicate()[0] for program in programs] == [b"", b""]
    assert len(desk.index.entries()) == 40


def test_a_line_is_read_as_it_was_written(desk: Desk) -> None:
    desk.record("one", label=TakeLabel("é", 10**20, {}, steered=("key", "mute-at"), bars="1-2"))
    (entry,) = desk.index.entries()
    assert TakeEntry.from_json(json.loads(json.dumps(entry.to_json()))) == replace(entry, is_there=True)
