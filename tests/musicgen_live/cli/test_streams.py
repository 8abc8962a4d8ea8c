"""Every command with a standard stream that takes nothing: one sentence at most, and an exit code that says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from musicgen_live.cli.main import COMMANDS_AT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="redirections of a POSIX shell, and /dev/full")

FULL = (
    "Error: Standard output cannot be written (No space left on device), so nothing more is printed there.\n",
    2,
)
CLOSED = ("Error: Standard output cannot be written (it is closed), so nothing more is printed there.\n", 2)
SILENT = ("", 0)
PRINTING = (
    "presets list",
    "presets show nocturne",
    "presets path nocturne",
    "models list",
    "models show classic",
    "ports",
    "ports --json",
)
HELPS = tuple(f"{command} --help" for command in COMMANDS_AT)
TRAINING_HELPS = tuple(f"{name} --help" for name in ("prepare", "mix", "fit", "evaluate", "export", "run"))


def run(module: str, arguments: str, redirection: str, folder: Path) -> tuple[str, int]:
    """Return the text on standard error, if it is open, and the exit code."""
    command = f"{sys.executable} -m {module} {arguments} {redirection}"
    ended = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.stderr, ended.returncode


@pytest.mark.parametrize("arguments", [*PRINTING, *HELPS])
def test_a_full_disk_is_one_sentence(tmp_path: Path, arguments: str) -> None:
    assert run("musicgen_live", arguments, "> /dev/full", tmp_path) == FULL


@pytest.mark.parametrize("arguments", TRAINING_HELPS)
def test_training_commands_say_the_same(tmp_path: Path, arguments: str) -> None:
    assert run("training.cli.main", arguments, "> /dev/full", tmp_path) == FULL


@pytest.mark.parametrize(
    ("redirection", "expected"),
    [
        (">&-", CLOSED),
        ("> /dev/full 2>&1", ("", 2)),
        (">&- 2>&- <&-", ("", 2)),
        ("2>&-", SILENT),
        ("<&-", SILENT),
        ("| true", SILENT),
        ("| head -n 1", SILENT),
    ],
)
def test_every_stream_may_fail(tmp_path: Path, redirection: str, expected: tuple[str, int]) -> None:
    assert run("musicgen_live", "presets list", redirection, tmp_path) == expected


def test_an_error_with_a_full_disk_is_still_an_error(tmp_path: Path) -> None:
    error, code = run("musicgen_live", "presets show nosuch", "> /dev/full", tmp_path)
    assert (error.startswith("Error: there is no preset 'nosuch'"), error.count("\n"), code) == (True, 1, 2)


def test_what_a_command_writes_is_written_all_the_same(tmp_path: Path) -> None:
    arguments = "render --preset classic --steps 4 --seed 1 --out take.mid"
    assert run("musicgen_live", arguments, "> /dev/full", tmp_path) == FULL
    assert run("musicgen_live", arguments.replace("take", "same"), "| true", tmp_path) == SILENT
    assert (tmp_path / "take.mid").read_bytes() == (tmp_path / "same.mid").read_bytes()


def test_a_closed_stream_gives_its_place_to_no_file(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from musicgen_live.cli.streams import protected_streams\n"
        "with protected_streams():\n"
        "    print('lost')\n"
        "    os.write(3, str(open('some.txt', 'w').fileno()).encode())\n"
    )
    ended = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" 3>descriptor <&- >&- 2>&-', sys.executable, program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )
    assert (ended.returncode, (tmp_path / "descriptor").read_text(), (tmp_path / "some.txt").read_text()) == (
        0,
        "4",
        "",
    )


@pytest.mark.parametrize("arguments", ["render --steps 4 --out take.mid", "show take.mid", "presets save ./a.toml"])
def test_in_a_folder_that_is_gone_there_is_a_sentence(tmp_path: Path, arguments: str) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = f"rmdir {gone}; {sys.executable} -P -m musicgen_live {arguments} > /dev/null"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    ended = subprocess.run(
        ["bash", "-c", program], cwd=gone, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1
