"""A composer that reads notes of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.predictors import predictor, read_all
from musicgen_live.music.notes import Note
from tests.support.composers import BAR_TICKS, BARS, HANDS, HOT, PHRASE, STEPS, composed, composer_of


@pytest.mark.parametrize("bundle", [BARS, HANDS, STEPS])
def test_the_network_reads_the_notes_that_the_composer_reads(bundle: Bundle) -> None:
    settings = replace(HOT, variation=0.0, remind=0) if bundle is not STEPS else Settings(decode="sample", steps=1000)
    composer = composer_of(settings, bundle)
    composed(composer, 2)
    composer.read([replace(n, start_tick=n.start_tick + 2 * BAR_TICKS) for n in PHRASE], 3 * BAR_TICKS + 480)
    fresh = predictor(bundle.network())
    prompt = Performance.of(settings, bundle, 1).plan.prompt
    # The composer reads the prompt in another order of sums.
    assert np.allclose(composer.predicted_logits(), read_all(fresh, (*prompt, *composer.ids)), atol=1e-3)
    assert np.array_equal(composer.predicted_logits(), composer.predicted_logits())
    if bundle is BARS:
        assert VOCABULARY.decode(composer.ids[-7:]) == [
            *["bar 4/4", "position 0", "pitch 74", "duration 12"],
            *["position 12", "pitch 76", "duration 12"],
        ]
    elif bundle is STEPS:
        # This vocabulary lacks A4, B4, D5 and E5.
        assert bundle.vocabulary.decode(composer.ids[-6:]) == ["C4", "D4", "E4", "F4", "G4", "C5"]


def test_the_rest_of_a_bar_that_was_read_begins_behind_it() -> None:
    composer = composer_of()
    composed(composer, 1)
    for beats in (1, 2, 3):
        until_tick = BAR_TICKS + 480 * beats
        composer.read([Note(until_tick - 470, 400, 60 + beats, 90)], until_tick)
        rest = composed(composer, 1)[0]
        assert (rest.start_tick, rest.end_tick) == (until_tick, 2 * BAR_TICKS)
        assert all(until_tick <= note.start_tick < 2 * BAR_TICKS for note in rest.notes)
        score = bars.decode(VOCABULARY.decode([*composer.ids[:-1], *VOCABULARY.encode(["end"])]))
        read = [n for n in score.notes if BAR_TICKS <= n.start_tick < until_tick]
        assert [n.pitch for n in read] == [60 + beat for beat in range(1, beats + 1)]
        composer.rewind(until_tick)


def test_a_note_just_before_the_bar_line_is_read_as_one_on_it() -> None:
    composer = composer_of()
    composed(composer, 1)
    composer.read([Note(2 * BAR_TICKS - 5, 480, 60, 80)], 2 * BAR_TICKS)
    assert VOCABULARY.decode(composer.ids[-4:]) == ["bar 4/4", "position 0", "pitch 60", "duration 24"]
    composer.read([Note(2 * BAR_TICKS, 480, 64, 80)], 2 * BAR_TICKS + 480)
    assert VOCABULARY.decode(composer.ids[-3:]) == ["duration 24", "pitch 64", "duration 24"]
    assert all(note.start_tick >= 2 * BAR_TICKS + 480 for note in composed(composer, 1)[0].notes)


def test_played_notes_are_read_as_they_were_written() -> None:
    settings = replace(HOT, swing=0.6, velocity=60)
    composer = composer_of(settings)
    first = composed(composer, 3)
    ids = composer.ids
    composer.rewind(BAR_TICKS)
    notes = [note for bar in first[1:] for note in bar.notes]
    composer.read(notes, 3 * BAR_TICKS)
    decoded, again = (sorted(bars.decode([*VOCABULARY.decode(i[:-1]), "end"]).notes) for i in (ids, composer.ids))
    assert [replace(n, duration_ticks=0) for n in again] == [replace(n, duration_ticks=0) for n in decoded]


def test_only_music_ahead_can_be_read() -> None:
    composer = composer_of()
    composed(composer, 1)
    with pytest.raises(ValueError, match="music up to the tick 1920 already; 1920 is not behind it"):
        composer.read([], BAR_TICKS)
    with pytest.raises(ValueError, match="the tick 5 is not on a bar line of 4/4"):
        Composer(Performance.of(HOT, BARS, 1), 5)
