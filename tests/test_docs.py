"""The documentation is true: commands it names exist, commands that exist are named, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from musicgen_live.cli.main import app as live_app
from musicgen_live.shipped import model_names, preset_names
from training.cli.main import app as train_app

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands_of(name: str, app: typer.Typer) -> list[str]:
    """Every command with its parents' names, such as `musicgen-live presets list`."""

    def walk(prefix: str, command: object) -> list[str]:
        children = getattr(command, "commands", None)
        if not children:
            return [prefix]
        return [found for child, inner in children.items() for found in walk(f"{prefix} {child}", inner)]

    return walk(name, get_command(app))


COMMANDS = commands_of("musicgen-live", live_app) + commands_of("musicgen-train", train_app)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme(command: str) -> None:
    assert command in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_in_the_pages_names_a_command_and_flags_that_exist(page: Path) -> None:
    groups = {"musicgen-live": get_command(live_app), "musicgen-train": get_command(train_app)}
    lines = re.findall(r"(?<![\w/.-])(musicgen-(?:live|train) [^#\n`|]+)", page.read_text(encoding="utf-8"))
    assert page.name != "README.md" or len(lines) > 20
    for line in lines:
        words = line.split()
        command: object = groups[words[0]]
        rest = words[1:]
        while rest and rest[0] in (getattr(command, "commands", None) or {}):
            command = command.commands[rest.pop(0)]  # type: ignore[attr-defined]
        flags = {option for parameter in getattr(command, "params", []) for option in parameter.opts}
        for word in rest:
            if word.startswith("--"):
                assert word in flags | {"--help"}, f"{page.name}: {line}"


def test_every_preset_and_model_is_described() -> None:
    models = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name in preset_names():
        assert f"`{name}`" in README
    for name in model_names():
        assert f"`{name}`" in models


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_command_and_flag_says_what_it_does() -> None:
    for name, app in (("musicgen-live", live_app), ("musicgen-train", train_app)):
        for path in commands_of(name, app):
            command: object = get_command(app)
            for word in path.split()[1:]:
                command = command.commands[word]  # type: ignore[attr-defined]
            assert getattr(command, "help", None), path
            for parameter in getattr(command, "params", []):
                assert getattr(parameter, "help", None) or parameter.name == "help", f"{path} {parameter.name}"
