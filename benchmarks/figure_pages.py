"""Writes the figures of a record onto the pages of `docs/`, and the most telling ones into the README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.catalogue import BENCHMARKS, figures_of
from benchmarks.figure import Figure
from benchmarks.record import Record, Run

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
RECORD = DOCS / "figures.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures: {name} -->", "<!-- end of figures -->"
TELLING, MACHINES = "the most telling", "the machines"
"""The names of the blocks that are about all benchmarks: that of the README, and the machines with their versions."""


def pages() -> list[Path]:
    """Return the README and the pages that show figures."""
    return [README, *(DOCS / f"{name}.md" for name in dict.fromkeys(each.page for each in BENCHMARKS.values()))]


def write(record: Record) -> None:
    """Write all pages."""
    for path in pages():
        text = path.read_text(encoding="utf-8")
        path.write_text(filled(text, record), encoding="utf-8")


def filled(text: str, record: Record) -> str:
    """Return a page in which each block of figures has those of the record; its name says which benchmark's.

    Raises ValueError if a block has no end, or no benchmark.
    """

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if END not in match[0]:
            raise ValueError(f"the block of figures {name!r} lacks its end, {END!r}")
        return f"{BEGIN.format(name=name)}\n\n{_block(name, record)}\n{END}"

    block = re.escape(BEGIN).replace(r"\{name\}", r"([^\n]+?)") + rf"(?:(?!<!-- figures).)*?(?:{re.escape(END)}|\Z)"
    return re.sub(block, fill, text, flags=re.DOTALL)


def _block(name: str, record: Record) -> str:
    if name == TELLING:
        return readme_table(record)
    if name == MACHINES:
        return _machines(record.values())
    if name not in record:
        raise ValueError(f"the block of figures {name!r} has no figures; known are {', '.join(record)}")
    return run_of(name, record[name])


def without_blocks(text: str) -> str:
    """Return a page without its blocks of figures."""
    return re.sub(rf"<!-- figures: .*?{re.escape(END)}", "", text, flags=re.DOTALL)


def readme_table(record: Record) -> str:
    """Return the table of the most telling figures."""
    rows = [
        (_what(figure), figure.text(), f"`{command_of(name)}`")
        for name, run in record.items()
        for figure in _figures(name, run)
        if figure.telling
    ]
    return _table(("measurement", "figure", "script"), rows)


def command_of(name: str) -> str:
    """Return the command that prints the figures of a benchmark."""
    return f"python -m benchmarks.{name}"


def run_of(name: str, run: Run) -> str:
    """Return the figures of a run, and how they came about."""
    how = ", a short run (`--quick`)" if run.quick else ""
    lines = [f"`{command_of(name)}`, {run.date}{how}{_took(run)}, on {run.machine}:\n"]
    if run.left_out:
        return "\n".join([*lines, f"Left out: {run.left_out}.\n"])
    figures = _figures(name, run)
    lines.append(_grid(figures) if any(figure.row for figure in figures) else _list(figures))
    missed = [f"- {figure.name}: {figure.limit}" for figure in figures if not figure.is_reached]
    return "\n".join([*lines, *(["What keeps figures from their goals:\n", *missed, ""] if missed else [])])


def _figures(name: str, run: Run) -> Sequence[Figure]:
    return () if run.left_out else figures_of(name, run.result)


def _took(run: Run) -> str:
    took = "" if run.minutes is None else f", {run.minutes:.1f} minutes"
    return took if run.load is None else f"{took}, load {run.load:g} when it began"


def _machines(runs: Iterable[Run]) -> str:
    lines = dict.fromkeys("; ".join(filter(None, (run.machine, run.versions))) for run in runs)
    return "".join(f"- {line}\n" for line in lines)


def _what(figure: Figure) -> str:
    return f"{figure.name}, against {figure.peer}" if figure.peer else figure.name


def _goal(figure: Figure) -> str:
    return figure.goal() and f"{figure.goal()}: {'reached' if figure.is_reached else 'not reached'}"


def _list(figures: Iterable[Figure]) -> str:
    rows = [(_what(figure), figure.text(), _goal(figure)) for figure in figures]
    if any(goal for *_, goal in rows):
        return _table(("measurement", "figure", "goal"), rows)
    return _table(("measurement", "figure"), [row[:2] for row in rows])


def _grid(figures: Sequence[Figure]) -> str:
    columns = dict.fromkeys(_what(figure) for figure in figures)
    rows = dict.fromkeys(figure.row for figure in figures)
    cells = {(figure.row, _what(figure)): figure.text() for figure in figures}
    return _table(("", *columns), [(row, *(cells.get((row, column), "") for column in columns)) for row in rows])


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
