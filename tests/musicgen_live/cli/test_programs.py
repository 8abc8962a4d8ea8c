"""The answers to programs and shells: the version, completion, and JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from musicgen_live.cli.main import app
from musicgen_live.config.library import model_names, preset_names
from musicgen_live.config.user_folder import VARIABLE


def stdout_of(command: str) -> str:
    return CliRunner().invoke(app, command.split(), catch_exceptions=False).stdout


@pytest.mark.parametrize("program", ["musicgen_live", "training.cli.main"])
def test_the_version(program: str) -> None:
    run = subprocess.run([sys.executable, "-m", program, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"musicgen-live {version('musicgen-live')}\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("musicgen-live pre", "presets\n"),
        ("musicgen-live presets sh", "show\n"),
        ("musicgen-live play --tem", "--temp"),
    ],
)
def test_a_shell_completes_commands_and_flags(words: str, offered: str) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_MUSICGEN_LIVE_COMPLETE": "complete_bash"}
    code = "from musicgen_live.cli.main import app; app(prog_name='musicgen-live')"
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **asked}, capture_output=True, text=True, check=False
    )
    assert run.stdout.startswith(offered)


def test_presets_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "broken.toml").write_text("tempo = 1")
    rows = {row["name"]: row for row in json.loads(stdout_of("presets list --json"))}
    assert sorted(rows) == preset_names()
    assert (rows["waltz"]["yours"], rows["waltz"]["error"]) == (False, None)
    assert rows["broken"]["yours"]
    assert rows["broken"]["description"] is None
    assert rows["broken"]["error"].endswith("tempo is 1; it can be from 10 to 1000")


def test_a_preset_as_json() -> None:
    preset = json.loads(stdout_of("presets show waltz --json"))
    assert (preset["name"], preset["tempo"], preset["key"], preset["controls"]) == ("waltz", 138, None, [])


def test_models_as_json() -> None:
    rows = json.loads(stdout_of("models list --json"))
    assert [row["name"] for row in rows] == model_names()
    model = json.loads(stdout_of("models show piano --json"))
    assert model["encoding"].startswith("bars")
    assert model["styles"]["ragtime"] > 1
    assert Path(model["file"]).stat().st_size == model["bytes"]


def test_a_rendered_take_as_json(tmp_path: Path) -> None:
    out, png = tmp_path / "take.mid", tmp_path / "roll.png"
    said = json.loads(stdout_of(f"render --preset classic --steps 8 --seed 7 --out {out} --png {png} --json"))
    assert said == {"take": str(out), "seed": 7, "steps": 8, "notes": said["notes"], "png": str(png), "wav": None}
    assert said["notes"] >= 8
    assert out.exists()
    assert png.exists()
