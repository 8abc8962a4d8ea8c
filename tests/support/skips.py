"""A pytest plug-in: in CI, where everything must run, a skipped test makes the run fail.

Four marks excuse a skip: `corpora` if the corpora, which are not part of the repository, are absent; `guest`, which is
built from a package of Debian's, and `browser`, on other systems; and `disks` where the system lets nobody mount a
disk, as in most containers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.corpora import corpora
from tests.support.disks import can_mount

CORPORA = corpora()
OS_RELEASE = Path("/etc/os-release")


def excused(folder: Path = CORPORA, os_release: Path = OS_RELEASE) -> frozenset[str]:
    """Return the marks of tests that may be skipped on this machine."""
    is_debian = os_release.is_file() and "ID=debian" in os_release.read_text().splitlines()
    absent = {
        "corpora": not folder.is_dir(),
        "guest": not is_debian,
        "browser": not is_debian,
        "disks": not can_mount(),
    }
    return frozenset(mark for mark, is_absent in absent.items() if is_absent)


def everything_must_run(environment: Mapping[str, str] = os.environ) -> bool:
    """Return True in CI, or if `MUSICGEN_REQUIRE_ALL` is set."""
    return any(environment.get(name, "") not in ("", "0", "false") for name in ("CI", "MUSICGEN_REQUIRE_ALL"))


class SkipsAreErrors:
    """Collects forbidden skips, lists them at the end, and changes an exit status of success to failure."""

    def __init__(self, excused: frozenset[str]) -> None:
        self._excused = excused
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        if self._excused.intersection(report.keywords):
            return
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        # A whole module can be skipped during its import.
        if report.skipped:
            self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self._skipped.append(f"{report.nodeid}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._skipped and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._skipped:
            terminalreporter.section("skipped, though everything must run here", red=True)
            for line in self._skipped:
                terminalreporter.line(line)
