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
