"""The flags of `play` as values: what is said of them before the music."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.cli.play_options import checked_stats, remarks_on
from musicgen_live.config.controller_map import NO_BINDINGS
from musicgen_live.config.controller_map_file import load_controller_map
from musicgen_live.errors import TakeError


def test_a_controller_without_bindings_gets_advice(tmp_path: Path) -> None:
    assert remarks_on(None, "no such", None, NO_BINDINGS) == (
        "No knob or pad does anything yet; so that one does, type: musicgen-live learn temperature --input 'no such'",
    )
    file = tmp_path / "controls.toml"
    file.write_text('[controls]\n"cc 1" = "tempo"\n')
    assert remarks_on(None, "no such", file, load_controller_map(file)) == ()


def test_a_file_of_statistics_is_checked_before_the_take(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    assert checked_stats(tmp_path / "new.json") == tmp_path / "new.json"
    with pytest.raises(TakeError, match=r"--stats is '.*taken', which is there already; choose another name"):
        checked_stats(taken)
    with pytest.raises(TakeError, match=r"--stats is .*, which cannot be written \(.*taken is a file, not a folder\)"):
        checked_stats(taken / "new.json")
