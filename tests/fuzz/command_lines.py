"""Absurd command lines of both programs, in this process; none of them plays or trains."""

from __future__ import annotations

import io
import os
import random
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
from typer.main import get_command

from musicgen_live.cli.console import run
from musicgen_live.cli.main import app as live_app
from musicgen_live.config.user_folder import VARIABLE
from tests.fuzz.faults import faults_of
from tests.support.midi_files import tune
from tests.support.models import toy_bars_bundle
from training.cli.main import app as training_app

NUMBERS = (
    *("0", "-0", "1", "-1", "2", "1.5", "nan", "inf", "-inf", "1e308", "1e-400", "1" + "0" * 400, "-1" + "0" * 400),
    *("1" * 5_000, "0x10", "1_000", "٣", "½", "9223372036854775808", "1e400", "+1", " 1", "1 ", "1,5", "--1"),
)
TEXTS = (
    *("", " ", "x" * 300, "x" * 5_000, "a\nb", "\udcf6", "\x1b[2J", "\u202eevil", "😀", "-", "--", "/sys/class", "."),
    *("..", "/dev/null", "/dev/full", "/dev/zero", "/nosuch/x", "x/" * 2_000, "%s%n", "{}", "[bold]", "~", "C4", "4/4"),
    *(
        "1" * 5_000 + "/4",
        "4/0",
        "0/4",
        "D dorian",
        "C" * 400,
        "Dm7 | G7",
        "9000",
        "0.0.0.0:9000",
        "a:b:c",
        "::1",
        "5:",
    ),
    *("synth:channel=1" + "0" * 400, "synth:latency-ms=nan", "synth:transpose=" + "9" * 5_000, "1-" + "9" * 6, "9-1"),
)
FILES = ("tune.mid", "toy.safetensors", "own.toml", "folder", "broken", "link", "loop", "fifo")
SUFFIXES = ("", ".mid", ".toml", ".safetensors", ".png", ".json")

ENDINGS: dict[str, tuple[str, ...]] = {
    "play": ("--out", "take.wav"),
    "render": ("--bars", "1", "--steps", "64", "--model", "toy.safetensors", "--out", "take.mid", "--force"),
    "learn": ("--low", "no number"),
    "run": ("--dtype", "none"),
    "fit": ("--precision", "none"),
}
"""Flags at the end of a command, the last of which is what counts: with them it ends at once."""

Command = tuple[typer.Typer, tuple[str, ...], Any]
Line = tuple[typer.Typer, Sequence[str]]


def commands() -> list[Command]:
    """Return every command of both programs: its program, its name, and what Click knows about it."""
    found: list[Command] = []
    for program in (live_app, training_app):
        pending: list[tuple[tuple[str, ...], Any]] = [((), get_command(program))]
        for name, command in pending:
            if hasattr(command, "commands"):
                pending += [((*name, sub), command.commands[sub]) for sub in command.commands]
            else:
                found.append((program, name, command))
    return found


def fuzzed_lines(count: int, seed: int) -> Iterator[Line]:
    """Yield command lines with a few absurd values each."""
    rng = random.Random(seed)
    known = commands()

    def value() -> str:
        return rng.choice((rng.choice(NUMBERS), rng.choice(TEXTS), rng.choice(TEXTS + FILES) + rng.choice(SUFFIXES)))

    for _ in range(count):
        program, name, command = rng.choice(known)
        arguments = list(name)
        options = [each for each in command.params if each.param_type_name == "option"]
        needed = [each for each in options if each.required]
        for option in [*needed, *rng.sample(options, min(len(options), rng.randint(0, 3)))]:
            arguments.append(option.opts[0])
            if not option.is_flag:
                arguments.append(value())
        for each in command.params:
            if each.param_type_name == "argument":
                arguments += [value() for _ in range(rng.choice((0, 1, 1, 1, 1, 2)))]
        yield program, [*arguments, *ENDINGS.get(name[-1], ())]


def faults(count: int, seed: int, folder: Path) -> dict[str, str]:
    """Run each line in a folder that has some files, on a machine without MIDI.

    Neither that folder nor the one above it is anybody's: `prepare ..` reads, and writes, all that is there.
    """
    folder = folder / "here"
    folder.mkdir()
    (folder / "tune.mid").write_bytes(tune(1))
    toy_bars_bundle().save(folder / "toy.safetensors")
    (folder / "own.toml").write_text("tempo = 60.0\n")
    (folder / "folder").mkdir()
    (folder / "broken").write_bytes(bytes(range(256)))
    (folder / "link").symlink_to("tune.mid")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "fifo")

    def call(line: Line) -> None:
        program, arguments = line
        with (
            patch.object(sys, "argv", ["program", *arguments]),
            redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")),
            redirect_stderr(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")),
            suppress(SystemExit),
        ):
            run(program)

    environment = {VARIABLE: str(folder / "own"), "JACK_DEFAULT_SERVER": "nosuch", "JACK_NO_START_SERVER": "1"}
    with chdir(folder), patch.dict(os.environ, environment):
        found = faults_of(fuzzed_lines(count, seed), call)
    return {fault: shlex.join(arguments) for fault, (_, arguments) in found.items()}
