"""Writes the figures of a record as `docs/figures.md`, and the most telling ones into the README."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.record import Record, Run

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs" / "figures.json"
PAGE = ROOT / "docs" / "figures.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures: python -m benchmarks.all --write -->", "<!-- end of figures -->"

INTRODUCTION = """\
# Figures

`python -m benchmarks.all` measures all of these, or those of the benchmarks that it is given; with `--write` it writes
this page and the table of the README. In each comparison both programs ran on the same machine, one after the other, so
trust the ratios more than the times. Peers run as they are published. [figures.json](figures.json) has the same values.

What takes an hour, or needs other music, stands on its page: [reliability](reliability.md), [scaling](scaling.md),
[models](models.md), [parts](parts-and-scenes.md), [play with me](play-with-me.md), [instruments](instruments.md).
"""


def page(record: Record) -> str:
    """Return the page of all figures."""
    sections = [INTRODUCTION, _machines(record.values())]
    for name, run in record.items():
        sections += [f"## {name}\n", _run(name, run)]
    return "\n".join(sections)


def readme_table(record: Record) -> str:
    """Return the table of the most telling figures."""
    rows = [
        (_what(figure), figure.text(), f"`{command_of(name)}`")
        for name, run in record.items()
        for figure in run.figures
        if figure.telling
    ]
    return _table(("measurement", "figure", "script"), rows)


def with_table(readme: str, table: str) -> str:
    """Return a README in which a table stands between the two marks; ValueError without them."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the README lacks {BEGIN!r} or {END!r}, between which the table of figures stands")
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"


def command_of(name: str) -> str:
    """Return the command that prints the figures of a benchmark."""
    return f"python -m benchmarks.{name}"


def write(record: Record) -> None:
    """Write the page, and the table in the README."""
    PAGE.write_text(page(record), encoding="utf-8")
    README.write_text(with_table(README.read_text(encoding="utf-8"), readme_table(record)), encoding="utf-8")


def _what(figure: Figure) -> str:
    return f"{figure.name}, against {figure.peer}" if figure.peer else figure.name


def _machines(runs: Iterable[Run]) -> str:
    lines = dict.fromkeys(f"- {run.machine}; {run.versions}" for run in runs)
    return "Measured on:\n\n" + "\n".join(lines) + "\n"


def _run(name: str, run: Run) -> str:
    how = ", a short run (`--quick`)" if run.quick else ""
    lines = [f"`{command_of(name)}`, {run.date}{how}: {run.minutes:.1f} minutes, load {run.load:g} when it began.\n"]
    if run.left_out:
        return "\n".join([*lines, f"Left out: {run.left_out}.\n"])
    rows = [(_what(figure), figure.text(), _goal(figure)) for figure in run.figures]
    lines.append(_table(("measurement", "figure", "goal"), rows))
    missed = [f"- {figure.name}: {figure.limit}" for figure in run.figures if not figure.is_reached]
    return "\n".join([*lines, *(["What keeps figures from their goals:\n", *missed, ""] if missed else [])])


def _goal(figure: Figure) -> str:
    return figure.goal() and f"{figure.goal()}: {'reached' if figure.is_reached else 'not reached'}"


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
