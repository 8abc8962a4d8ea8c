"""The flags of `play` as values: what is said of them before the music."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.cli.play_options import checked_stats, remarks_on, take_path, without_midi
from musicgen_live.config.controller_map import NO_BINDINGS
from musicgen_live.config.controller_map_file import load_controller_map
from musicgen_live.errors import NoMidiSystem, TakeError


def test_a_controller_without_bindings_gets_advice(tmp_path: Path) -> None:
    assert remarks_on(None, "no such", None, NO_BINDINGS) == (
        "No knob or pad does anything yet; so that one does, type: musicgen-live learn temperature --input 'no such'",
    )
    file = tmp_path / "controls.toml"
    file.write_text('[controls]\n"cc 1" = "tempo"\n')
    assert remarks_on(None, "no such", file, load_controller_map(file)) == ()


def test_a_take_goes_into_a_folder_by_its_own_name(tmp_path: Path) -> None:
    say: list[str] = []
    for out in (tmp_path, None):
        path = take_path(out, tmp_path, "sonatina 5", say.append, no_record=False)
        assert path is not None
        assert (path.parent, "sonatina 5" in path.name, path.exists()) == (tmp_path, True, True)
    assert take_path(tmp_path / "song.mid", tmp_path, "x", say.append, no_record=False) == tmp_path / "song.mid"
    assert say == []


def test_without_midi_a_take_without_end_needs_one() -> None:
    error = NoMidiSystem("No MIDI system is ready.")
    assert str(without_midi(error, [])) == (
        "No MIDI system is ready. To write the take all the same, give it a length: add --bars 16."
    )
    assert str(without_midi(error, ["--ui", "--web"])).endswith("To record all the same, leave out --ui and --web.")


def test_a_file_of_statistics_is_checked_before_the_take(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    assert checked_stats(tmp_path / "new.json") == tmp_path / "new.json"
    with pytest.raises(TakeError, match=r"--stats is '.*taken', which is there already; choose another name"):
        checked_stats(taken)
    with pytest.raises(TakeError, match=r"--stats is .*, which cannot be written \(.*taken is a file, not a folder\)"):
        checked_stats(taken / "new.json")
