"""Figures in words, and that `docs/figures.md` and the README show those that were measured, and no others."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import replace

import pytest

from benchmarks import figure_pages
from benchmarks.all import BENCHMARKS
from benchmarks.figure import Figure, number
from benchmarks.record import Run, load

RUN = Run(
    date="2026-11-29",
    machine="a machine",
    versions="Python 3.12.1",
    load=0.5,
    minutes=1.25,
    quick=False,
    figures=(
        Figure(name="a note", value=0.95, unit="ms", peer="Keras", peer_value=187.0, times=18, telling=True),
        Figure(name="memory", value=137.0, unit="MB", at_most=80, limit="the weights"),
    ),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0712, "0.071"), (0.9, "0.90"), (3.7, "3.70"), (18.44, "18.4"), (196.5, "196"), (2_064.0, "2,064"), (0, "0")],
)
def test_numbers_have_the_digits_that_count(value: float, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "peer_value", "expected"),
    [
        (10.0, 180.0, "10.0 against 180 ms: 18.0 times less"),
        (2.0, 4.0, "2.00 against 4.00 ms: 2.00 times less"),
        (1.0, 1.25, "1.00 against 1.25 ms: 20 % less"),
        (0.25, 0.2, "0.25 against 0.20 ms: 25 % more"),
        (0.25, 0.1, "0.25 against 0.10 ms: 2.50 times more"),
    ],
)
def test_a_figure_says_how_much_less_it_is_than_that_of_the_peer(
    value: float, peer_value: float, expected: str
) -> None:
    assert Figure(name="", value=value, unit="ms", peer="it", peer_value=peer_value).text() == expected


def test_a_goal_is_for_the_value_or_for_the_ratio() -> None:
    note, memory = RUN.figures
    assert (note.goal(), note.is_reached) == ("18 times less", True)
    assert (memory.goal(), memory.is_reached) == ("at most 80 MB", False)
    assert Figure(name="", value=1.0).is_reached


def test_a_run_round_trips_through_json() -> None:
    run = replace(RUN, figures=(*RUN.figures, Figure(name="lost notes", value=0, at_most=0)))
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_the_page_says_what_keeps_a_figure_from_its_goal() -> None:
    page = figure_pages.page({"generate": RUN, "jitter": Run(**(vars(RUN) | {"left_out": "it needs JACK"}))})
    assert page.removeprefix(figure_pages.INTRODUCTION) == (
        """
Measured on:

- a machine; Python 3.12.1

## generate

`python -m benchmarks.generate`, 2026-11-29: 1.2 minutes, load 0.5 when it began.

| measurement | figure | goal |
| --- | --- | --- |
| a note, against Keras | 0.95 against 187 ms: 197 times less | 18 times less: reached |
| memory | 137 MB | at most 80 MB: not reached |

What keeps figures from their goals:

- memory: the weights

## jitter

`python -m benchmarks.jitter`, 2026-11-29: 1.2 minutes, load 0.5 when it began.

Left out: it needs JACK.
"""
    )


def test_the_readme_keeps_its_words_around_the_table() -> None:
    readme = f"before\n{figure_pages.BEGIN}\nold\n{figure_pages.END}\nafter\n"
    table = figure_pages.readme_table({"generate": RUN})
    with pytest.raises(ValueError, match="end of figures"):
        figure_pages.with_table(readme.replace(figure_pages.END, ""), table)
    assert figure_pages.with_table(readme, table) == (
        f"""before
{figure_pages.BEGIN}

| measurement | figure | script |
| --- | --- | --- |
| a note, against Keras | 0.95 against 187 ms: 197 times less | `python -m benchmarks.generate` |

{figure_pages.END}
after
"""
    )


def test_page_and_readme_show_what_was_measured() -> None:
    record = load(figure_pages.RECORD)
    assert figure_pages.PAGE.read_text(encoding="utf-8") == figure_pages.page(record)
    readme = figure_pages.README.read_text(encoding="utf-8")
    assert readme == figure_pages.with_table(readme, figure_pages.readme_table(record))


def test_no_other_figure_stands_in_the_readme() -> None:
    readme = figure_pages.README.read_text(encoding="utf-8")
    section = re.search(r"^## Figures\n(.*?)^## ", readme, re.MULTILINE | re.DOTALL)
    assert section
    words = section[1].partition(figure_pages.BEGIN)[0] + section[1].partition(figure_pages.END)[2]
    assert not re.search(r"\d|^\|", words, re.MULTILINE)


def test_every_benchmark_returns_figures_and_was_run() -> None:
    assert list(load(figure_pages.RECORD)) == list(BENCHMARKS)
    for name in BENCHMARKS:
        assert callable(importlib.import_module(f"benchmarks.{name}").figures)
