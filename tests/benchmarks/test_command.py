"""One entry of all benchmarks: what they print, and what they call in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import command, fresh_process
from benchmarks.corpora import VARIABLE, corpus
from benchmarks.figure import Figure, LeftOutError
from benchmarks.quantiles import quantile


def figures_of(result: float) -> tuple[Figure, ...]:
    return (Figure(name="a note", value=result, unit="ms", at_most=1), Figure(row="waltz", name="closes", value=0.5))


def test_figures_are_printed_with_their_goals(capsys: pytest.CaptureFixture[str]) -> None:
    command.show(lambda: 2.25, figures_of, as_json=False)
    assert capsys.readouterr().out == "a note: 2.25 ms  [goal: at most 1 ms, NOT REACHED]\nwaltz: closes: 0.5\n"


def test_as_json_there_is_nothing_but_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    command.show(lambda: 2.25, figures_of, as_json=True)
    assert json.loads(capsys.readouterr().out) == 2.25


def test_a_benchmark_that_cannot_run_says_what_it_needs() -> None:
    def measure() -> float:
        raise LeftOutError("a JACK server")

    with pytest.raises(SystemExit, match=r"^This needs a JACK server\.$"):
        command.show(measure, figures_of, as_json=False)


def test_a_corpus_that_is_absent_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "songs").mkdir()
    assert corpus("songs") == tmp_path / "songs"
    with pytest.raises(LeftOutError, match=f"^rags in {tmp_path}"):
        corpus("rags")


def test_a_function_is_called_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert fresh_process.call(quantile, [3.0, 1.0, 2.0], 0.5) == 2.0
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(LeftOutError, match=f"^rags in {tmp_path}"):
        fresh_process.call(corpus, "rags")
    with pytest.raises(SystemExit, match=r"^quantile failed:\n(.|\n)*IndexError"):
        fresh_process.call(quantile, [], 0.5)
