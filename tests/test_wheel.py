"""The wheel, built from the source distribution and installed where nothing else is, finds its presets and plays."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
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
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    run(Path(sys.executable).with_name("uv"), "build", "--out-dir", folder, ROOT, cwd=folder)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return source, wheel


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a clean environment with the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "--python", sys.executable, folder / "venv", cwd=folder)
    commands = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    run(uv, "pip", "install", "--python", commands / "python", built[1], cwd=folder)
    return commands


def test_an_index_would_take_both_files(built: tuple[Path, Path], tmp_path: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *built, cwd=tmp_path)


def test_the_wheel_has_the_licence_and_says_that_it_is_typed(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = {name.split("/", 1)[1] for name in wheel.namelist()}
    assert {"licenses/LICENSE", "py.typed"} <= names


def test_it_plays(installed: Path, tmp_path: Path) -> None:
    take = ("--bars", "2", "--seed", "1", "--tempo", "300", "--out", "take.mid")
    out = run(installed / "musicgen-live", "play", *take, cwd=tmp_path)
    assert "The take: take.mid" in out
    assert sum(message.type == "note_on" for message in mido.MidiFile(tmp_path / "take.mid").tracks[1]) >= 4


def test_a_program_of_five_lines_prints_notes(installed: Path, tmp_path: Path) -> None:
    program = (
        "from musicgen_live import load\n\nfor note in load('classic', steps=3).render_notes():\n    print(note)\n"
    )
    (tmp_path / "five.py").write_text(program, encoding="utf-8")
    assert run(installed / "python", "five.py", cwd=tmp_path).count("Note(start_tick=") >= 3


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
