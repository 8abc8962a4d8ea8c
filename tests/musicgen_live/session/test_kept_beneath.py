"""Kept bars beneath the music: their notes under other bars, and the rests that are fed for them alone."""

from __future__ import annotations

from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.session.kept_beneath import KeptBeneath
from musicgen_live.session.loop import Loop

BAR = 1920
METERS = MeterMap.of(COMMON_TIME)
KEPT = Loop((Note(0, 480, 60, 80), Note(BAR, 240, 62, 80)), 0, 2 * BAR)


def switched_on(line_tick: int) -> KeptBeneath:
    kept = KeptBeneath()
    kept.latest = KEPT
    kept.switch(line_tick, is_on=True)
    return kept


def test_they_begin_at_the_line_and_go_round() -> None:
    bars = [Bar(number * BAR, (number + 1) * BAR, (), ()) for number in (3, 4, 5)]
    assert switched_on(3 * BAR).notes(bars) == (
        Note(3 * BAR, 480, 60, 80),
        Note(4 * BAR, 240, 62, 80),
        Note(5 * BAR, 480, 60, 80),
    )


def test_switched_off_or_with_nothing_kept_there_is_none() -> None:
    kept = KeptBeneath()
    kept.switch(0, is_on=True)
    assert (kept.is_on, kept.notes([Bar(0, BAR, (), ())])) == (False, ())
    kept = switched_on(0)
    kept.switch(BAR, is_on=False)
    assert (kept.is_on, kept.notes([Bar(0, BAR, (), ())]), kept.next_rest(BAR, METERS)) == (False, (), None)


def test_rests_are_fed_up_to_the_bar_of_a_tick() -> None:
    kept = switched_on(0)
    kept.fed_until_tick = BAR + 960
    assert kept.next_rest(2 * BAR, METERS) == Bar(BAR + 960, 2 * BAR, (), ())
    kept.fed_until_tick = 2 * BAR
    assert kept.next_rest(2 * BAR, METERS) == Bar(2 * BAR, 3 * BAR, (), ())
    kept.fed_until_tick = 3 * BAR
    assert kept.next_rest(2 * BAR, METERS) is None
