"""The page of dependencies names everything that is installed, each with a licence."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
MAKE = runpy.run_path(str(DOCS / "make_dependencies.py"))


def listed(page: str) -> dict[str, str]:
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return {name: licence for name, licence in rows if name not in ("package", "---")}


@pytest.mark.parametrize("extra", MAKE["EXTRAS"])
def test_the_page_has_every_package_of(extra: str) -> None:
    page = listed((DOCS / "dependencies.md").read_text(encoding="utf-8"))
    reached = MAKE["reached"]("musicgen-live", extra)
    assert reached
    assert reached <= set(page), "run: python docs/make_dependencies.py"


def test_nothing_under_the_gpl_is_installed_unasked() -> None:
    licences = [MAKE["licence_of"](name) for name in MAKE["reached"]("musicgen-live", "")]
    assert [licence for licence in licences if "GPL" in licence or "General Public" in licence] == []
    assert "General Public License" in MAKE["licence_of"]("aalink")
