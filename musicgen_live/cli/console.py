"""Runs both command lines: errors of the user become one line and exit code 2, bugs keep their traceback."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command

from musicgen_live.cli.streams import protected_streams
from musicgen_live.config.version import __version__
from musicgen_live.errors import MusicgenError

_UNPRINTABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal or the direction of its text, and bytes that are no text."""

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""A mistake on a command line. Typer has it from Click or from itself, by its version, and does not name it."""

_SHOWN_CHARS = 400
"""So much of the beginning and of the end of a long error is shown."""


def new_app(help_text: str, group: type[TyperGroup] = TyperGroup, *, completion: bool = False) -> typer.Typer:
    """Return a Typer application that shows help if called without arguments, and does not change tracebacks.

    With `completion` it has flags that install or show the completion of a shell; only a whole program has them.
    """
    return typer.Typer(
        cls=group,
        help=help_text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=completion,
        # Wraps the lines of a docstring; the other modes keep its line breaks from the second paragraph on.
        rich_markup_mode="markdown",
    )


def _say_version(asked: bool) -> None:
    if asked:
        echo(f"musicgen-live {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version, and end.")
]


AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON, for programs.")]


def echo_json(value: object) -> None:
    """Print a value as JSON."""
    echo(json.dumps(value, ensure_ascii=False, indent=2))


def visible(text: str) -> str:
    r"""Return a text with its control characters written out, such as `\x1b`, all but tabs and line breaks.

    File names, ports, presets and models come from anywhere, and their text must not steer the terminal.
    """
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def sentence(text: str) -> str:
    """Return a text as `visible` does, on one line."""
    return visible(text).replace("\n", "\\n")


def shortened(text: str) -> str:
    """Return a text without its middle if it is long: a file may hold a value of 5,000 digits."""
    return text if len(text) <= 2 * _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]} … {text[-_SHOWN_CHARS:]}"


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, with its control characters made visible; all that commands print comes through here."""
    typer.echo(visible(str(text)), err=err, nl=nl)


def _wrong_usage(error: Exception, app: typer.Typer) -> str:
    """Return the sentence for a mistake on the command line, or the help of a command that needs one below it."""
    from musicgen_live.cli.usage import explanation, is_help

    if is_help(error):
        return str(error)
    return f"Error: {shortened(sentence(explanation(error, get_command(app), sys.argv[1:])))}"


def _is_folder_gone() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def run(app: typer.Typer) -> None:
    """Run a command line, and exit; with 2 too if standard output could not be written."""
    with protected_streams() as stdout:
        try:
            code: int | str | None = app(standalone_mode=False) or 0
        except _UsageError as error:
            echo(_wrong_usage(error, app), err=True)
            code = 2
        except MusicgenError as error:
            echo(f"Error: {shortened(sentence(str(error)))}", err=True)
            code = 2
        except OSError as error:
            # A folder that may not be read, a name that is too long, a disk that is full: nothing is wrong here.
            if error.filename is not None:
                echo(f"Error: {sentence(repr(error.filename))} cannot be used ({error.strerror})", err=True)
            elif _is_folder_gone():
                echo("Error: the folder that you are in is gone; go to another one, and type it again", err=True)
            else:
                raise
            code = 2
        except SystemExit as ended:
            code = ended.code
        sys.stdout.flush()
    sys.exit(2 if stdout.is_broken and not code else code)
