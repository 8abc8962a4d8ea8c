"""Bars that are longer than any of the encoding, such as 7/4, are composed and read as two bars in turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.composer import Composer
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from tests.support.composers import BARS, HANDS, HOT, composed, composer_of

SEVEN_FOUR = replace(HOT, meter="7/4")
BAR_TICKS = 7 * 480


def bar_tokens_of(composer: Composer) -> list[str]:
    return [token for token in VOCABULARY.decode(composer.ids) if token.startswith("bar ")]


@pytest.mark.parametrize(
    ("meter", "halves"), [("7/4", ("bar 4/4", "bar 3/4")), ("12/4", ("bar 6/4",) * 2), ("5/2", ("bar 3/2", "bar 2/2"))]
)
def test_the_halves_of_a_bar_take_turns(meter: str, halves: tuple[str, str]) -> None:
    composer = composer_of(replace(HOT, meter=meter))
    bar_ticks = composer.settings.bar_ticks
    assert [(bar.start_tick, bar.end_tick) for bar in composed(composer, 3)] == [
        (number * bar_ticks, (number + 1) * bar_ticks) for number in range(3)
    ]
    assert bar_tokens_of(composer)[:6] == [*halves] * 3


def test_going_back_gives_the_same_long_bars_again() -> None:
    composer = composer_of(SEVEN_FOUR)
    first = composed(composer, 4)
    composer.rewind(BAR_TICKS)
    assert composed(composer, 3) == first[1:]


@pytest.mark.parametrize("bundle", [BARS, HANDS])
@pytest.mark.parametrize("beats", range(1, 8))
def test_what_others_play_is_read_up_to_any_beat(bundle: Bundle, beats: int) -> None:
    composer = composer_of(SEVEN_FOUR, bundle)
    composed(composer, 1)
    until_tick = BAR_TICKS + 480 * beats
    composer.read([Note(BAR_TICKS + 480 * beat, 480, 60 + beat, 88) for beat in range(beats)], until_tick)
    rest = composed(composer, 1)[0]
    assert (rest.start_tick, rest.end_tick) == (until_tick, BAR_TICKS * (2 if beats < 7 else 3))
    assert all(note.start_tick >= until_tick for note in rest.notes)
    read = {token for token in VOCABULARY.decode(composer.ids) if token.startswith("pitch ")}
    assert read >= {f"pitch {60 + beat}" for beat in range(beats)}
    assert bar_tokens_of(composer)[:4] == ["bar 4/4", "bar 3/4"] * 2


def test_notes_over_several_long_bars_are_read() -> None:
    composer = composer_of(SEVEN_FOUR)
    composer.read([Note(480 * beat, 480, 60, 88) for beat in range(20)], 2 * BAR_TICKS + 480)
    assert composer.next_tick == 2 * BAR_TICKS + 480
    assert [bar.end_tick for bar in composed(composer, 2)] == [3 * BAR_TICKS, 4 * BAR_TICKS]
    assert bar_tokens_of(composer)[:8] == ["bar 4/4", "bar 3/4"] * 4


def test_a_change_of_settings_keeps_the_turns() -> None:
    composer = composer_of(SEVEN_FOUR)
    composed(composer, 2)
    composer.change(replace(composer.settings, temperature=2.0))
    assert [bar.end_tick for bar in composed(composer, 2)] == [3 * BAR_TICKS, 4 * BAR_TICKS]
    assert bar_tokens_of(composer)[:8] == ["bar 4/4", "bar 3/4"] * 4


def test_another_model_goes_on_in_long_bars() -> None:
    composer = composer_of(SEVEN_FOUR)
    composed(composer, 2)
    composer.change(composer.settings, HANDS)
    assert [bar.end_tick for bar in composed(composer, 2)] == [3 * BAR_TICKS, 4 * BAR_TICKS]


def test_a_jump_to_another_bar_line_keeps_the_turns() -> None:
    composer = composer_of(SEVEN_FOUR)
    composed(composer, 1)
    composer.move(9 * BAR_TICKS)
    assert [bar.end_tick for bar in composed(composer, 2)] == [10 * BAR_TICKS, 11 * BAR_TICKS]
