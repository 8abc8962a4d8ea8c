"""The layout of help."""

from __future__ import annotations

import pytest

from musicgen_live.cli.console import new_app


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
