"""Figures in words, and that the README and the pages show those that were measured, and no others."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import figure_pages
from benchmarks.catalogue import BENCHMARKS, figures_of
from benchmarks.figure import Figure, number
from benchmarks.record import Run, load, save

RUN = Run(
    date="2026-11-29",
    machine="a machine",
    versions="Python 3.12.1",
    load=0.5,
    minutes=1.25,
    quick=False,
    result={"first_start_s": 1.5, "first_note_median_s": 0.5, "import_tensorflow_median_s": 4.0}
    | {"wire": "JACK", "resident_mb": 137.2},
)
RECORD = load(figure_pages.RECORD)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0712, "0.071"), (0.9, "0.9"), (0.902, "0.90"), (3.7, "3.7"), (-1.3, "-1.3"), (18.44, "18.4"), (196.5, "196")],
)
def test_numbers_have_the_digits_that_count(value: float, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, "0"), (7, "7"), (2_064, "2,064")])
def test_counts_are_whole(count: int, expected: str) -> None:
    assert number(count) == expected


@pytest.mark.parametrize(
    ("value", "peer_value", "expected"),
    [
        (10.0, 180.0, "10.0 against 180 ms: 18.0 times less"),
        (2.0, 4.0, "2.0 against 4.0 ms: 2.0 times less"),
        (1.0, 1.25, "1.0 against 1.25 ms: 20 % less"),
        (0.25, 0.2, "0.25 against 0.2 ms: 25 % more"),
        (0.25, 0.1, "0.25 against 0.1 ms: 2.5 times more"),
    ],
)
def test_a_figure_says_how_much_less_it_is_than_that_of_the_peer(
    value: float, peer_value: float, expected: str
) -> None:
    assert Figure(name="", value=value, unit="ms", peer="it", peer_value=peer_value).text() == expected


def test_a_goal_is_for_the_value_or_for_the_ratio() -> None:
    note = Figure(name="a note", value=0.95, unit="ms", peer="Keras", peer_value=187.0, times=18)
    memory = Figure(name="memory", value=137.0, unit="MB", at_most=80)
    assert (note.goal(), note.is_reached) == ("18 times less", True)
    assert (memory.goal(), memory.is_reached) == ("at most 80 MB", False)
    assert Figure(name="", value=1.0).is_reached


def test_a_run_round_trips_through_the_file(tmp_path: Path) -> None:
    record = {"startup": RUN, "soak": replace(RUN, result=None, left_out="it needs JACK", load=None, minutes=None)}
    save(record, tmp_path / "figures.json")
    assert load(tmp_path / "figures.json") == record


def test_the_file_has_nothing_but_what_was_measured() -> None:
    text = figure_pages.RECORD.read_text(encoding="utf-8")
    for name, run in json.loads(text).items():
        for figure in figures_of(name, run["result"]):
            assert not figure.limit or figure.limit not in text


def test_a_block_says_what_keeps_a_figure_from_its_goal() -> None:
    page = "before\n<!-- figures: startup -->\nold\n<!-- end of figures -->\nafter\n"
    limit = "Python starts twice, as the player is a process of its own, and NumPy is imported"
    filled = figure_pages.filled(page, {"startup": RUN})
    note = "process start to the first note at another process over JACK"
    assert filled.startswith(
        f"""before
<!-- figures: startup -->

`python -m benchmarks.startup`, 2026-11-29, 1.2 minutes, load 0.5 when it began, on a machine:

| measurement | figure | goal |
| --- | --- | --- |
| {note}, against `import tensorflow` alone | 0.5 against 4.0 s: 8.0 times less | 15 times less: not reached |
| the very first start, which compiles | 1.5 s |  |
| memory of `play`, all its processes | 137 MB | at most 80 MB: not reached |

What keeps figures from their goals:

- {note}: {limit}
- memory"""
    )
    assert filled.endswith("\n\n<!-- end of figures -->\nafter\n")
    assert figure_pages.filled(filled, {"startup": RUN}) == filled
    assert figure_pages.without_blocks(filled) == "before\n\nafter\n"


def test_figures_in_rows_fill_a_table() -> None:
    run = replace(RUN, result={"waltz": {"closes": 0.5}, "ragtime": {"closes": 0.25, "onsets a bar": 6.0}}, load=None)
    block = figure_pages.run_of("preset_figures", run)
    assert (
        block
        == """\
`python -m benchmarks.preset_figures`, 2026-11-29, 1.2 minutes, on a machine:

|  | closes | onsets a bar |
| --- | --- | --- |
| `waltz` | 0.5 |  |
| `ragtime` | 0.25 | 6.0 |
"""
    )


def test_a_benchmark_that_was_left_out_says_what_it_needs() -> None:
    block = figure_pages.run_of("jitter", replace(RUN, result=None, left_out="a JACK server", quick=True))
    assert block.endswith(
        "2026-11-29, a short run (`--quick`), 1.2 minutes, load 0.5 when it began, on a machine:\n\n"
        "Left out: a JACK server.\n"
    )


@pytest.mark.parametrize(
    "block", ["<!-- figures: startup -->\nno end", "<!-- figures: none -->\n<!-- end of figures -->"]
)
def test_a_block_without_an_end_or_a_benchmark_is_refused(block: str) -> None:
    with pytest.raises(ValueError, match="the block of figures"):
        figure_pages.filled(block, {"startup": RUN})


@pytest.mark.parametrize("page", figure_pages.pages(), ids=lambda page: page.name)
def test_a_page_shows_what_was_measured(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == figure_pages.filled(text, RECORD), "python -m benchmarks.all --pages writes the pages anew"


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_was_run_and_stands_on_its_page(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert callable(module.measured)
    assert module.figures_of(RECORD[name].result)
    page = figure_pages.DOCS / f"{BENCHMARKS[name].page}.md"
    assert f"<!-- figures: {name} -->" in page.read_text(encoding="utf-8")


def test_no_other_figure_stands_in_the_readme() -> None:
    readme = figure_pages.without_blocks(figure_pages.README.read_text(encoding="utf-8"))
    section = re.search(r"^## Figures\n(.*?)^## ", readme, re.MULTILINE | re.DOTALL)
    assert section
    assert not re.search(r"\d|^\|", section[1], re.MULTILINE)


UNITS = r"(?:ms|s|seconds|minutes|hours|kB|MB|GB|nats|times|points|Hz|dB|%)"


@pytest.mark.parametrize(
    "page", [figure_pages.README, *sorted(figure_pages.DOCS.glob("*.md"))], ids=lambda page: page.name
)
def test_a_paragraph_that_names_a_benchmark_has_no_figure_of_its_own(page: Path) -> None:
    """It would stay as it is when the benchmark measures another one."""
    for paragraph in re.split(r"\n\s*\n", figure_pages.without_blocks(page.read_text(encoding="utf-8"))):
        if re.search(r"\bbenchmarks\.\w+", paragraph):
            words = re.sub(r"`[^`]*`", "", paragraph)
            assert re.findall(rf"\d[\d.,]* ?{UNITS}(?![\w])", words) == [], paragraph
