"""The page on the architecture is true: its list of rooms is the one that is enforced, its tree names every file."""

from __future__ import annotations

import re

from tests.support.rooms import ROOMS, ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def code_block(beginning: str) -> list[str]:
    """The lines of the code block that begins with a line."""
    return PAGE[PAGE.index(f"```\n{beginning}") :].split("```")[1].strip().splitlines()


def paths_of(tree: list[str]) -> dict[str, str]:
    """The path of each line of a drawn tree, and its caption."""
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in tree:
        match = re.fullmatch(r"((?:[│ ]   )*(?:[├└]── )?)(\S+)(?: +(.+))?", line)
        assert match, line
        depth = len(match[1]) // 4
        folders[depth:] = [match[2]]
        found["".join(folders)] = match[3] or ""
    return found


def test_the_rooms_of_the_page_are_those_that_are_enforced() -> None:
    assert [tuple(line.split(", ")) for line in code_block("errors\n")] == list(ROOMS)


def test_the_tree_names_every_module_with_a_caption() -> None:
    drawn = {path: caption for path, caption in paths_of(code_block("musicgen_live/\n")).items() if path[-1] != "/"}
    folders = (ROOT / "musicgen_live", ROOT / "training")
    modules = [path for folder in folders for path in folder.rglob("*.py") if not path.name.startswith("__")]
    assert sorted(drawn) == sorted(path.relative_to(ROOT).as_posix() for path in modules)
    assert [path for path, caption in drawn.items() if not caption] == []
