"""How near to a bar line a change can still be made: as near as composing has been quick lately."""

from __future__ import annotations

import pytest

from musicgen_live.session.lead_time import LeadTime


def test_before_anything_was_composed_and_on_an_idle_machine_it_is_the_floor() -> None:
    pace = LeadTime()
    assert pace.margin_s() == 0.04
    for _ in range(20):
        pace.composed(0.015)
    assert pace.margin_s() == 0.04


def test_it_grows_with_the_slowest_of_the_latest_eight_bars_and_recovers() -> None:
    pace = LeadTime()
    pace.composed(0.1)
    margins = []
    for _ in range(8):
        margins.append(pace.margin_s())
        pace.composed(0.01)
    assert margins == [pytest.approx(0.11)] * 8
    assert pace.margin_s() == 0.04


def test_another_model_takes_what_the_latest_three_took_to_hear_the_music_besides() -> None:
    pace = LeadTime()
    pace.composed(0.02)
    assert pace.margin_s(other_model=True) == pytest.approx(0.13)
    for took_s in (0.2, 0.03, 0.04):
        pace.model_switched(took_s)
    assert pace.margin_s(other_model=True) == pytest.approx(0.23)
    pace.model_switched(0.03)
    assert pace.margin_s(other_model=True) == pytest.approx(0.07)
    assert pace.margin_s() == 0.04


def test_a_machine_that_slept_does_not_put_changes_off_for_long() -> None:
    pace = LeadTime()
    pace.composed(3600.0)
    assert pace.margin_s() == 0.5


def test_outputs_that_sound_late_are_counted_in() -> None:
    pace = LeadTime(ahead_s=0.1)
    assert pace.margin_s() == pytest.approx(0.14)
    assert [pace.is_late(now_s, 5.0) for now_s in (4.88, 4.9, 5.0)] == [False, True, True]


def test_what_is_ready_a_hundredth_of_a_second_before_it_is_due_is_in_time() -> None:
    assert [LeadTime().is_late(now_s, 5.0) for now_s in (4.98, 4.995, 5.1)] == [False, True, True]
