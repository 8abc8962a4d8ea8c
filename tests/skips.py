"""A pytest plug-in: where everything must run (CI), a test that was skipped makes the run fail.

Only tests marked `corpora` may be skipped, where the corpora are absent: they are no part of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def everything_must_run(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is CI, or someone asked for the same severity."""
    return any(environment.get(name, "") not in ("", "0", "false") for name in ("CI", "MUSICGEN_REQUIRE_ALL"))


class SkipsAreErrors:
    """Collects the skips that must not be, lists them at the end, and turns a good exit status into a bad one."""

    def __init__(self, *, corpora_are_there: bool) -> None:
        self._corpora_are_there = corpora_are_there
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        if "corpora" in report.keywords and not self._corpora_are_there:
            return
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        # A whole module can be skipped while it is imported.
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
