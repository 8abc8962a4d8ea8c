"""The wheel, installed where nothing else of the project is, finds its presets and models and plays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mido
import pytest

from musicgen_live.config.library import model_names, preset_names

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a clean environment with the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    run(uv, "build", "--wheel", "--out-dir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(uv, "venv", "--python", sys.executable, folder / "venv", cwd=folder)
    commands = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    run(uv, "pip", "install", "--python", commands / "python", wheel, cwd=folder)
    return commands


def test_it_plays(installed: Path, tmp_path: Path) -> None:
    take = ("--bars", "2", "--seed", "1", "--tempo", "300", "--out", "take.mid")
    out = run(installed / "musicgen-live", "play", *take, cwd=tmp_path)
    assert "The take: take.mid" in out
    assert sum(message.type == "note_on" for message in mido.MidiFile(tmp_path / "take.mid").tracks[1]) >= 4


def test_it_has_every_preset_and_model(installed: Path, tmp_path: Path) -> None:
    presets = run(installed / "musicgen-live", "presets", "list", cwd=tmp_path)
    assert [line.split()[0] for line in presets.splitlines()] == preset_names()
    models = run(installed / "musicgen-live", "models", "list", cwd=tmp_path)
    assert [line.split()[0] for line in models.splitlines()] == model_names()


def test_it_installs_nothing_under_a_name_that_others_may_have(installed: Path, tmp_path: Path) -> None:
    ask = (
        "from importlib.metadata import packages_distributions as found; "
        "print(sorted(name for name, owners in found().items() if 'musicgen-live' in owners))"
    )
    assert run(installed / "python", "-c", ask, cwd=tmp_path).strip() == "['musicgen_live', 'musicgen_train']"


def test_training_without_its_libraries_names_what_to_install(installed: Path, tmp_path: Path) -> None:
    mido.MidiFile(tracks=[mido.MidiTrack([mido.Message("note_on", note=60)])]).save(tmp_path / "one.mid")
    done = subprocess.run(
        [installed / "musicgen-train", "run", ".", "--out", "my.safetensors"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install '.[train]'" in done.stderr
    assert "Traceback" not in done.stderr
