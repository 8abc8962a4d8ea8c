"""Forms of letters: how they are read, and which bar answers which."""

from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.music.form import Form, PlannedBar, Section, parse_form


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("A", [Section("A")]),
        ("AABA", [Section("A"), Section("A"), Section("B"), Section("A")]),
        (" a a'  b ", [Section("A"), Section("A", 1), Section("B")]),
        ("A A+2 B-12 A''-5", [Section("A"), Section("A", 0, 2), Section("B", 0, -12), Section("A", 2, -5)]),
        ("AA'B", [Section("A"), Section("A", 1), Section("B")]),
    ],
)
def test_a_form_is_read_with_or_without_spaces(text: str, sections: list[Section]) -> None:
    assert parse_form(text) == Form(tuple(sections), 4)


def test_a_section_is_written_as_it_is_read() -> None:
    form = parse_form("a a' b+5 A''-3")
    assert [str(section) for section in form.sections] == ["A", "A'", "B+5", "A''-3"]
    assert parse_form(" ".join(map(str, form.sections))) == form


@pytest.mark.parametrize("text", ["", " ", "A 1", "A+", "'A", "A+13", "A-13", "A+5'", "Ä", "A" * 65])
def test_another_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match=r"form is .*; write up to 64 letters, such as \"A A' B A\""):
        parse_form(text)


@pytest.mark.parametrize(
    ("phrase_bars", "bars", "length"),
    [
        (None, None, 4),
        (None, 32, 8),
        (None, 4, 1),
        (None, 64, 16),
        # Four phrases do not fill 18 bars, those of 128 would be too long, and those of 3 are shorter than a bar each.
        (None, 18, 4),
        (None, 128, 4),
        (None, 3, 4),
        (2, 32, 2),
    ],
)
def test_phrases_fill_the_take_unless_their_length_is_given(
    phrase_bars: int | None, bars: int | None, length: int
) -> None:
    form = parse_form("AABA", phrase_bars, bars)
    assert (form.phrase_bars, form.bars) == (length, 4 * length)


def test_a_section_answers_the_first_one_with_its_letter() -> None:
    form = parse_form("A A' B A B+5", 2)
    assert [form.bar(bar) for bar in range(form.bars)] == [
        PlannedBar("new", section="A"),
        PlannedBar("new", ends_phrase=True),
        PlannedBar("varied", 2, section="A'"),
        PlannedBar("varied", 2, ends_phrase=True),
        PlannedBar("new", section="B"),
        PlannedBar("new", ends_phrase=True),
        PlannedBar("same", 6, section="A"),
        PlannedBar("same", 6, ends_phrase=True),
        PlannedBar("transposed", 4, 5, section="B+5"),
        PlannedBar("transposed", 4, 5, ends_phrase=True),
    ]


def test_transpositions_count_from_the_first_section_of_the_letter() -> None:
    form = parse_form("A+2 A A+2 A'-3", 1)
    plans = [form.bar(bar) for bar in range(4)]
    assert [(plan.relation, plan.distance_bars, plan.semitones) for plan in plans] == [
        ("new", 0, 0),
        ("transposed", 1, -2),
        ("same", 2, 0),
        ("transposed", 3, -5),
    ]


def test_behind_its_end_a_form_begins_again_with_new_music() -> None:
    form = parse_form("A B A", 4)
    assert [form.bar(bar) for bar in range(12, 24)] == [form.bar(bar) for bar in range(12)]
    assert form.bar(12).relation == "new"
    assert [str(form.section(bar)) for bar in (0, 3, 4, 8, 11, 12, 16)] == ["A", "A", "B", "A", "A", "A", "B"]
