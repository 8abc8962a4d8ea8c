"""The margin before a bar line within which it is too late for a change."""

from __future__ import annotations

import pytest

from musicgen_live.session.lead_time import LeadTime


def test_an_idle_machine_has_the_least_margin() -> None:
    lead_time = LeadTime()
    assert lead_time.margin_s() == 0.04
    for _ in range(20):
        lead_time.composed(0.015)
    assert lead_time.margin_s() == 0.04


def test_the_slowest_of_the_latest_eight_bars_counts() -> None:
    lead_time = LeadTime()
    lead_time.composed(0.1)
    margins = []
    for _ in range(8):
        margins.append(lead_time.margin_s())
        lead_time.composed(0.01)
    assert margins == [pytest.approx(0.11)] * 8
    assert lead_time.margin_s() == 0.04


def test_another_model_adds_the_slowest_of_the_latest_three() -> None:
    lead_time = LeadTime()
    lead_time.composed(0.02)
    assert lead_time.margin_s(other_model=True) == pytest.approx(0.13)
    for took_s in (0.2, 0.03, 0.04):
        lead_time.model_switched(took_s)
    assert lead_time.margin_s(other_model=True) == pytest.approx(0.23)
    lead_time.model_switched(0.03)
    assert lead_time.margin_s(other_model=True) == pytest.approx(0.07)
    assert lead_time.margin_s() == 0.04


def test_a_machine_that_slept_has_the_greatest_margin() -> None:
    lead_time = LeadTime()
    lead_time.composed(3600.0)
    assert lead_time.margin_s() == 0.5


def test_the_latency_of_outputs_is_added() -> None:
    lead_time = LeadTime(ahead_s=0.1)
    assert lead_time.margin_s() == pytest.approx(0.14)
    assert [lead_time.is_late(now_s, 5.0) for now_s in (4.88, 4.9, 5.0)] == [False, True, True]


def test_a_bar_ready_10_ms_before_it_is_due_is_in_time() -> None:
    assert [LeadTime().is_late(now_s, 5.0) for now_s in (4.98, 4.995, 5.1)] == [False, True, True]
