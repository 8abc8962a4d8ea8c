"""MIDI clock out: start, stop, continue, song positions and pulses."""

from __future__ import annotations

from queue import SimpleQueue

from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.music.notes import Note
from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.clock_out import ClockOut
from musicgen_live.player.commands import Command, Feed, Finish, Stop
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.sent_log import SentLog
from tests.support.scripted_clock import Scripted, at_tempo

CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
ON, OFF, ALL_OFF = bytes.fromhex("90 3c 50"), bytes.fromhex("80 3c 00"), bytes.fromhex("b0 7b 00")


def test_start_precedes_the_first_pulse_and_stop_needs_one() -> None:
    pulses = ClockOut()
    assert pulses.stop() == []
    assert pulses.due() == [START, CLOCK]
    assert (pulses.next_tick, pulses.due()) == (20, [CLOCK])
    assert (pulses.next_tick, pulses.stop()) == (40, [STOP])


def test_a_continue_begins_at_the_next_sixteenth() -> None:
    pulses = ClockOut()
    # Tick 500 is in the fifth sixteenth, from 480; the next begins at 600.
    assert pulses.locate(500) == [STOP, bytes((0xF2, 5, 0))]
    assert pulses.next_tick == 600
    assert pulses.due() == [CONTINUE, CLOCK]
    # 130 sixteenths: seven bits, then the rest.
    assert pulses.locate(129 * 120) == [STOP, bytes((0xF2, 2, 1))]
    # Beyond the last song position none is sent.
    assert pulses.locate(16_383 * 120) == [STOP]


def test_in_a_count_in_only_pulses_are_sent() -> None:
    pulses = ClockOut()
    assert pulses.run_from(-30, is_jump=True) == []
    assert (pulses.next_tick, pulses.due()) == (-20, [CLOCK])
    assert (pulses.next_tick, pulses.due()) == (0, [START, CLOCK])


def test_stopped_music_continues_and_a_jump_sends_song_position() -> None:
    pulses = ClockOut()
    for _ in range(4):
        pulses.due()
    assert (pulses.stop(), pulses.stop()) == ([STOP], [])
    assert pulses.run_from(80, is_jump=False) == []
    assert (pulses.next_tick, pulses.due()) == (80, [CONTINUE, CLOCK])
    # Bar 5; and from the middle of a sixteenth the next one.
    assert (pulses.run_from(7680, is_jump=True), pulses.next_tick) == ([bytes((0xF2, 64, 0))], 7680)
    assert (pulses.run_from(7700, is_jump=True), pulses.next_tick) == ([bytes((0xF2, 65, 0))], 7800)
    assert (pulses.run_from(0, is_jump=True), pulses.next_tick, pulses.due()) == ([], 0, [START, CLOCK])


def test_pulses_precede_notes_and_end_with_the_take() -> None:
    output, sent_log = MemoryOutput(), SentLog()
    mailbox: Mailbox = SimpleQueue()
    mailbox.put(Feed((Note(0, 40, 60, 80),)))
    mailbox.put(Finish(60))
    player = Player(
        ManualClock(), at_tempo(120), [Route(output)], report=sent_log.record, options=PlayerOptions(sends_clock=True)
    )
    player.run(mailbox)
    assert output.messages == [
        (0, START),
        (0, CLOCK),
        (0, ON),
        (20, CLOCK),
        (40, CLOCK),
        (40, OFF),
        (60, STOP),
        (60, ALL_OFF),
    ]
    assert sent_log.messages == [(0, ON), (40, OFF), (60, ALL_OFF)]


def test_the_clock_runs_on_while_the_notes_are_late() -> None:
    # 120 BPM: a pulse is 1/48 s. Nothing is fed between the two notes.
    script: list[tuple[float, Command]] = [(0.0, Feed((Note(0, 10, 60, 80),))), (0.99, Stop())]
    output = MemoryOutput()
    Player(
        Scripted(script), at_tempo(120), [Route(output)], report=lambda _: None, options=PlayerOptions(sends_clock=True)
    ).run(SimpleQueue())
    assert [tick for tick, message in output.messages if message == CLOCK] == list(range(0, 960, 20))
    assert output.messages[-2:] == [(950, STOP), (950, ALL_OFF)]


def test_a_resumed_player_sends_the_song_position() -> None:
    # Tick 0 was at 10 s; at 11 s it is tick 960, so the clock continues at tick 1080, the tenth sixteenth.
    output = MemoryOutput()
    script: list[tuple[float, Command]] = [(11.0, Feed(())), (11.2, Stop())]
    clock = Scripted(script)
    clock.wait(SimpleQueue(), 11.5)
    player = Player(
        clock, at_tempo(120, 10.0), [Route(output)], report=lambda _: None, options=PlayerOptions(sends_clock=True)
    )
    player.run(SimpleQueue())
    assert [message for _, message in output.messages][:4] == [STOP, bytes((0xF2, 9, 0)), CONTINUE, CLOCK]
    assert output.messages[2][0] == 1080
