"""The command `musicgen-live` and its subcommands, each imported when it is used."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from musicgen_live.cli.console import new_app, run

COMMANDS_AT = {
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
"""Every command as `MODULE:NAME` of a function or a Typer application; the modules are beside this one."""


class Commands(UserDict[str, Any]):
    """The commands by name, made on demand: making all takes 25 ms, which would delay the first note of `play`."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (a command of Click or of Typer, by its version)
        """Import and make a command."""
        module, _, attribute = super().__getitem__(name).partition(":")
        function_or_app = getattr(import_module(f"musicgen_live.cli.{module}"), attribute)
        if isinstance(function_or_app, typer.Typer):
            app = function_or_app
        else:
            app = new_app("")
            app.command(name)(function_or_app)
        command = get_command(app)
        command.name = name
        return command


class MainGroup(TyperGroup):
    """The group of all commands."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 (any arguments of Typer)
        super().__init__(**arguments)
        self.commands = Commands(COMMANDS_AT)


app = new_app("A neural network trained on MIDI files plays notes and chords into your DAW.", MainGroup)


@app.callback()
def musicgen_live() -> None:
    """Make `app` a group before any command is made."""


def main() -> None:
    """Run the command line."""
    run(app)
