"""A composer that continues at another bar line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.composer import KEPT_BARS
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from tests.support.composers import BAR_TICKS, BARS, HANDS, HOT, STEPS, composed, composer_of


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_music_moved_is_the_same_music_elsewhere(bundle: Bundle) -> None:
    settings = HOT if bundle is BARS else Settings(decode="sample", steps=1000)
    moved, other = composer_of(settings, bundle), composer_of(settings, bundle)
    composed(moved, 2)
    composed(other, 2)
    moved.move(10 * BAR_TICKS)
    assert moved.next_tick == 10 * BAR_TICKS
    by = 8 * BAR_TICKS
    expected = [
        [replace(note, start_tick=note.start_tick + by) for note in bar.notes] for bar in composed(other, KEPT_BARS)
    ]
    found = composed(moved, KEPT_BARS)
    assert [list(bar.notes) for bar in found] == expected
    assert [bar.start_tick for bar in found[:2]] == [10 * BAR_TICKS, 11 * BAR_TICKS]
    moved.rewind(10 * BAR_TICKS)
    assert composed(moved, 2) == found[:2]
    moved.rewind(11 * BAR_TICKS)
    assert composed(moved, 1) == found[1:2]
    moved.move(2 * BAR_TICKS)
    assert composed(moved, 1)[0].start_tick == 2 * BAR_TICKS


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_there_is_no_way_back_behind_a_move(bundle: Bundle) -> None:
    settings = HOT if bundle is BARS else Settings(decode="sample", steps=1000)
    composer = composer_of(settings, bundle)
    composed(composer, 3)
    composer.move(5 * BAR_TICKS)
    assert composer.checkpoint_before(5 * BAR_TICKS - 1) is None
    with pytest.raises(ValueError, match=f"the tick {2 * BAR_TICKS} cannot be gone back to: \\[{5 * BAR_TICKS}\\] can"):
        composer.rewind(2 * BAR_TICKS)
    with pytest.raises(ValueError, match="the tick 100 is not on a bar line"):
        composer.move(100)
    assert composer.next_tick == 5 * BAR_TICKS


@pytest.mark.parametrize("bundle", [BARS, HANDS, STEPS])
def test_a_move_leaves_a_bar_that_was_read_in_part(bundle: Bundle) -> None:
    settings = Settings(decode="sample", steps=1000) if bundle is STEPS else HOT
    composer = composer_of(settings, bundle)
    composed(composer, 1)
    composer.read([Note(BAR_TICKS, 480, 60, 80)], BAR_TICKS + 960)
    composer.move(4 * BAR_TICKS)
    if bundle is not STEPS:
        assert VOCABULARY.decode(composer.ids[-1:]) == ["bar 4/4"]
        bar_ids = [at for at, token_id in enumerate(composer.ids) if token_id in bar_tokens.ids_of("bar")]
        read = VOCABULARY.decode(composer.ids[bar_ids[-2] :])
        assert [token for token in read if not token.startswith("hand")] == [
            *["bar 4/4", "position 0", "pitch 60", "duration 24"],
            "bar 4/4",
        ]
    bar = composed(composer, 1)[0]
    assert (bar.start_tick, bar.end_tick) == (4 * BAR_TICKS, 5 * BAR_TICKS)
    assert all(4 * BAR_TICKS <= note.start_tick < 5 * BAR_TICKS for note in bar.notes)


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_reading_and_changes_work_after_a_move(bundle: Bundle) -> None:
    settings = Settings(decode="sample", steps=1000) if bundle is STEPS else HOT
    composer = composer_of(settings, bundle)
    composed(composer, 2)
    composer.move(7 * BAR_TICKS)
    composer.read([Note(7 * BAR_TICKS, 480, 60, 80), Note(7 * BAR_TICKS + 480, 480, 64, 80)], 7 * BAR_TICKS + 960)
    rest = composed(composer, 1)[0]
    assert (rest.start_tick, rest.end_tick) == (7 * BAR_TICKS + 960, 8 * BAR_TICKS)
    assert all(rest.start_tick <= note.start_tick < rest.end_tick for note in rest.notes)
    composer.change(replace(composer.settings, key="C major"))
    after = composed(composer, 3)
    assert [bar.start_tick for bar in after] == [bar * BAR_TICKS for bar in (8, 9, 10)]
    assert {note.pitch % 12 for bar in after for note in bar.notes} <= {0, 2, 4, 5, 7, 9, 11}
    composer.rewind(7 * BAR_TICKS + 960)
    assert composed(composer, 1)[0].start_tick == rest.start_tick
    composer.change(Settings(decode="sample") if bundle is BARS else HOT, STEPS if bundle is BARS else BARS)
    assert composed(composer, 1)[0].start_tick == 8 * BAR_TICKS


def test_another_model_can_take_over_after_a_move() -> None:
    composer = composer_of()
    composed(composer, 2)
    composer.move(50 * BAR_TICKS)
    composer.change(Settings(decode="sample"), STEPS)
    assert composed(composer, 1)[0].start_tick == 50 * BAR_TICKS
    composer.change(HOT, HANDS)
    composer.move(3 * BAR_TICKS)
    bar = composed(composer, 1)[0]
    assert (bar.start_tick, bar.end_tick) == (3 * BAR_TICKS, 4 * BAR_TICKS)


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_a_take_moved_past_its_end_is_over_until_moved_back(bundle: Bundle) -> None:
    composer = composer_of(
        replace(HOT, bars=4) if bundle is BARS else Settings(decode="sample", steps=32, step="1/8"), bundle
    )
    composed(composer, 1)
    assert not composer.is_over
    composer.move(4 * BAR_TICKS)
    assert composer.is_over
    assert composer.compose() is None
    composer.move(2 * BAR_TICKS)
    assert not composer.is_over
    assert [bar.is_last for bar in composed(composer, 2)] == [False, True]
    assert composer.is_over
    composer.rewind(3 * BAR_TICKS)
    assert not composer.is_over
