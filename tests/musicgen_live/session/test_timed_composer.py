"""Composing against a clock: the bar lines that a new bar can still make, and a plan that stays where it cannot."""

from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.player.reports import Began
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.timed_composer import NewPlan, TimedComposer
from musicgen_live.session.timeline import Timeline
from tests.support.light import light_performance
from tests.support.musician import BAR, BAR_S, SONATINA

PERFORMANCE = light_performance(SONATINA, 3)


class Rig:
    """Three bars planned by a composer that takes `takes_s` for each; the music begins at 0 s."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.takes_s = 0.0
        rig = self

        class SlowComposer(Composer):
            def compose(self) -> Bar | None:
                rig.now_s += rig.takes_s
                return super().compose()

        self.timeline = Timeline(
            SlowComposer(PERFORMANCE),
            PERFORMANCE.settings,
            seed=3,
            load=lambda _: PERFORMANCE.bundle,
            plays=True,
        )
        playhead = Playhead(120.0, COMMON_TIME, follows=False)
        playhead.handle(Began(0.0))
        self.composer = TimedComposer(self.timeline, playhead, lambda: self.now_s)
        for _ in range(3):
            self.composer.next_bar()
        self.takes_s = takes_s

    def replace(self, at_tick: int) -> NewPlan:
        return self.composer.replace(at_tick, self.timeline.take_back)


def test_a_bar_line_is_too_near_within_the_margin() -> None:
    rig = Rig()
    for rig.now_s, line_tick, is_too_near in ((1.9, BAR, False), (1.97, 2 * BAR, True)):
        assert (rig.composer.first_line(), rig.composer.is_too_near(BAR)) == (line_tick, is_too_near)


def test_a_slow_bar_widens_the_margin() -> None:
    rig = Rig(takes_s=0.3)
    rig.composer.next_bar()
    rig.now_s = BAR_S - 0.2
    assert rig.composer.first_line() == 2 * BAR


def test_a_plan_is_replaced_where_the_bar_is_in_time() -> None:
    rig = Rig(takes_s=0.1)
    rig.now_s = BAR_S - 0.2
    plan = rig.replace(BAR)
    assert plan.bar is not None
    assert (plan.at_tick, plan.bar.start_tick, rig.timeline.next_tick) == (BAR, BAR, 2 * BAR)


def test_a_late_bar_leaves_the_plan_for_another_bar() -> None:
    rig = Rig(takes_s=0.3)
    rig.now_s = BAR_S - 0.2
    (kept, _) = rig.timeline.planned(BAR)
    plan = rig.replace(BAR)
    assert plan.bar is not None
    assert (plan.at_tick, plan.bar.start_tick) == (2 * BAR, 2 * BAR)
    assert rig.timeline.planned(BAR)[0].notes == kept.notes


def test_a_late_bar_before_the_end_of_the_turn_replaces_nothing() -> None:
    rig = Rig()
    rig.timeline.end_turn(BAR)
    rig.timeline.begin_turn(BAR, 2 * BAR)
    rig.composer.next_bar()
    rig.takes_s, rig.now_s = 0.3, BAR_S - 0.2
    assert rig.replace(BAR) == NewPlan(2 * BAR, None, has_turn=False)


def test_an_error_leaves_the_plan_unchanged() -> None:
    rig = Rig()
    notes = [bar.notes for bar in rig.timeline.planned(0)]

    def fail(tick: int) -> None:
        rig.timeline.take_back(tick)
        raise SettingsError("these limits leave no note")

    with pytest.raises(SettingsError):
        rig.composer.replace(BAR, fail)
    assert [bar.notes for bar in rig.timeline.planned(0)] == notes
    assert rig.timeline.next_tick == 3 * BAR


def test_a_time_signature_whose_bar_came_too_late_is_left_the_time_to_be_read_again() -> None:
    rig = Rig()
    waltz = PERFORMANCE.settings.changed({"meter": "3/4"})

    def prepare(tick: int) -> None:
        rig.timeline.take_back(tick)
        rig.timeline.begin_meter(tick, waltz, None)
        rig.now_s += 1.85

    # Ready at 3.55 s, too late for bar 2, and bar 3 is less than half a second away then.
    rig.now_s = BAR_S - 0.3
    before = rig.timeline.planned(0)
    plan = rig.composer.replace(BAR, prepare, begins_meter=True)
    assert (plan.at_tick, rig.timeline.meters.bar_of(3 * BAR + 1440)) == (3 * BAR, 5)
    assert [bar.notes for bar in rig.timeline.planned(0)[:3]] == [bar.notes for bar in before]
    assert plan.bar is not None
    assert (plan.bar.start_tick, plan.bar.end_tick) == (3 * BAR, 3 * BAR + 1440)
