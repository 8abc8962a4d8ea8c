"""The layout of help, and text from anywhere."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from musicgen_live.cli.console import echo, new_app, sentence, shortened, visible


def test_every_paragraph_of_help_is_wrapped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        """Do it.

        Broken where the source
        is broken.
        """

    monkeypatch.setenv("COLUMNS", "80")
    app = new_app("Does it.")
    app.command()(command)
    with pytest.raises(SystemExit):
        app(["--help"])
    assert "Broken where the source is broken." in capsys.readouterr().out


def test_text_from_anywhere_does_not_steer_the_terminal() -> None:
    assert visible("a\x1b[2J\r\x9b31m\x7f\0 \u202eb \udcf6") == "a\\x1b[2J\\r\\x9b31m\\x7f\\x00 \\u202eb \\udcf6"
    assert visible("Café 七 😀\tA\nB") == "Café 七 😀\tA\nB"
    assert sentence("one\ntwo") == "one\\ntwo"


def test_all_that_is_printed_is_visible(capsys: pytest.CaptureFixture[str]) -> None:
    echo("\x1b]0;title\x07")
    echo("\x1b[2J", err=True)
    assert capsys.readouterr() == ("\\x1b]0;title\\x07\n", "\\x1b[2J\n")


def prints(path: Path) -> bool:
    """Return True if a module calls `print` or `typer.echo`; an example in a docstring is no call."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return any(ast.unparse(call) in ("print", "typer.echo") for call in calls)


def test_no_other_module_prints() -> None:
    root = Path(__file__).parents[3]
    folders = (root / "musicgen_live", root / "training")
    printing = [path.name for folder in folders for path in folder.rglob("*.py") if prints(path)]
    assert printing == ["console.py"]


def test_a_long_error_keeps_its_beginning_and_its_end() -> None:
    assert shortened("x" * 800) == "x" * 800
    assert shortened("a" * 400 + "b" * 5_000 + "c" * 400) == "a" * 400 + " … " + "c" * 400
