"""The clocks and figures of the sync benchmark."""

from __future__ import annotations

import pytest

from benchmarks.sync import alone, sizes_of
from benchmarks.sync_ways import JITTER_S, Case, cases, jittered_s


def test_errors_are_ranked_without_their_sign() -> None:
    errors_s = [0.001 * size * (-1 if size % 2 else 1) for size in range(200)]
    assert sizes_of(errors_s) == {
        "median_ms": 99.5,
        "p99_ms": 197.0,
        "max_ms": 199.0,
        "mean_with_sign_ms": -0.5,
        "notes": 200,
    }


def test_a_steady_clock_and_a_ramp() -> None:
    times_s = Case(120.0, 120.0, 4).pulses_s()
    assert len(times_s) == 97
    assert times_s[96] == pytest.approx(2.0)
    ramp = cases(16)["90 to 174"]
    assert (ramp.quarters, ramp.tempo_at(8), ramp.tempo_at(24), ramp.tempo_at(40)) == (48, 90, 132, 174)


def test_jitter_is_bounded_and_repeatable_and_not_on_pulse_0() -> None:
    case = Case(120.0, 120.0, 64)
    sent_s = jittered_s(case)
    offsets_s = [sent - at for sent, at in zip(sent_s, case.pulses_s(), strict=True)]
    assert offsets_s[0] == 0
    assert 2 * JITTER_S < max(map(abs, offsets_s)) <= 3 * JITTER_S + 1e-12
    assert sent_s == jittered_s(case)


def test_the_transport_beats_both_ways_without_a_control_loop() -> None:
    ways = alone(Case(120.0, 120.0, 32), seeds=2)
    assert ways["ours"]["notes"] == 98
    assert ways["ours"]["median_ms"] < min(ways["pulse"]["median_ms"], ways["mean of 24"]["median_ms"])
