"""Takes with a form: which plan they have, and what the network is told before each bar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.form_plan import Answering, FormPlan, Free, Outlined
from musicgen_live.generation.performance import Performance
from musicgen_live.model.metadata import Outline
from musicgen_live.music.form import PlannedBar, parse_form
from musicgen_live.music.notes import Note
from tests.support.composers import BARS, STEPS, composed, read_by
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bars_bundle

RAG: Outline = ((0, 0, 1, 0), (1, 0, 2, 1))
SONG: Outline = ((0, 0, 1, 0),)
REMEMBERING = replace(toy_bars_bundle(remembers=True), outlines=(RAG, (), (), SONG))


def form_of(**values: Any) -> FormPlan:  # noqa: ANN401 (settings of any type)
    return Performance.of(Settings(decode="sample", meter="4/4", **values), REMEMBERING, seed=3).form()


def test_letters_are_the_form() -> None:
    assert form_of(form="A B A", bars=12) == parse_form("A B A", 4)
    assert form_of(form="A B A", bars=24) == parse_form("A B A", 8)
    assert form_of(form="A B A", phrase=2, bars=24) == parse_form("A B A", 2)


def test_without_letters_a_real_piece_of_the_style_gives_the_form() -> None:
    assert form_of(style="ragtime", prompt=0) == Outlined((RAG,), 3)
    assert form_of(style="romantic", prompt=0) == Outlined((SONG,), 3)
    # No outline of its prompts is known for this style.
    assert form_of(style="baroque", prompt=0) == Outlined((RAG, SONG), 3)


def test_a_file_is_the_theme_of_what_follows(tmp_path: Path) -> None:
    notes = [Note(480 * i, 480, 60 + i % 3, 80) for i in range(12)]
    path = str(write_midi(tmp_path / "theme.mid", [notes]))
    assert form_of(prompt_midi=path, theme=0.7) == Answering(3, 0.7, 3)
    assert form_of(prompt_midi=path, form="A B") == parse_form("A B", 8, 16)


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_a_network_without_references_has_no_form(bundle: Any) -> None:  # noqa: ANN401
    assert Performance.of(Settings(decode="sample", form="A B A"), bundle, seed=0).form() == Free()


@pytest.mark.parametrize("word", ["free", "Free", "FREE"])
def test_free_is_no_form(word: str) -> None:
    assert form_of(form=word) == Free()
    assert PARAMETERS["form"].parse(word) == "free"


def marks_of(monkeypatch: pytest.MonkeyPatch, **values: Any) -> list[tuple[int, str]]:  # noqa: ANN401
    """Return the marks that the network reads in a take, each with its bar, from 0."""
    settings = Settings(decode="sample", meter="4/4", prompt=0, **values)
    read = read_by(lambda: list(Composer(Performance.of(settings, REMEMBERING, seed=1)).steps()), monkeypatch)
    return [
        (sum(before.startswith("bar ") for before in read[:i]), token)
        for i, token in enumerate(read)
        if token.startswith(("bars-left ", "phrase "))
    ]


def test_the_network_is_told_how_many_bars_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = marks_of(monkeypatch, bars=10, form="free")
    assert [mark for mark in marks if mark[0] < 10] == [
        (2, "bars-left 8"),
        (6, "bars-left 4"),
        (8, "bars-left 2"),
        (9, "bars-left 1"),
    ]
    assert marks_of(monkeypatch, bars=10, form="free", loop=True) == []


def test_the_network_is_told_where_phrases_end(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = marks_of(monkeypatch, bars=9, form="A B A", loop=True)
    assert [bar for bar, mark in marks if mark == "phrase end" and bar < 9] == [2, 5, 8]


def test_a_bar_names_the_section_that_begins_with_it() -> None:
    settings = Settings(decode="sample", meter="4/4", form="A A' B", phrase=2, bars=8, prompt=0)
    bars = composed(Composer(Performance.of(settings, REMEMBERING, seed=1)), 8)
    assert [bar.section for bar in bars] == ["A", "", "A'", "", "B", "", "A", ""]


def test_another_form_begins_behind_the_bar_that_is_begun() -> None:
    # The network has read the token of the next bar, and with it the plan of that bar.
    settings = Settings(decode="sample", meter="4/4", form="A", phrase=4, bars=100, prompt=0)
    composer = Composer(Performance.of(settings, REMEMBERING, seed=1))
    composed(composer, 3)
    composer.change(settings.changed({"form": "B C", "phrase": 2}))
    assert [bar.section for bar in composed(composer, 6)] == ["", "B", "", "C", "", "B"]


def test_a_piece_that_is_followed_gives_the_plan_of_every_bar() -> None:
    plan = form_of(style="ragtime", prompt=0)
    assert [plan.bar(bar) for bar in range(4)] == [PlannedBar("new"), PlannedBar("same", 1, 0, True)] * 2
