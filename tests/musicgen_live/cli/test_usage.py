"""Mistakes on a command line of either program are one sentence: what was wrong, the value, and what to type."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer
from typer.main import get_command

from musicgen_live.cli.console import run
from musicgen_live.cli.main import app as live_app
from training.cli.main import app as training_app

PROGRAMS = {"musicgen-live": live_app, "musicgen-train": training_app}

Said = Callable[[str], str]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run a command line that is wrong; return what is said behind `Error: `."""

    def said(line: str) -> str:
        program, *words = shlex.split(line)
        monkeypatch.setattr(sys, "argv", [program, *words])
        # As from a script: `python -m pytest` would be a part of the program's name.
        monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
        with pytest.raises(SystemExit) as ended:
            run(PROGRAMS[program])
        out, err = capsys.readouterr()
        assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
        return err.removeprefix("Error: ").removesuffix("\n")

    return said


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command of both programs that has none below it, with what is known of it."""
    for program, app in PROGRAMS.items():
        pending = [(program, get_command(app))]
        for name, command in pending:
            below = getattr(command, "commands", {})
            pending += [(f"{name} {each}", below[each]) for each in below]
            if not below:
                yield name, command


COMMANDS = dict(commands())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("musicgen-live render", "--out is missing: the .mid file to write. Type: musicgen-live render --out FILE.mid"),
        ("musicgen-live show", "FILE.mid is missing: a .mid file: a take, or any other. Type: musicgen-live show"),
        (
            "musicgen-live takes rename last",
            "NAME is missing: its new name, without folder and ending. Type: musicgen-",
        ),
        ("musicgen-live ply", "there is no command ply; did you mean play? musicgen-live --help lists all"),
        ("musicgen-live takes xyz", "there is no command xyz; musicgen-live takes --help lists all"),
        (
            "musicgen-live play --tmpo 90",
            "there is no flag --tmpo; did you mean --tempo? musicgen-live play --help lists all",
        ),
        ("musicgen-live play --tempo fast", "--tempo is 'fast'; it can be a number from 10 to 1000"),
        ("musicgen-live play --bars 3.5", "--bars is '3.5'; it can be a whole number from 1 to 1000000"),
        ("musicgen-live play --bars 0", "--bars is 0; it can be from 1 to 1000000"),
        ("musicgen-live play --key H", "--key is 'H'; write a note and a scale in quotes, such as \"D dorian\" or"),
        ("musicgen-live play --seed -1", "--seed is -1; it can be any whole number from 0"),
        ("musicgen-live play --listen=yes", "--listen takes no value; type it alone"),
        ("musicgen-live play --instrument", "--instrument needs a value behind it: "),
        ("musicgen-live play ragtime", "'ragtime' has no flag before it. Type: musicgen-live play --preset ragtime"),
        ("musicgen-live play loudly", "'loudly' has no flag before it; musicgen-live play --help lists the flags"),
        (
            "musicgen-live takes rename last rainy evening",
            "'evening' is too much. Type: musicgen-live takes rename TAKE NAME, and a text of ",
        ),
        (
            "musicgen-live play --web studio",
            "--web is 'studio'; leave the address out, or write a port from 1 to 65535",
        ),
        (
            "musicgen-train run midi",
            "--out is missing: the model file to write. Type: musicgen-train run FOLDER --out FILE.safetensors",
        ),
        ("musicgen-train fit data --out run --epochs 0", "--epochs is 0; it can be a whole number from 1"),
        (
            "musicgen-train fit data --out",
            "--out needs a value behind it: the run folder: weights, checkpoint, training curve. Type: --out RUN",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_what_to_type(said: Said, line: str, sentence: str) -> None:
    assert said(line).startswith(sentence)


@pytest.mark.parametrize("name", [name for name, each in COMMANDS.items() if any(p.required for p in each.params)])
def test_a_command_without_what_it_needs_tells_the_whole_command(said: Said, name: str) -> None:
    typed = said(name)
    assert " is missing: " in typed
    form = typed.rpartition(" Type: ")[2]
    assert form.startswith(f"{name} ")
    # Each word in capitals stands for a value; no name of the code is shown.
    assert all(word == word.upper() or word.startswith(("--", "FILE.")) for word in form.removeprefix(name).split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_number_that_is_none_names_its_flag_its_value_and_what_it_can_be(said: Said, name: str) -> None:
    numbers = ("int", "integer", "int range", "integer range", "float", "float range")
    params = COMMANDS[name].params
    needed = [p for p in params if p.required]
    words = ["x"] * sum(p.param_type_name == "argument" for p in needed)
    words += [word for p in needed if p.param_type_name == "option" for word in (p.opts[0], "x")]
    for param in params:
        if param.type.name in numbers:
            sentence = said(shlex.join([*name.split(), *words, param.opts[0], "many"]))
            assert sentence.startswith(f"{param.opts[0]} is 'many'; it can be a ")
            assert "number" in sentence


def test_a_group_of_commands_alone_shows_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["musicgen-live", "takes"])
    with pytest.raises(SystemExit):
        run(live_app)
    out, err = capsys.readouterr()
    assert "rename" in out + err
    assert "Error" not in out + err


def test_a_command_may_end_with_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def doctor() -> None:
        raise typer.Exit(1)

    monkeypatch.setattr(sys, "argv", ["doctor"])
    with pytest.raises(SystemExit) as ended:
        run(app)
    assert (ended.value.code, capsys.readouterr().err) == (1, "")
