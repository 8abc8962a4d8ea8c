"""The command `musicgen-live`: which commands there are, each imported when it is asked for."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from musicgen_live.cli.console import new_app, run

PLACES = {
    "play": "play:play_command",
    "render": "render:render_command",
    "show": "show:show_command",
    "ports": "ports:ports_command",
    "learn": "learn:learn_command",
    "panic": "panic:panic_command",
    "doctor": "doctor:doctor_command",
    "presets": "presets:presets_app",
    "models": "presets:models_app",
}
"""Every command: its module beside this one, and the function or the application in it."""


class Commands(UserDict[str, Any]):
    """The commands by name. To make all of them takes 25 ms, for which the first note of `play` would wait."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (a command of Click or of Typer, by its version)
        """Import and make a command."""
        module, _, place = super().__getitem__(name).partition(":")
        found = getattr(import_module(f"musicgen_live.cli.{module}"), place)
        if isinstance(found, typer.Typer):
            app = found
        else:
            app = new_app("")
            app.command(name)(found)
        command = get_command(app)
        command.name = name
        return command


class MainGroup(TyperGroup):
    """`musicgen-live` itself."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 (whatever Typer says of a group)
        super().__init__(**given)
        self.commands = Commands(PLACES)


app = new_app("A neural network trained on MIDI files plays notes and chords into your DAW.", MainGroup)


@app.callback()
def musicgen_live() -> None:
    """Make `app` a group, although no command is made yet."""


def main() -> None:
    """Run the command line."""
    run(app)
