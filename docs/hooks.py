"""Makes the pages of the site that come from the program itself, and mends links that lead out of the site.

MkDocs calls these functions by their names (`mkdocs.yml`). The command reference comes from what `--help` reads, the
library reference from the docstrings of the public names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.main import get_command

import musicgen_live
from musicgen_live.cli.main import app as live_app
from training.cli.main import app as train_app

COMMANDS_HEAD = """# Every command and flag

What `--help` says, as a page. With uv, put `uv run --no-dev` before a command.
"""
REFERENCE_HEAD = """# Library reference

The public names of `musicgen_live`; [the library](library.md) is the page to begin with.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    files.append(File.generated(config, "commands.md", content=command_reference()))
    files.append(File.generated(config, "reference.md", content=library_reference()))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Turn links to files of the repository outside `docs/` into their text: they are not part of the site."""
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", markdown)


def library_reference() -> str:
    """Return the page of the public names, which mkdocstrings fills with their docstrings."""
    names = sorted(musicgen_live.__all__, key=lambda name: (name != "load", name.lower()))
    return f"{REFERENCE_HEAD}\n::: musicgen_live\n    options:\n      members: [{', '.join(names)}]\n"


def command_reference() -> str:
    """Return the page of all commands with their arguments and flags."""
    parts = [COMMANDS_HEAD]
    for name, app in (("musicgen-live", live_app), ("musicgen-train", train_app)):
        parts += commands_of(name, get_command(app))
    return "\n".join(parts)


def commands_of(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401 (a command of Click or of Typer)
    """Yield the section of a command, then those of the commands below it."""
    yield f"## {name}\n\n{(command.help or '').strip()}\n"
    rows = list(rows_of(command, typer.Context(command, info_name=name)))
    if rows:
        yield "\n".join(["| flag | what it does |", "| --- | --- |", *rows]) + "\n"
    for child, inner in getattr(command, "commands", {}).items():
        yield from commands_of(f"{name} {child}", inner)


def rows_of(command: Any, context: typer.Context) -> Iterator[str]:  # noqa: ANN401
    """Yield a row of the table for every argument and flag."""
    for parameter in command.get_params(context):
        is_flag = parameter.param_type_name == "option"
        names = ", ".join(f"`{each}`" for each in parameter.opts) if is_flag else f"`{parameter.human_readable_name}`"
        value = f" {parameter.make_metavar(context)}" if is_flag and not parameter.is_flag else ""
        text = " ".join((parameter.help or "").split())
        yield f"| {names}{escaped(value)} | {escaped(text)}{default_of(parameter)} |"


def default_of(parameter: Any) -> str:  # noqa: ANN401
    """Return what a flag is without being given, as a sentence; nothing if its text says so itself."""
    shown = parameter.show_default if isinstance(getattr(parameter, "show_default", None), str) else None
    default = shown or parameter.default
    if default in (None, False, "", ()) or callable(default):
        return ""
    return f" By default {escaped(str(default))}."


def escaped(text: str) -> str:
    """Return a text that can stand in a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")
