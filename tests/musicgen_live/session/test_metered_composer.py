"""A composer that goes on in other time signatures, and back before them. A bar of 4/4 has 1,920 ticks."""

from __future__ import annotations

import pytest

from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.session.metered_composer import MeteredComposer
from tests.support.light import light_performance

SONATINA = load_preset("sonatina").settings.changed({"meter": "4/4", "bars": 8})


def composer_of(settings: Settings = SONATINA) -> MeteredComposer:
    performance = light_performance(settings, 3)
    return MeteredComposer(Composer(performance), performance.settings)


def in_meter(meter: str, settings: Settings = SONATINA) -> Settings:
    return settings.changed({"meter": meter})


def composed(composer: MeteredComposer, bars: int) -> list[Bar]:
    found = [composer.compose() for _ in range(bars)]
    return [bar for bar in found if bar is not None]


def spans(bars: list[Bar]) -> list[tuple[int, int]]:
    return [(bar.start_tick, bar.end_tick) for bar in bars]


def test_bars_have_the_length_of_their_time_signature() -> None:
    composer = composer_of()
    first = composed(composer, 2)
    composer.begin_meter(3840, in_meter("3/4"))
    bars = [*first, *composed(composer, 6)]
    assert spans(bars) == [(0, 1920), (1920, 3840), *((tick, tick + 1440) for tick in range(3840, 12480, 1440))]
    assert all(bar.start_tick <= note.start_tick < bar.end_tick for bar in bars for note in bar.notes)
    # The take keeps its eight bars.
    assert [bar.is_last for bar in bars] == [False] * 7 + [True]


def test_a_time_signature_waits_until_the_music_comes_there() -> None:
    at_once, waits = composer_of(), composer_of()
    expected = composed(at_once, 2)
    at_once.begin_meter(3840, in_meter("3/4"))
    waits.begin_meter(3840, in_meter("3/4"))
    assert composed(waits, 4) == [*expected, *composed(at_once, 2)]


def test_it_goes_back_before_a_time_signature_and_on_again() -> None:
    composer = composer_of()
    composer.begin_meter(3840, in_meter("3/4"))
    bars = composed(composer, 4)
    composer.go_back(1920)
    assert composer.next_tick == 1920
    assert composed(composer, 3) == bars[1:]


def test_it_goes_back_to_a_place_within_a_time_signature() -> None:
    composer = composer_of()
    composer.begin_meter(1920, in_meter("3/4"))
    bars = composed(composer, 4)
    for tick, index in ((5000, 3), (3360, 2), (1920, 1)):
        composer.go_back(tick)
        assert composed(composer, 4 - index) == bars[index:]


def test_one_that_the_model_cannot_have_changes_nothing() -> None:
    composer, other = composer_of(), composer_of()
    bars = composed(composer, 1)
    for tick in (0, 1920, 3840):
        with pytest.raises(SettingsError, match="meter is '31/32'"):
            composer.begin_meter(tick, in_meter("31/32"))
    assert composer.meters.meters == (Meter(0, 1, COMMON_TIME),)
    assert [*bars, *composed(composer, 2)] == composed(other, 3)


def test_another_one_replaces_those_that_wait() -> None:
    composer = composer_of()
    composer.begin_meter(1920, in_meter("3/4"))
    composer.begin_meter(3360, in_meter("2/4"))
    composer.begin_meter(1920, in_meter("6/8"))
    assert composer.meters.meters == (Meter(0, 1, COMMON_TIME), Meter(1920, 2, TimeSignature(6, 8)))
    composer.begin_meter(1920, in_meter("4/4"))
    assert spans(composed(composer, 3)) == [(0, 1920), (1920, 3840), (3840, 5760)]


def test_a_take_may_begin_with_another_one() -> None:
    composer = composer_of()
    composer.begin_meter(0, in_meter("3/4"))
    assert spans(composed(composer, 2)) == [(0, 1440), (1440, 2880)]


def test_notes_are_read_across_time_signatures() -> None:
    composer = composer_of()
    composer.begin_meter(1920, in_meter("3/4"))
    composer.begin_meter(3360, in_meter("2/4"))
    notes = [Note(480 * beat, 480, 60 + beat, 80) for beat in range(9)]
    composer.read(notes, 4320)
    assert composer.next_tick == 4320
    composer.go_back(2400)
    assert composer.next_tick <= 2400
    composer.read(notes, 3840)
    assert spans(composed(composer, 2)) == [(3840, 4320), (4320, 5280)]


def test_silence_crosses_time_signatures_in_whole_bars() -> None:
    composer = composer_of()
    composer.begin_meter(1920, in_meter("3/4"))
    composer.move(1920 + 2 * 1440)
    assert spans(composed(composer, 1)) == [(4800, 6240)]


def test_changes_hold_in_the_time_signature_that_waits() -> None:
    composer = composer_of()
    composer.begin_meter(1920, in_meter("3/4"))
    composer.change(in_meter("3/4", SONATINA.changed({"velocity": 20})))
    first, second = composed(composer, 2)
    assert max(note.velocity for note in second.notes) < min(note.velocity for note in first.notes)


def test_an_adaptation_holds_before_and_after_it() -> None:
    composer = composer_of()
    composer.begin_meter(1920, in_meter("3/4"))
    composer.adapt(lambda settings: settings.changed({"velocity": 20}))
    assert {note.velocity < 50 for bar in composed(composer, 2) for note in bar.notes} == {True}


def test_a_model_without_bars_stops_at_the_line() -> None:
    classic = load_preset("classic").settings.changed({"meter": "4/4", "steps": 64})
    composer = composer_of(classic)
    composer.begin_meter(1920, in_meter("3/8", classic))
    bars = composed(composer, 3)
    assert [bar.start_tick for bar in bars][:2] == [0, 1920]
    assert bars[0].end_tick == 1920


def test_composers_of_time_signatures_long_past_are_forgotten() -> None:
    composer = composer_of(SONATINA.changed({"bars": 300}))
    for meter in ("2/4", "3/8", "2/4", "3/8", "2/4"):
        composer.begin_meter(composer.next_tick, in_meter(meter))
        composer.move(composer.meters.later_by(50, composer.next_tick))
    assert len(composer.meters.meters) == 5
    assert len(composer.course.stages) == 2
    composer.go_back(composer.next_tick - 480)
    assert composer.compose() is not None
