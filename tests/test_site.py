"""The site: built from the pages with every warning as an error, complete, and asking no other host for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import musicgen_live

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def text_of(page: Path) -> str:
    return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))


def test_every_page_is_in_the_menu(site: Path) -> None:
    menu = (site / "index.html").read_text(encoding="utf-8")
    pages = [path.stem for path in (ROOT / "docs").rglob("*.md") if path.name != "index.md"]
    assert [name for name in pages if f'href="{name}/"' not in menu] == []


def test_every_command_has_its_flags(site: Path) -> None:
    text = text_of(site / "commands" / "index.html")
    for expected in ("musicgen-live presets save", "--temperature", "By default sonatina.", "musicgen-train evaluate"):
        assert expected in text


def test_every_public_name_is_explained(site: Path) -> None:
    page = (site / "reference" / "index.html").read_text(encoding="utf-8")
    assert [name for name in musicgen_live.__all__ if f'id="musicgen_live.{name}"' not in page] == []


def test_no_page_asks_another_host(site: Path) -> None:
    asked = r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//'
    assert [page.name for page in site.rglob("*.html") if re.search(asked, page.read_text(encoding="utf-8"))] == []
