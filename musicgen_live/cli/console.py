"""How both commands end: the user's errors as one line and exit code 2, everything else as a traceback."""

from __future__ import annotations

import os
import sys

import typer
from typer.core import TyperGroup

from musicgen_live.errors import MusicgenError


def new_app(help_text: str, group: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """A Typer application that shows help when called bare and leaves tracebacks as they are."""
    return typer.Typer(
        cls=group,
        help=help_text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        # Fills the lines of a docstring anew; the other modes keep its line breaks from the second paragraph on.
        rich_markup_mode="markdown",
    )


def drop_output() -> None:
    """Have what is printed from now on go nowhere, because the program that read it has gone.

    The descriptor is turned, not the stream: what that still holds would be an error again as the process ends.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def run(app: typer.Typer) -> None:
    """Run a command line to its end."""
    try:
        app()
    except MusicgenError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 (this is the console)
        sys.exit(2)
