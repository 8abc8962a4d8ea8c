"""Runs both command lines: errors of the user become one line and exit code 2, bugs keep their traceback."""

from __future__ import annotations

import os
import sys

import typer
from typer.core import TyperGroup

from musicgen_live.errors import MusicgenError


def new_app(help_text: str, group: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """Return a Typer application that shows help if called without arguments, and does not change tracebacks."""
    return typer.Typer(
        cls=group,
        help=help_text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        # Wraps the lines of a docstring; the other modes keep its line breaks from the second paragraph on.
        rich_markup_mode="markdown",
    )


def printable(text: str) -> str:
    """Return text in which nothing can steer a terminal: control characters and the like become escapes, as in Python.

    Texts of files, and their names, may hold anything.
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def drop_output() -> None:
    """Send further standard output to the null device, because the program that read it has gone.

    This redirects the descriptor, not the stream, because text in the stream's buffer would raise again at exit.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def run(app: typer.Typer) -> None:
    """Run a command line."""
    try:
        app()
    except MusicgenError as error:
        print(printable(f"Error: {error}"), file=sys.stderr)  # noqa: T201 (this is the console)
        sys.exit(2)
