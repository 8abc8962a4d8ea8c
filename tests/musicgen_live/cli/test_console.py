"""The layout of help, and text that cannot steer a terminal."""

from __future__ import annotations

import pytest

from musicgen_live.cli.console import new_app, printable


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Für Elise, 木 (1810)", "Für Elise, 木 (1810)"),
        ("\x1b]0;title\x07\x1b[2Jhello", r"\x1b]0;title\x07\x1b[2Jhello"),
        ("a\r\nb\x9bc", r"a\r\nb\x9bc"),
        ("\u202etxt\ud800", r"\u202etxt\ud800"),
    ],
)
def test_text_of_a_file_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown
