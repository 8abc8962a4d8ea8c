"""Two clocks at one port: they are told apart, and the music is where the followed one is."""

from __future__ import annotations

import random

import pytest

from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.player.commands import ClockIn
from musicgen_live.player.reports import Notice
from musicgen_live.player.transport.base import Started, TransportEvent
from musicgen_live.player.transport.clock_sources import find_two
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.daw import CONTINUE, START, STOP, Daw

JACK_CYCLE_S = 256 / 48000


def received(*daws: Daw, jitter_s: float = 0.0005) -> list[ClockIn]:
    """Return the messages of all as a port gets them: a little late, and in the order of their arrival."""
    rng = random.Random(3)
    late = [ClockIn(sent.at_s + abs(rng.gauss(0, jitter_s)), sent.message) for daw in daws for sent in daw.sent]
    return sorted(late, key=lambda sent: sent.at_s)


def followed(messages: list[ClockIn]) -> tuple[MidiClockTransport, list[TransportEvent]]:
    transport = MidiClockTransport(COMMON_TIME, 120)
    return transport, [event for message in messages for event in transport.receive(message)]


def said(events: list[TransportEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice) and "Two clocks" in event.text]


@pytest.mark.parametrize(("tempo", "other"), [(120, 97), (97, 120), (174, 90), (100, 140)])
@pytest.mark.parametrize("joins_s", [-2.9, 0.05, 6.1])
def test_the_music_is_where_the_daw_is(tempo: float, other: float, joins_s: float) -> None:
    daw = Daw(at_s=1.0, tempo=tempo).sends(START).beats(40)
    stranger = Daw(at_s=1.0 + joins_s, tempo=other)
    stranger.pulses(int((daw.at_s - stranger.at_s) * other * 24 / 60))
    transport, events = followed(received(daw, stranger))
    (sentence,) = said(events)
    assert sentence.startswith(f"Two clocks come in at this port, of {tempo} and {other} BPM")
    assert transport.tempo == pytest.approx(tempo, rel=0.01)
    assert transport.due_s(40 * 480) == pytest.approx(daw.at_s, abs=0.01)


def test_the_other_clock_may_stop() -> None:
    daw = Daw(at_s=1.0).sends(START).beats(40)
    stranger = Daw(at_s=0.5, tempo=97).beats(20)
    transport, events = followed(received(daw, stranger))
    assert len(said(events)) == 1
    assert transport.due_s(40 * 480) == pytest.approx(daw.at_s, abs=0.01)


def test_when_the_followed_clock_is_silent_the_music_stops() -> None:
    daw = Daw(at_s=1.0).sends(START).beats(16)
    stranger = Daw(at_s=0.5, tempo=97).beats(40)
    transport, _ = followed(received(daw, stranger))
    assert transport.timeout_s is not None
    assert transport.timeout_s == pytest.approx(daw.at_s + 2.0, abs=0.05)
    transport.timeout(transport.timeout_s)
    assert not transport.runs
    assert transport.tick_at(99.0) == 16 * 480


def test_stop_and_continue_among_two_clocks() -> None:
    daw = Daw(at_s=1.0).beats(6).sends(START).beats(8).sends(STOP).beats(5).sends(CONTINUE).beats(8)
    stranger = Daw(at_s=0.2, tempo=97).beats(24)
    transport, events = followed(received(daw, stranger, jitter_s=0.0))
    assert [event.tick for event in events if isinstance(event, Started)] == [0, 8 * 480]
    assert transport.due_s(16 * 480) == pytest.approx(daw.at_s, abs=0.01)


def pulses(tempo: float, count: int, *, jitter_s: float = 0.0, cycle_s: float = 0.0, at_s: float = 0.0) -> list[float]:
    """Return the arrivals of a clock's pulses, delivered once in each cycle."""
    rng = random.Random(5)
    arrivals = [at_s + number * 60 / 24 / tempo + abs(rng.gauss(0, jitter_s)) for number in range(count)]
    return sorted(-(-arrival_s // cycle_s) * cycle_s if cycle_s else arrival_s for arrival_s in arrivals)


@pytest.mark.parametrize("tempo", [40, 60, 90, 120, 140, 174, 200])
@pytest.mark.parametrize("cycle_s", [0.0, JACK_CYCLE_S, 4 * JACK_CYCLE_S, 1024 / 44100])
@pytest.mark.parametrize("jitter_s", [0.0, 0.001, 0.003])
def test_one_clock_is_never_two(tempo: float, cycle_s: float, jitter_s: float) -> None:
    arrivals = pulses(tempo, 400, jitter_s=jitter_s, cycle_s=cycle_s)
    assert not any(find_two(arrivals[end - 96 : end]) for end in range(96, 400, 16))


@pytest.mark.parametrize("later", [60, 90, 119, 130, 174, 180, 240])
def test_a_clock_that_changes_its_tempo_is_never_two(later: float) -> None:
    arrivals = pulses(120, 96)
    arrivals += pulses(later, 96, at_s=arrivals[-1] + 60 / 24 / later)
    assert not any(find_two(arrivals[end - 96 : end]) for end in range(96, 192, 4))
