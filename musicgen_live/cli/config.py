"""The commands `config show|set|unset|path`: the defaults of the user."""

from __future__ import annotations

from typing import Annotated

import typer

from musicgen_live.cli.console import echo, new_app
from musicgen_live.config.user_config import KEYS, LISTS, config_path, config_text, load_user_config, set_value
from musicgen_live.errors import SettingsError

Key = Annotated[str, typer.Argument(help=f"One of {', '.join(KEYS)}.")]

config_app = new_app("Your defaults: what holds where no flag says otherwise.")


@config_app.command("show")
def show_config() -> None:
    """Print all values as they hold now."""
    echo(config_text(load_user_config()), nl=False)


@config_app.command("path")
def path_of_config() -> None:
    """Print the path of the file, which need not exist."""
    echo(config_path())


@config_app.command("set")
def set_config(
    key: Key,
    values: Annotated[list[str], typer.Argument(metavar="VALUE...", help="Its value; of port, one or more.")],
) -> None:
    """Set a value, and keep the comments and the order of the file."""
    if key not in LISTS and len(values) > 1:
        raise SettingsError(f"{key} can have one value, and {len(values)} are given; put text with spaces in quotes")
    path = set_value(key, values if key in LISTS else values[0])
    echo(f"{key} stands in {path} now.")


@config_app.command("unset")
def unset_config(key: Key) -> None:
    """Remove a value, so that its default holds again."""
    echo(f"{key} has its default now; {set_value(key, None)} does not set it.")
