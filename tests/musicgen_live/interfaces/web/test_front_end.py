"""The files of the page: small, complete by themselves, and of the types of the messages that the server sends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from musicgen_live.interfaces.web.app import STATIC
from tests.support.message_types import PATH, message_types

SCRIPTS = sorted(STATIC.glob("*.js"))
MOST_BYTES = 150_000


def test_the_types_of_the_messages_are_those_of_the_python_classes() -> None:
    assert PATH.read_text(encoding="utf-8") == message_types(), "write it anew: python -m tests.support.message_types"


def test_all_files_together_are_small() -> None:
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < MOST_BYTES


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_says_its_task_and_is_checked(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"// [A-Z].*\.", lines[0])
    assert lines[1] == "// @ts-check"
    assert len(lines) <= 300


def test_nothing_comes_from_elsewhere() -> None:
    for path in STATIC.iterdir():
        found = re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", path.read_text(encoding="utf-8"))
        # The name of the format of the icon, which nobody loads.
        assert set(found) <= {"http://www.w3.org"}, path.name


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as `#5b6673`, as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "faint", "accent", "fresh", "bad"])
@pytest.mark.parametrize("back", ["back", "panel"])
def test_text_can_be_read_in_light_and_dark(scheme: int, ink: str, back: str) -> None:
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    colours = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{.*?\n *\}", style, re.S)
    ]
    dark, light = sorted(luminance(colours[scheme][name]) for name in (ink, back))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
