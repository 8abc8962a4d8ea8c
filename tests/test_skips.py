"""A skip fails the run where everything must run; shown on a small suite of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.skips import everything_must_run, excused

ROOT = Path(__file__).resolve().parent.parent

CONFTEST = """
import os
from tests.support.skips import SkipsAreErrors

def pytest_configure(config):
    config.addinivalue_line("markers", "corpora: x")
    config.pluginmanager.register(SkipsAreErrors(frozenset(os.environ["EXCUSED"].split())))
"""


def run_suite(folder: Path, body: str, excused: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text("import pytest\n" + body)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env=os.environ
        | {
            "EXCUSED": excused,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SKIPPED = "def test_one(): pass\n@pytest.mark.skip(reason='no jackd')\ndef test_two(): pass\n"
CORPORA_SKIPPED = "def test_one(): pass\n@pytest.mark.corpora\ndef test_two(): pytest.skip('absent')\n"
MODULE_SKIPPED = "pytest.skip('no library', allow_module_level=True)\n"
EXPECTED_FAILURE = "@pytest.mark.xfail(strict=True)\ndef test_one(): assert False\n"


@pytest.mark.parametrize(
    ("body", "excused_marks", "listed"),
    [
        (SKIPPED, "corpora", "test_it.py::test_two: Skipped: no jackd"),
        (MODULE_SKIPPED, "corpora", "test_it.py: Skipped: no library"),
        (CORPORA_SKIPPED, "guest", "test_it.py::test_two: Skipped: absent"),
    ],
)
def test_an_unexpected_skip_fails_the_run_and_is_listed(
    tmp_path: Path, body: str, excused_marks: str, listed: str
) -> None:
    done = run_suite(tmp_path, body, excused_marks)
    assert done.returncode == 1, done.stdout
    assert listed in done.stdout


@pytest.mark.parametrize("body", [CORPORA_SKIPPED, EXPECTED_FAILURE])
def test_excused_marks_and_expected_failures_are_no_such_skip(tmp_path: Path, body: str) -> None:
    done = run_suite(tmp_path, body, "corpora guest")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("is_there", "release", "marks"),
    [
        (True, "NAME=x\nID=debian\n", set()),
        (False, "ID=debian\n", {"corpora"}),
        (True, "ID=ubuntu\nID_LIKE=debian\n", {"guest", "browser"}),
        (False, None, {"corpora", "guest", "browser"}),
    ],
)
def test_what_is_excused_is_what_cannot_be_had(
    tmp_path: Path, is_there: bool, release: str | None, marks: set[str]
) -> None:
    corpora, os_release = tmp_path / "corpora", tmp_path / "os-release"
    if is_there:
        corpora.mkdir()
    if release is not None:
        os_release.write_text(release)
    assert excused(corpora, os_release) == marks


@pytest.mark.parametrize(
    ("environment", "must"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"MUSICGEN_REQUIRE_ALL": "1"}, True),
    ],
)
def test_where_everything_must_run(environment: dict[str, str], must: bool) -> None:
    assert everything_must_run(environment) is must
