"""The bars of a take: composed, taken back, repeated, and read from a musician, with a shipped model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.music.notes import Note
from musicgen_live.session.kept_bars import FORGOTTEN_AT_ONCE_BARS
from musicgen_live.session.model_cache import load_model
from musicgen_live.session.state import LiveState
from musicgen_live.session.timeline import Timeline
from tests.support.light import light_performance
from tests.support.musician import BAR, SONATINA

PERFORMANCE = light_performance(SONATINA, 3)
STATE = LiveState(PERFORMANCE.settings)
PHRASE = (Note(0, 480, 61, 80), Note(480, 480, 66, 80), Note(960, 960, 70, 80))


def timeline_of(*, bars: int = 0, plays: bool = True) -> Timeline:
    """Return a timeline in which the model has composed a number of bars."""
    timeline = Timeline(Composer(PERFORMANCE), STATE.settings, seed=3, load=load_model, plays=plays)
    for _ in range(bars):
        timeline.next_bar()
    return timeline


def next_bar(timeline: Timeline) -> Bar:
    bar = timeline.next_bar()
    assert bar is not None
    return bar


def notes_from(timeline: Timeline, tick: int) -> list[Note]:
    return [note for bar in timeline.planned(tick) for note in bar.notes]


# --- taking back and keeping ---------------------------------------------------------------------------------------


def test_a_bar_taken_back_is_composed_the_same_again() -> None:
    timeline = timeline_of(bars=3)
    planned, tokens = timeline.planned(0), timeline.tokens
    timeline.take_back(BAR)
    assert (timeline.next_tick, timeline.tokens) == (BAR, len(planned[0].ids))
    assert [next_bar(timeline), next_bar(timeline)] == planned[1:]
    assert timeline.tokens == tokens


def test_taken_back_into_a_bar_its_first_notes_stay() -> None:
    timeline = timeline_of(bars=2)
    first = [note for note in notes_from(timeline, 0) if note.start_tick < BAR + 960]
    timeline.take_back(BAR + 960)
    assert timeline.next_tick == BAR + 960
    assert notes_from(timeline, 0) == first


def test_the_rest_of_a_bar_is_planned_too() -> None:
    timeline = timeline_of(bars=2)
    rest, bar = timeline.planned(960)
    assert (rest.start_tick, rest.end_tick, bar.start_tick) == (960, BAR, BAR)
    assert min(note.start_tick for note in rest.notes) >= 960


def test_a_kept_plan_replaces_what_was_composed_instead() -> None:
    timeline = timeline_of(bars=3)
    planned, notes, basis = timeline.planned(BAR), notes_from(timeline, 0), timeline.basis
    timeline.take_back(BAR)
    timeline.apply(timeline.next_tick, STATE, STATE, {"reroll"}, None)
    assert next_bar(timeline).notes != planned[0].notes
    timeline.keep(basis, planned, BAR, 2 * BAR)
    assert timeline.next_tick == 2 * BAR
    assert notes_from(timeline, 0) == [note for note in notes if note.start_tick < 2 * BAR]


# --- changes -------------------------------------------------------------------------------------------------------


def test_a_state_applies_from_the_next_bar_on() -> None:
    timeline = timeline_of(bars=1)
    first = notes_from(timeline, 0)
    timeline.apply(timeline.next_tick, STATE.changed(Change("velocity", 1)), STATE, (), None)
    assert max(note.velocity for note in next_bar(timeline).notes) < min(note.velocity for note in first)
    assert [note for note in notes_from(timeline, 0) if note.start_tick < BAR] == first


def test_each_reroll_gives_other_music() -> None:
    bars = []
    timeline = timeline_of(bars=1)
    for _ in range(3):
        timeline.take_back(BAR)
        timeline.apply(timeline.next_tick, STATE, STATE, {"reroll"}, None)
        bars.append(next_bar(timeline).notes)
    assert len(set(bars)) == 3


def test_a_freeze_repeats_bars_that_cost_no_tokens() -> None:
    timeline = timeline_of(bars=2)
    notes, tokens = notes_from(timeline, BAR), timeline.tokens
    frozen = replace(STATE, freeze_bars=1)
    timeline.apply(timeline.next_tick, frozen, STATE, (), None)
    repeated = [replace(note, start_tick=note.start_tick + BAR) for note in notes]
    assert next_bar(timeline).notes == tuple(sorted(repeated))
    assert timeline.tokens == tokens
    assert not timeline.can_recompose
    timeline.apply(timeline.next_tick, STATE, frozen, (), None)
    assert timeline.can_recompose


def test_a_freeze_needs_a_bar() -> None:
    with pytest.raises(SettingsError, match="wait for a bar"):
        timeline_of().apply(0, replace(STATE, freeze_bars=1), STATE, (), None)


# --- turns ---------------------------------------------------------------------------------------------------------


def test_a_turn_has_its_bars_and_no_more() -> None:
    timeline = timeline_of(plays=False)
    assert not timeline.has_turn
    timeline.begin_turn(BAR, 3 * BAR)
    assert [next_bar(timeline).start_tick, next_bar(timeline).end_tick] == [BAR, 3 * BAR]
    assert not timeline.has_turn
    assert [timeline.has_turn_at(tick) for tick in (2 * BAR, 3 * BAR)] == [True, False]


def test_a_turn_from_a_beat_ends_within_a_bar() -> None:
    timeline = timeline_of(plays=False)
    timeline.begin_turn(BAR + 480, 2 * BAR + 480)
    bars = [next_bar(timeline), next_bar(timeline)]
    assert [(bar.start_tick, bar.end_tick) for bar in bars] == [(BAR + 480, 2 * BAR), (2 * BAR, 2 * BAR + 480)]
    assert not timeline.has_turn


def test_the_end_of_a_turn_takes_back_the_rest() -> None:
    timeline = timeline_of(bars=2)
    timeline.end_turn(BAR + 480)
    assert (timeline.next_tick, timeline.has_turn) == (BAR + 480, False)
    assert max(note.start_tick for note in notes_from(timeline, 0)) < BAR + 480


def test_the_model_continues_a_phrase_that_it_has_read() -> None:
    bars = []
    for notes in (PHRASE, ()):
        timeline = timeline_of(plays=False)
        timeline.read(notes, 0, BAR)
        timeline.begin_turn(BAR, None)
        bars.append(next_bar(timeline))
        assert timeline.planned(0) == bars[-1:]
    assert bars[0].notes != bars[1].notes


@pytest.mark.parametrize("tick", [BAR, BAR + 480])
def test_a_turn_begins_with_a_note_unless_it_may_rest(tick: int) -> None:
    timelines = [timeline_of(plays=False) for _ in range(12)]
    for reroll, timeline in enumerate(timelines):
        timeline.read(PHRASE, 0, tick)
        timeline.begin_turn(tick, None, may_rest=False)
        timeline.apply(timeline.next_tick, STATE, STATE, ["reroll"] * (reroll > 0), None)
    onsets = [next_bar(timeline).notes[0].start_tick for timeline in timelines]
    assert onsets == [tick] * 12
    # The bar after it is free to begin with a rest, and the first one too if it may.
    timeline = timeline_of(plays=False)
    timeline.begin_turn(tick, None, may_rest=True)
    assert timeline.next_bar() is not None


def test_a_limit_that_forbids_a_note_at_once_holds() -> None:
    # One voice, and a note of the phrase that sounds on.
    timeline = timeline_of(plays=False)
    one_voice = STATE.changed(Change("polyphony", 1))
    timeline.apply(timeline.next_tick, one_voice, STATE, (), None)
    timeline.read((Note(0, 2 * BAR, 60, 80),), 0, BAR)
    timeline.begin_turn(BAR, None, may_rest=False)
    assert [note for note in next_bar(timeline).notes if note.start_tick < 2 * BAR] == []


def test_a_turn_after_a_long_rest_starts_at_its_tick() -> None:
    timeline = timeline_of(plays=False)
    timeline.read(PHRASE, 0, BAR)
    timeline.begin_turn(100 * BAR, None)
    assert (timeline.turn_tick, next_bar(timeline).start_tick) == (100 * BAR, 100 * BAR)


def test_recompose_keeps_the_bars_before_and_changes_the_next() -> None:
    timeline = timeline_of(bars=2)
    first, second = timeline.planned(0)
    timeline.recompose(PHRASE, 0, BAR)
    assert (timeline.next_tick, timeline.planned(0)) == (BAR, [first])
    assert timeline.tokens == len(first.ids)
    assert next_bar(timeline).notes != second.notes


@pytest.mark.parametrize("plays", [True, False])
def test_a_move_drops_all_bars(plays: bool) -> None:
    timeline = timeline_of(bars=2)
    timeline.move(40 * BAR, plays=plays)
    assert (timeline.planned(0), timeline.next_tick, timeline.has_turn) == ([], 40 * BAR, plays)


def test_the_oldest_bars_are_forgotten_some_at_once() -> None:
    timeline = timeline_of(bars=20 + FORGOTTEN_AT_ONCE_BARS - 1)
    assert timeline.forget_oldest(20) is None
    next_bar(timeline)
    assert timeline.forget_oldest(20) == (0, FORGOTTEN_AT_ONCE_BARS * BAR)
    assert timeline.forget_oldest(20) is None
    assert [bar.start_tick // BAR for bar in timeline.planned(0)] == list(range(64, 84))


def test_what_was_left_longest_ago_is_forgotten_first() -> None:
    timeline = timeline_of(bars=70)
    timeline.seek(200 * BAR)
    next_bar(timeline)
    timeline.seek(400 * BAR)
    next_bar(timeline)
    assert timeline.forget_oldest(8) == (0, 64 * BAR)
    assert timeline.forget_oldest(0) is None
    assert [bar.start_tick // BAR for bar in timeline.bars.elsewhere_after(-1)] == [*range(64, 70), 200]
    assert [bar.start_tick // BAR for bar in timeline.planned(0)] == [400]
