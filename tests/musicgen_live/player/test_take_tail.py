"""Notes that a stop cuts off as they begin are heard by the ports, and are not in the take."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.midi.output import Output
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.player.clock import PollingClock
from musicgen_live.player.commands import ClockIn, Command, Feed, Stop
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.sent_log import SentLog
from musicgen_live.player.take_tail import TakeTail
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.daw import CONTINUE, START, STOP, Daw
from tests.support.scripted_clock import Scripted, at_tempo, off, on
from tests.support.stage import keys

QUARTERS = Feed(tuple(Note(480 * beat, 240, 60 + beat, 80) for beat in range(8)))


def play(daw: Daw, *others: tuple[float, Command], latency_s: float = 0.0) -> tuple[MemoryOutput, MemoryOutput]:
    """Return the messages of a port and of the take, and check that the log of a new player agrees with the take."""
    script = [(0.0, QUARTERS), *others, *((sent.at_s, sent) for sent in daw.sent)]
    script.sort(key=lambda entry: entry[0])
    port, take, sent_log = MemoryOutput(), MemoryOutput(), SentLog()
    routes: list[tuple[Output, float, bool]] = [(port, latency_s, False), (take, 0.0, True)]

    def poll() -> None:
        player.settle()

    player = Player(
        PollingClock(Scripted([*script, (script[-1][0] + 1, Stop())]), poll, 0.001),
        MidiClockTransport(COMMON_TIME, 120),
        [Route(*route) for route in routes],
        report=sent_log.record,
    )
    player.run(SimpleQueue())
    assert sent_log.messages == [(tick, message) for tick, message in take.messages if tick >= 0]
    return port, take


def stopped_after(seconds: float) -> Daw:
    """Return a DAW that stops so long after its 25th pulse, on which beat 2 begins."""
    daw = Daw(at_s=1.0).sends(START).pulses(25)
    daw.sent.append(ClockIn(daw.sent[-1].at_s + seconds, STOP))
    return daw


@pytest.mark.parametrize("latency_s", [0.0, 0.05])
@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.015])
def test_a_note_that_a_stop_cuts_off_is_not_in_the_take(seconds: float, latency_s: float) -> None:
    port, take = play(stopped_after(seconds), latency_s=latency_s)
    assert [message for _, message in port.messages[2:4]] == [on(480, 61)[1], off(480, 61)[1]]
    assert [entry for entry in take.messages if entry[0] >= 0][:-1] == [on(0, 60), off(240, 60)]


def test_a_note_that_was_heard_is_in_the_take() -> None:
    daw = Daw(at_s=1.0).sends(START).pulses(28).sends(STOP)
    _, take = play(daw)
    assert take.messages[:-1] == [on(0, 60), off(240, 60), on(480, 61), off(559, 61)]


def test_the_take_goes_on_after_it() -> None:
    daw = stopped_after(0.001)
    daw.at_s += 1
    _, take = play(daw.sends(CONTINUE).pulses(40).sends(STOP))
    assert [entry for entry in take.messages if entry[0] >= 0][2:4] == [on(960, 62), off(1200, 62)]


def test_a_musicians_short_note_is_in_the_take() -> None:
    daw = stopped_after(0.015)
    stop_s = daw.sent[-1].at_s
    _, take = play(daw, keys(stop_s - 0.01, "90 48 40", thru=True), keys(stop_s - 0.008, "80 48 00", thru=True))
    assert [message for tick, message in take.messages if tick >= 480][:2] == [
        bytes.fromhex("9f 48 40"),
        bytes.fromhex("8f 48 00"),
    ]


def test_messages_pass_when_the_take_is_a_sixty_fourth_further() -> None:
    take = MemoryOutput()
    tail = TakeTail(take)
    tail.send(*on(480, 60))
    tail.send(*on(500, 61))
    tail.send(*on(510, 62))
    assert take.messages == [on(480, 60)]
    tail.leave_out(on(510, 62)[1])
    tail.close()
    assert take.messages == [on(480, 60), on(500, 61)]


@pytest.mark.parametrize("stops", [False, True])
def test_a_note_beside_a_clock_is_in_the_take_in_time(stops: bool) -> None:
    daw = Daw(at_s=1.0).sends(START).pulses(25)
    if stops:
        daw.sends(STOP)
    take = MemoryOutput()
    seen: list[list[tuple[int, bytes]]] = []

    def poll() -> None:
        player.settle()
        seen.append(list(take.messages))

    script: list[tuple[float, Command]] = [(0.0, Feed((Note(0, 1920, 60, 80),)))]
    script += [(sent.at_s, sent) for sent in daw.sent]
    clock = PollingClock(Scripted([*script, (script[-1][0] + 1, Stop())]), poll, 0.25)
    player = Player(clock, MidiClockTransport(COMMON_TIME, 120), [Route(take, is_take=True)], report=lambda _: None)
    player.run(SimpleQueue())
    assert seen[-1] == ([on(0, 60), off(499, 60)] if stops else [on(0, 60)])


def test_a_long_note_is_in_the_take_while_it_sounds() -> None:
    take, settled = MemoryOutput(), []

    def poll() -> None:
        settled.append((player.settle(), list(take.messages)))

    script: list[tuple[float, Command]] = [(0.0, Feed((Note(0, 48_000, 60, 80),))), (1.1, Stop())]
    player = Player(
        PollingClock(Scripted(script), poll, 0.5), at_tempo(120), [Route(take, is_take=True)], report=lambda _: None
    )
    player.run(SimpleQueue())
    assert settled == [(0, []), (420, [on(0, 60)]), (900, [on(0, 60)])]
