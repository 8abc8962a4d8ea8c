"""The documentation is true: commands it names exist, commands that exist are named, links lead somewhere."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from benchmarks.page_pictures import SIZES
from musicgen_live.cli.main import app as live_app
from musicgen_live.cli.main import with_web_address
from musicgen_live.config.changes import format_value
from musicgen_live.config.library import model_names, preset_names, shipped_preset_names
from musicgen_live.config.parameter import Parameter
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.interfaces.osc_server import OUTGOING
from musicgen_live.interfaces.screen.app import PlayApp
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
def test_every_command_stands_in_a_page(command: str) -> None:
    assert any(command in page.read_text(encoding="utf-8") for page in PAGES)


NAMES = r"clock|[\d.]+"
"""`musicgen-live clock` is the name of a port, and a version may follow the name of the program."""


def command_lines_of(page: Path) -> list[list[str]]:
    """Return the command lines of the two programs that a page shows, in blocks of code and between backticks."""
    text = page.read_text(encoding="utf-8")
    fence = r"^ *```.*?^ *```"
    blocks = re.findall(fence, text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace(" && ", "\n").splitlines()]
    spans = re.findall(r"`([^`]+)`", re.sub(fence, "", text, flags=re.MULTILINE | re.DOTALL))
    shown = [re.sub(r"\s+", " ", each).replace("\\|", "|").strip() for each in lines + spans]
    found = (re.fullmatch(r"(?:.* )?(musicgen-(?:live|train)(?: .*)?)", each) for each in shown)
    return [shlex.split(match[1], comments=True) for match in found if match]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_command_lines_in_the_pages_can_be_typed(page: Path) -> None:
    lines = command_lines_of(page)
    assert page.name != "README.md" or len(lines) > 20
    check_typed(lines, page.name)


def test_the_notebook_has_python_and_command_lines_that_can_be_typed() -> None:
    notebook = json.loads((ROOT / "docs" / "notebooks" / "train-and-listen.ipynb").read_text(encoding="utf-8"))
    lines = [line for cell in notebook["cells"] if cell["cell_type"] == "code" for line in cell["source"]]
    typed = [line[1:] for line in lines if line.startswith("!")]
    compile("\n".join(line for line in lines if not line.startswith("!")), "notebook", "exec")
    assert len(typed) == 2
    check_typed([shlex.split(line) for line in typed], "the notebook")


def check_typed(lines: Sequence[Sequence[str]], place: str) -> None:
    """Fail if the command line of a program would refuse one of the lines."""
    for program, *words in lines:
        command: Any = {"musicgen-live": get_command(live_app), "musicgen-train": get_command(train_app)}[program]
        context = command.context_class(command, info_name=program)
        while words and words[0] in (getattr(command, "commands", None) or {}):
            command = command.commands[words.pop(0)]
        if hasattr(command, "commands"):
            # Flags of a group are not tried out: they act when they are parsed, and may install something.
            known = {"--help"} | {flag for parameter in command.get_params(context) for flag in parameter.opts}
            unknown = [word for word in words if word not in known and not re.fullmatch(NAMES, word)]
            assert unknown == [], f"{place}: {program} {' '.join(words)}"
        elif words and words != ["--help"]:
            try:
                command.make_context(command.name, with_web_address(words), parent=context)
            except Exception as error:
                pytest.fail(f"{place}: {shlex.join([command.name, *words])}: {error}")


def test_every_preset_and_model_is_described() -> None:
    models = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name in preset_names():
        assert f"`{name}`" in README
    for name in model_names():
        assert f"`{name}`" in models


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors_of(linked), f"{target}#{anchor}"


def said_of(parameter: Parameter) -> tuple[str, str, str]:
    """Its row in the table of what can be steered; of a text, what it can be is told by an example."""
    can_be = {
        "number": f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}".strip(),
        "integer": f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}".strip(),
        "choice": ", ".join(parameter.choices()),
        "switch": "on, off",
        "action": "a number or a name"
        if parameter.is_name
        else f"nothing, or {parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}" * (parameter.maximum > 0),
        "text": EXAMPLES.get(parameter.name, "a name"),
    }[parameter.kind]
    return (
        f"`{parameter.name}`",
        parameter.help,
        f"{can_be}, or {format_value(parameter.name, None)}" if parameter.optional else can_be,
    )


EXAMPLES = {
    "key": "such as D dorian",
    "near-key": "such as D dorian",
    "meter": "such as 3/4",
    "scene": "a number or a name",
    "low": "a note, C-1 to G9",
    "high": "a note, C-1 to G9",
    "chords": "such as Dm7 G7 | Cmaj7",
    "form": "such as A A' B A",
}


def test_the_page_on_steering_lists_every_parameter() -> None:
    page = (ROOT / "docs" / "steering.md").read_text(encoding="utf-8")
    table = page.partition("| name | what it does | what it can be |\n")[2].partition("\n\n")[0].splitlines()[1:]
    rows = [tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]) for row in table]
    assert rows == [said_of(parameter) for parameter in PARAMETERS.values()]


def osc_addresses(head: str) -> set[str]:
    """Return the OSC addresses in the first column of a table of the page on steering."""
    page = (ROOT / "docs" / "steering.md").read_text(encoding="utf-8")
    rows = page.partition(f"{head}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return {address for row in rows for address in re.findall(r"`/([\w-]+)[^`]*`", row.split(" | ")[0])}


def test_the_page_on_steering_has_every_action_and_message_of_osc() -> None:
    sent = osc_addresses("| send | effect |")
    actions = {name for name, parameter in PARAMETERS.items() if parameter.kind == "action"}
    requests = {"save", "state", "subscribe", "unsubscribe"}
    assert sent - set(PARAMETERS) == requests
    assert actions - sent == set()
    assert osc_addresses("| receive | when |") == {"state", *(each.removeprefix("/") for each in OUTGOING)}


def test_the_page_on_the_screen_tells_all_its_keys() -> None:
    page = (ROOT / "docs" / "screen.md").read_text(encoding="utf-8")
    keys = {key for binding in PlayApp.BINDINGS for key in binding.key.split(",") if len(key) == 1}  # type: ignore[union-attr]
    assert keys
    for key in keys:
        assert f"`{key}`" in page


def test_the_pages_show_all_pictures_and_they_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_pictures.py"))
    monkeypatch.setitem(script["make"].__globals__, "PICTURES", tmp_path / "pictures")
    script["main"]()
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "pictures").iterdir()}
    shown_ = {name for page in PAGES for name in re.findall(r"\(pictures/([^)]+)\)", page.read_text(encoding="utf-8"))}
    there = {path.name: path for path in (ROOT / "docs" / "pictures").iterdir()}
    # Benchmarks draw figures, and the page with one has the command.
    commands = re.compile(r"python -m benchmarks\.(\w+) --png docs/pictures/([\w.-]+)")
    drawn = {name: tool for page in PAGES for tool, name in commands.findall(page.read_text(encoding="utf-8"))}
    drawn |= {f"preset-{name}.png": "preset_rolls" for name in shipped_preset_names()}
    drawn |= {f"page-{size}.png": "page_pictures" for size in SIZES}
    assert {tool for tool in drawn.values() if not (ROOT / "benchmarks" / f"{tool}.py").is_file()} == set()
    assert {*made, *drawn} == shown_ == set(there)
    # Not the pictures themselves: they have the music of the model that was there when they were made.
    for name, picture in made.items():
        assert picture.startswith("<svg")
        assert (
            picture.partition("viewBox")[2][:40] == there[name].read_text(encoding="utf-8").partition("viewBox")[2][:40]
        )
        assert "120&#160;BPM" in picture


def test_every_command_and_flag_says_what_it_does() -> None:
    for name, app in (("musicgen-live", live_app), ("musicgen-train", train_app)):
        for path in commands_of(name, app):
            command: object = get_command(app)
            for word in path.split()[1:]:
                command = command.commands[word]  # type: ignore[attr-defined]
            assert getattr(command, "help", None), path
            for parameter in getattr(command, "params", []):
                assert getattr(parameter, "help", None) or parameter.name == "help", f"{path} {parameter.name}"
