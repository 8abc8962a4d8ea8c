"""Plans of a form: of a real piece, or of returns to a theme."""

from __future__ import annotations

from itertools import pairwise

import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.form_plan import Answering, Free, Outlined, outlines_fitting
from musicgen_live.model.metadata import Outline
from musicgen_live.music.form import UNPLANNED, PlannedBar

AB: Outline = ((0, 0, 1, 0), (1, 5, 4, 1))
"""A bar of new music, and one that is a fourth higher, where a phrase ends."""
LONG: Outline = ((0, 0, 1, 0), (1, 0, 2, 0), (2, 0, 3, 1))


def test_free_music_has_no_plan() -> None:
    assert [Free().bar(bar) for bar in (0, 1, 1000)] == [UNPLANNED] * 3


def test_an_outline_gives_the_plan_of_each_bar() -> None:
    plan = Outlined((LONG,), seed=0)
    assert [plan.bar(bar) for bar in range(3)] == [
        PlannedBar("new"),
        PlannedBar("same", 1),
        PlannedBar("varied", 2, 0, ends_phrase=True),
    ]
    assert Outlined((AB,), seed=0).bar(1) == PlannedBar("transposed", 1, 5, ends_phrase=True)


def test_outlines_follow_one_another_in_an_order_of_the_seed() -> None:
    orders = set()
    for seed in range(20):
        plan = Outlined((AB, LONG), seed)
        bars = [plan.bar(bar) for bar in range(30)]
        assert bars == [plan.bar(bar) for bar in range(30)]
        starts = [bar for bar, planned in enumerate(bars) if planned == PlannedBar("new")]
        lengths = [later - start for start, later in pairwise(starts)]
        assert set(lengths) <= {2, 3}
        orders.add(tuple(lengths[:5]))
    assert len(orders) > 5


def answered(plan: Answering, bar: int) -> int:
    """Return the bar of the theme, from 0, that a bar of the plan answers."""
    return plan.theme_bars + bar - plan.bar(bar).distance_bars


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("theme_bars", [1, 3, 4, 8, 30])
def test_a_phrase_returns_to_bars_of_the_theme_that_follow_one_another(seed: int, theme_bars: int) -> None:
    plan = Answering(theme_bars, 1.0, seed)
    length = min(4, theme_bars)
    for first in range(0, 20 * length, length):
        phrase = [plan.bar(bar) for bar in range(first, first + length)]
        assert {planned.relation for planned in phrase} <= {"same", "varied", "transposed"}
        assert len({(planned.relation, planned.semitones) for planned in phrase}) == 1
        assert [planned.ends_phrase for planned in phrase] == [False] * (length - 1) + [True]
        start = answered(plan, first)
        assert 0 <= start <= theme_bars - length
        assert [answered(plan, first + place) - start for place in range(length)] == list(range(length))


def test_the_first_phrase_returns_twice_as_probably_and_where_the_theme_was() -> None:
    plans = [Answering(4, 0.3, seed) for seed in range(1000)]
    first, later = [plan.bar(0) for plan in plans], [plan.bar(4) for plan in plans]
    assert {planned.semitones for planned in first} == {0}
    assert {planned.semitones for planned in later} == {0, 5, 7, -5}
    assert sum(planned != UNPLANNED for planned in first) / 1000 == pytest.approx(0.6, abs=0.05)
    assert sum(planned != UNPLANNED for planned in later) / 1000 == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(("closeness", "literal"), [(1.0, 1.0), (0.6, 0.6)])
def test_the_closer_the_more_phrases_return_literally(closeness: float, literal: float) -> None:
    plans = [Answering(4, closeness, seed).bar(0).relation for seed in range(1000)]
    assert plans.count("same") / (plans.count("same") + plans.count("varied")) == pytest.approx(literal, abs=0.05)


def test_without_closeness_nothing_returns() -> None:
    assert {Answering(4, 0.0, seed).bar(bar) for seed in range(20) for bar in range(12)} == {UNPLANNED}


def prompt(style: str) -> tuple[int, ...]:
    return tuple(VOCABULARY.encode([f"style {style}", "bar 4/4"]))


def test_the_outlines_of_a_style_are_those_of_its_prompts() -> None:
    prompts = [prompt("folk"), prompt("ragtime"), prompt("folk"), prompt("lied")]
    outlines: list[Outline] = [AB, LONG, (), ()]
    assert outlines_fitting(outlines, prompts, "ragtime") == (LONG,)
    assert outlines_fitting(outlines, prompts, "folk") == (AB,)
    # Without one of its own, a style takes that of any.
    assert outlines_fitting(outlines, prompts, "lied") == (AB, LONG)
    assert outlines_fitting(outlines, prompts, "any") == (AB, LONG)
    assert outlines_fitting([], prompts, "folk") == ()
    assert outlines_fitting([()], prompts, "folk") == ()
