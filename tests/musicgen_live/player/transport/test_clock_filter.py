"""The clock filter: the estimated moments of pulses with jitter, delays, losses and pauses."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Iterator

import pytest

from musicgen_live.player.transport.clock_filter import ClockFilter


def beat_times_s(tempo_of: Callable[[int], float], pulses: int) -> Iterator[float]:
    """Yield the moment of each pulse, at a tempo that may depend on its number."""
    at_s = 10.0
    for pulse in range(pulses):
        yield at_s
        at_s += 60 / 24 / tempo_of(pulse)


def errors_ms(tempo_of: Callable[[int], float], jitter_ms: float, pulses: int = 24 * 64) -> list[float]:
    """Return the absolute error of the estimate of each next pulse, from the ninth quarter on, sorted."""
    rng = random.Random(1)
    clock_filter, errors = ClockFilter(60 / 24 / 120), []
    for pulse, at_s in enumerate(beat_times_s(tempo_of, pulses)):
        if pulse >= 8 * 24:
            errors.append(abs(1000 * (clock_filter.time_of(pulse) - at_s)))
        clock_filter.receive(at_s + rng.gauss(0, jitter_ms / 1000))
    return sorted(errors)


def p99(errors: list[float]) -> float:
    return errors[int(0.99 * len(errors))]


@pytest.mark.parametrize("tempo", [40, 90, 120, 174, 300])
def test_a_steady_clock_is_followed_exactly(tempo: float) -> None:
    assert max(errors_ms(lambda _: tempo, 0)) < 0.000001


@pytest.mark.parametrize("tempo", [90, 120, 174])
def test_little_is_left_of_a_millisecond_of_jitter(tempo: float) -> None:
    errors = errors_ms(lambda _: tempo, 1)
    # Great errors are rare: a single pulse is 0.67 ms off at the median and 2.6 at the 99th percentile.
    assert statistics.median(errors) < 0.25
    assert p99(errors) < 0.95


def ramp(pulse: int) -> float:
    """Return a tempo that rises from 90 to 174 in eight bars, after two."""
    return 90 + 84 * min(1.0, max(0.0, (pulse - 8 * 24) / (32 * 24)))


def test_a_ramp_of_tempo_is_followed() -> None:
    errors = errors_ms(ramp, 1)
    assert statistics.median(errors) < 0.4
    assert p99(errors) < 1.7


@pytest.mark.parametrize("tempo", [115, 125])
def test_a_small_step_of_tempo_is_followed(tempo: float) -> None:
    # Of 40 beats: it takes about one until the pulses show which tempo it is.
    errors = errors_ms(lambda pulse: 120 if pulse < 24 * 24 else tempo, 1, 24 * 48)
    assert statistics.median(errors) < 0.3
    assert p99(errors) < 2.2


def test_a_jump_of_tempo_is_followed_within_a_beat() -> None:
    clock_filter = ClockFilter(60 / 24 / 120)
    times_s = list(beat_times_s(lambda pulse: 120 if pulse < 240 else 140, 300))
    for at_s in times_s[: 240 + 12]:
        clock_filter.receive(at_s)
    assert clock_filter.time_of(252) == pytest.approx(times_s[252], abs=0.0002)
    assert 60 / 24 / clock_filter.period_s == pytest.approx(140, abs=0.5)


@pytest.mark.parametrize("tempo", [60, 30, 400])
def test_a_jump_to_a_fraction_or_multiple_is_followed(tempo: float) -> None:
    clock_filter = ClockFilter(60 / 24 / 120)
    times_s = list(beat_times_s(lambda pulse: 120 if pulse < 240 else tempo, 300))
    for at_s in times_s[: 240 + 12]:
        clock_filter.receive(at_s)
    assert clock_filter.count == 251
    assert clock_filter.time_of(252) == pytest.approx(times_s[252], abs=0.0002)


def test_one_pulse_that_comes_late_moves_little() -> None:
    clock_filter = ClockFilter(60 / 24 / 120)
    times_s = list(beat_times_s(lambda _: 120, 201))
    for at_s in times_s[:199]:
        clock_filter.receive(at_s)
    clock_filter.receive(times_s[199] + 0.015)
    assert clock_filter.time_of(200) == pytest.approx(times_s[200], abs=0.0005)


@pytest.mark.parametrize("stall_s", [0.012, 0.03, 0.06, 0.2, 0.9])
@pytest.mark.parametrize("tempo", [90, 174])
def test_a_burst_of_delayed_pulses_moves_nothing(stall_s: float, tempo: float) -> None:
    # The machine delivers no pulse for a while, from any moment in a period on, and then all of them at once.
    for begins in range(10):
        clock_filter = ClockFilter(60 / 24 / 120)
        times_s = list(beat_times_s(lambda _: tempo, 180))
        from_s = times_s[100] + begins * 0.1 * 60 / 24 / tempo
        for at_s in times_s:
            is_delayed = from_s <= at_s < from_s + stall_s
            clock_filter.receive(from_s + stall_s if is_delayed else at_s)
        assert clock_filter.count == 179
        assert clock_filter.time_of(179) == pytest.approx(times_s[179], abs=0.0005)


def test_lost_pulses_are_counted() -> None:
    clock_filter = ClockFilter(60 / 24 / 120)
    times_s = list(beat_times_s(lambda _: 120, 110))
    for at_s in [*times_s[:100], *times_s[103:]]:
        clock_filter.receive(at_s)
    assert clock_filter.count == 109
    assert clock_filter.time_of(109) == pytest.approx(times_s[109], abs=0.000001)


def delivered_s(times_s: list[float], period_s: float, first_s: float) -> list[float]:
    """Return the arrivals of pulses through a MIDI server that delivers messages once a period."""
    return [first_s + period_s * math.ceil((at_s - first_s) / period_s) for at_s in times_s]


@pytest.mark.parametrize("frames", [256, 512, 1024])
@pytest.mark.parametrize("tempo", [40, 90, 100, 120, 174, 200, 240, 300])
def test_pulses_delivered_once_a_period_are_counted_once(tempo: float, frames: int) -> None:
    # At 174 BPM, 14.4 ms per pulse, a period of 21 ms has one or two pulses, one of 10.7 ms one or none.
    period_s = frames / 48_000
    times_s = list(beat_times_s(lambda _: tempo, 24 * 32))
    for begins in range(8):
        clock_filter = ClockFilter(60 / 24 / 120)
        for pulse, at_s in enumerate(delivered_s(times_s, period_s, 9 + begins * period_s / 8)):
            clock_filter.receive(at_s)
            if pulse > 24 * 4:
                assert 60 / 24 / clock_filter.period_s == pytest.approx(tempo, rel=0.15)
                # On average, a pulse is half of the server's period late.
                assert abs(clock_filter.time_of(pulse) - times_s[pulse] - period_s / 2) < period_s
        assert clock_filter.count == 24 * 32 - 1


def test_two_first_pulses_delivered_together_are_no_tempo() -> None:
    clock_filter = ClockFilter(60 / 24 / 120)
    clock_filter.receive(10.0)
    clock_filter.receive(10.00003)
    assert (clock_filter.count, clock_filter.period_s, clock_filter.time_of(1)) == (1, 60 / 24 / 120, 10.00003)


@pytest.mark.parametrize("tempo", [90, 120, 174])
@pytest.mark.parametrize("lost_of_three", [1, 2, 3])
def test_pulses_lost_among_delayed_ones_are_counted(tempo: float, lost_of_three: int) -> None:
    # A process that a busy machine stops: some of the pulses meanwhile are lost, the others arrive together.
    rng = random.Random(2)
    times_s = list(beat_times_s(lambda _: tempo, 24 * 32))
    clock_filter, free_s = ClockFilter(60 / 24 / 120), 0.0
    for pulse, at_s in enumerate(times_s):
        if pulse % 50 == 40:
            free_s = at_s + rng.uniform(0.01, 0.12)
        is_delayed = at_s < free_s
        if not is_delayed or pulse % 3 >= lost_of_three:
            clock_filter.receive(max(at_s, free_s) + rng.uniform(0, 0.001))
    assert clock_filter.count == 24 * 32 - 1
    assert clock_filter.time_of(24 * 32 - 1) == pytest.approx(times_s[-1] + 0.0005, abs=0.0005)


def test_a_clock_unsteady_after_a_gap_is_resolved_in_the_end() -> None:
    # Every other pulse is 12 ms late from then on: few pulses never lie on a line.
    clock_filter = ClockFilter(60 / 24 / 120)
    for at_s in beat_times_s(lambda _: 120, 200):
        clock_filter.receive(at_s)
    times_s = [at_s + 4.33 for at_s in beat_times_s(lambda _: 110, 400)]
    for pulse, at_s in enumerate(times_s):
        clock_filter.receive(at_s + 0.012 * (pulse % 2))
    assert clock_filter.count == 599
    assert 60 / 24 / clock_filter.period_s == pytest.approx(110, rel=0.1)
    assert clock_filter.time_of(599) == pytest.approx(times_s[-1] + 0.006, abs=0.01)


@pytest.mark.parametrize("pause_s", [0.0521, 0.303, 0.75, 7.0])
def test_a_pause_is_not_counted(pause_s: float) -> None:
    # At 120 BPM: two and a half pulses, 14 and a half, 36, and many; then the clock continues.
    clock_filter = ClockFilter(60 / 24 / 120)
    times_s = list(beat_times_s(lambda _: 120, 130))
    for at_s in times_s[:100] + [at_s + pause_s for at_s in times_s[100:]]:
        clock_filter.receive(at_s)
    assert clock_filter.count == 129
    assert clock_filter.time_of(129) == pytest.approx(times_s[129] + pause_s, abs=0.000001)


def test_a_first_pulse_in_time_continues_and_another_restarts() -> None:
    clock_filter = ClockFilter(60 / 24 / 120)
    times_s = list(beat_times_s(lambda _: 120, 102))
    for at_s in times_s[:100]:
        clock_filter.receive(at_s)
    clock_filter.receive_first(times_s[100] + 0.001)
    assert clock_filter.count == 100
    assert clock_filter.time_of(100) == pytest.approx(times_s[100], abs=0.0003)
    clock_filter.receive_first(times_s[101] + 0.008)
    assert (clock_filter.count, clock_filter.time_of(101)) == (101, times_s[101] + 0.008)
    assert clock_filter.period_s == pytest.approx(1 / 48, abs=0.0001)


def test_time_and_pulse_are_inverse() -> None:
    clock_filter = ClockFilter(60 / 24 / 97)
    for at_s in beat_times_s(lambda _: 97, 50):
        clock_filter.receive(at_s)
    assert clock_filter.pulse_at(clock_filter.time_of(53.25)) == pytest.approx(53.25)
