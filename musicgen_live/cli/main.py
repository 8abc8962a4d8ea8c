"""The command `musicgen-live` and its subcommands, each imported when it is used."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from musicgen_live.cli.console import Version, echo, new_app, run

COMMANDS_AT = {
    "play": "play:play_command",
    "render": "render:render_command",
    "show": "show:show_command",
    "takes": "takes:takes_app",
    "ports": "ports:ports_command",
    "learn": "learn:learn_command",
    "panic": "panic:panic_command",
    "doctor": "doctor:doctor_command",
    "config": "config:config_app",
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

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (a context of Typer or of Click)
        """Read the arguments, of which `--web` may stand without an address."""
        parsed: list[str] = super().parse_args(ctx, with_web_address(args))
        return parsed


def with_web_address(args: Sequence[str]) -> list[str]:
    """Return arguments in which every `--web` has a value, if an empty one: Typer's options need one."""
    return [
        "--web=" if word == "--web" and next_word.startswith("-") else word
        for word, next_word in zip(args, [*args[1:], "-"], strict=False)
    ]


app = new_app("", MainGroup, completion=True)


ABOUT = "A neural network trained on MIDI files plays notes and chords into your DAW, or on this machine."

FIRST_STEPS = """\
Type one of these:
  musicgen-live play --listen       hear music on this machine
  musicgen-live play --web          watch and steer it in your browser
  musicgen-live play                play into your DAW: choose the port "musicgen-live" there
  musicgen-live play --port NAME    play to a port that exists; musicgen-live ports lists them
  musicgen-live doctor              find out why you hear nothing
  musicgen-live --help              all commands"""


@app.callback(invoke_without_command=True, no_args_is_help=False, help=ABOUT)
def musicgen_live(context: typer.Context, *, version: Version = False) -> None:
    """Make `app` a group before any command is made; without one, tell what to type first."""
    del version  # It has ended the program.
    if context.invoked_subcommand is None:
        echo(FIRST_STEPS)


def main() -> None:
    """Run the command line."""
    run(app)
