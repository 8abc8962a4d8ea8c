"""A composer that answers what was played, and one that closes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.model.bundle import Bundle
from tests.support.composers import BAR_TICKS, BARS, HOT, STEPS, composed, composer_of, read_by
from tests.support.models import toy_bars_bundle

REMEMBERING = toy_bars_bundle(remembers=True)


def composed_to_the_end(composer: Composer) -> list[int]:
    """Return the ends of the rest of the bars."""
    ends = []
    while (bar := composer.compose()) is not None:
        ends.append(bar.end_tick)
    return ends


def test_a_take_ends_so_many_bars_after_the_next_bar_line() -> None:
    composer = composer_of()
    composed(composer, 3)
    composer.end(2)
    assert composed_to_the_end(composer) == [4 * BAR_TICKS, 5 * BAR_TICKS]


def test_an_end_is_no_later_than_that_of_the_take() -> None:
    composer = composer_of(replace(HOT, bars=4))
    composed(composer, 2)
    composer.end(8)
    assert composed_to_the_end(composer) == [3 * BAR_TICKS, 4 * BAR_TICKS]


def test_the_first_of_two_ends_counts() -> None:
    composer = composer_of()
    composer.end(1)
    composer.end(4)
    assert composed_to_the_end(composer) == [BAR_TICKS]


def test_a_restart_takes_the_end_back() -> None:
    composer = composer_of()
    composer.end(1)
    composer.restart()
    assert [bar.end_tick for bar in composed(composer, 3)] == [BAR_TICKS, 2 * BAR_TICKS, 3 * BAR_TICKS]


def test_even_a_loop_is_led_to_a_close(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(HOT, loop=True, form="free")

    def marks(composer: Composer, bars: int) -> list[str]:
        read = read_by(lambda: composed(composer, bars), monkeypatch)
        return [token for token in read if token.startswith("bars-left ")]

    assert marks(composer_of(replace(settings, bars=4), REMEMBERING), 4) == []
    closing = composer_of(settings, REMEMBERING)
    composed(closing, 2)
    closing.end(4)
    assert marks(closing, 4) == ["bars-left 2", "bars-left 1"]


@pytest.mark.parametrize(("theme", "returns"), [(1.0, True), (0.0, False)])
def test_an_answer_returns_to_the_bars_before_it_as_often_as_the_theme_says(theme: float, *, returns: bool) -> None:
    settings = replace(HOT, theme=theme, form="free")
    answering, other = (composer_of(settings, REMEMBERING) for _ in range(2))
    for composer in (answering, other):
        composed(composer, 4)
    answering.answer(4)
    assert (composed(answering, 6) != composed(other, 6)) == returns


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_a_model_without_references_answers_as_ever(bundle: Bundle) -> None:
    settings = Settings(decode="sample", steps=1000) if bundle is STEPS else replace(HOT, theme=1.0)
    answering, other = composer_of(settings, bundle), composer_of(settings, bundle)
    for composer in (answering, other):
        composed(composer, 2)
    answering.answer(2)
    assert composed(answering, 4) == composed(other, 4)
