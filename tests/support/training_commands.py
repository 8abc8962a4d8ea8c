"""Calls the training commands in this process, with arguments as a user types them."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from training.cli.main import app

SMALL = ["--units", "4", "--epochs", "1"]


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
