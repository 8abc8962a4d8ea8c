"""Sends the clock of `benchmarks.sync`, and follows it in several ways, each in a process of its own.

    python -m benchmarks.sync_ways send CASE
    python -m benchmarks.sync_ways ours|echo CASE --port PORT

Every way plays an eighth note every eighth to the clock of a case, and prints as JSON the time (`time.monotonic`) of
each sent note-on and of each received pulse. The sender prints the true time of the first pulse.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from musicgen_live.midi.messages import CLOCK, NOTE_ON, START, STOP
from musicgen_live.music.time_signature import TimeSignature

JITTER_S = 0.001
"""Standard deviation of the pulses from their true times; the maximum is three times as much."""

PULSES_A_NOTE = 12
QUARTERS_BEFORE = 8
"""Two bars without measurement, in which a way may lock on to the clock."""

SENDER = "clock-sender"


@dataclass(frozen=True)
class Case:
    """A clock: its tempo in the two bars before the measurement, and after the ramp that begins there."""

    tempo: float
    last_tempo: float
    quarters: int
    ramp_quarters: int = 1

    def tempo_at(self, quarter: float) -> float:
        """Return the tempo at a position in quarters."""
        share = min(1.0, max(0.0, (quarter - QUARTERS_BEFORE) / self.ramp_quarters))
        return self.tempo + (self.last_tempo - self.tempo) * share

    def pulses_s(self) -> list[float]:
        """Return the true time of each pulse, in seconds from the first one."""
        times_s, at_s = [], 0.0
        for pulse in range(24 * self.quarters + 1):
            times_s.append(at_s)
            at_s += 60 / 24 / self.tempo_at(pulse / 24)
        return times_s


def cases(quarters: int) -> dict[str, Case]:
    """Return the clocks by name, each with a length of `quarters`; the ramp takes 32 quarters of that, 48 at least."""
    steady = {f"{tempo:g}": Case(tempo, tempo, quarters) for tempo in (90.0, 120.0, 174.0)}
    return steady | {"90 to 174": Case(90.0, 174.0, max(quarters, 48), 32)}


def jittered_s(case: Case, seed: int = 1) -> list[float]:
    """Return the time of each pulse with random jitter; the first one, the reference of the others, has none."""
    rng = random.Random(seed)
    limit_s = 3 * JITTER_S
    return [
        at_s + (max(-limit_s, min(limit_s, rng.gauss(0, JITTER_S))) if number else 0.0)
        for number, at_s in enumerate(case.pulses_s())
    ]


def send(case: Case) -> None:
    """Wait for a line on standard input, send a start and the pulses, and print the true time of the first pulse."""
    import rtmidi

    midi = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=SENDER)
    midi.open_virtual_port("out")
    print("ready", flush=True)
    sys.stdin.readline()
    gc.disable()
    origin_s = time.monotonic() + 0.1
    midi.send_message([START])
    for at_s in jittered_s(case):
        time.sleep(max(0.0, origin_s + at_s - time.monotonic()))
        midi.send_message([CLOCK])
    midi.send_message([STOP])
    time.sleep(0.2)
    midi.close_port()
    print(json.dumps({"origin_s": origin_s}), flush=True)


class Stamps:
    """Times of the sent note-ons and of the received pulses."""

    def __init__(self) -> None:
        self.notes_s: list[float] = []
        self.pulses_s: list[float] = []

    def print(self) -> None:
        """Print the times as one line of JSON."""
        print(json.dumps({"notes_s": self.notes_s, "pulses_s": self.pulses_s}), flush=True)


class StampedLane:
    """Output of a player that stores the time before it sends each note-on to a port."""

    def __init__(self, port: Any, stamps: Stamps) -> None:  # noqa: ANN401 (a PortOutput)
        self._port = port
        self._stamps = stamps

    def send(self, tick: int, message: bytes) -> None:
        """Send a message at once."""
        if message[0] & 0xF0 == NOTE_ON:
            self._stamps.notes_s.append(time.monotonic())
        self._port.send(tick, message)

    def close(self) -> None:
        """Close the port."""
        self._port.close()


def follow_with_ours(case: Case, name: str, report_ready: Callable[[], None]) -> Stamps:
    """Run the player with transport and ports as in its process, after feeding it all notes at once."""
    from musicgen_live.midi.input_port import ClockInput
    from musicgen_live.midi.port import open_virtual
    from musicgen_live.midi.realtime import ask_for_real_time
    from musicgen_live.music.notes import Note
    from musicgen_live.player.clock import Mailbox, PollingClock, SystemClock
    from musicgen_live.player.commands import ClockGone, ClockIn, Feed, Stop
    from musicgen_live.player.delay_compensation import Route
    from musicgen_live.player.engine import Player
    from musicgen_live.player.timing import ALIVE_EVERY_S, SWITCH_INTERVAL_S
    from musicgen_live.player.transport.midi_clock import MidiClockTransport

    ask_for_real_time()
    stamps, mailbox = Stamps(), Mailbox()

    def on_message(at_s: float, message: bytes) -> None:
        if message[0] == CLOCK:
            stamps.pulses_s.append(at_s)
        mailbox.put(Stop() if message[0] == STOP else ClockIn(at_s, message))

    clock_port = ClockInput(name, on_message, lambda: mailbox.put(ClockGone()), print)
    output = open_virtual("ours")
    notes = 24 * case.quarters // PULSES_A_NOTE
    mailbox.put(Feed(tuple(Note(240 * i, 120, 36 + i % 48, 80) for i in range(notes))))
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.freeze()
    gc.disable()
    report_ready()
    clock = PollingClock(SystemClock(), clock_port.poll, ALIVE_EVERY_S)
    Player(
        clock, MidiClockTransport(TimeSignature(4, 4), 120), [Route(StampedLane(output, stamps))], report=lambda _: None
    ).run(mailbox)
    output.close()
    clock_port.close()
    return stamps


def follow_with_echo(_case: Case, name: str, report_ready: Callable[[], None]) -> Stamps:
    """Send a note in the callback of every twelfth pulse, like programs that use each pulse as a tick of their own.

    isobar 0.2.1 does so in the callback of its MIDI input.
    """
    import rtmidi

    stamps, done = Stamps(), threading.Event()
    source, output = (
        rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="echo"),
        rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="echo-out"),
    )
    source.ignore_types(timing=False)
    output.open_virtual_port("out")

    def on_event(event: tuple[list[int], float], _data: object) -> None:
        if event[0][0] == STOP:
            done.set()
        if event[0][0] != CLOCK:
            return
        at_s = time.monotonic()
        if len(stamps.pulses_s) % PULSES_A_NOTE == 0:
            stamps.notes_s.append(time.monotonic())
            output.send_message([NOTE_ON, 60, 80])
        stamps.pulses_s.append(at_s)

    source.set_callback(on_event)
    source.open_port(source.get_ports().index(name))
    report_ready()
    done.wait(300)
    source.cancel_callback()
    return stamps


WAYS = {"ours": follow_with_ours, "echo": follow_with_echo}


def main(arguments: Sequence[str] | None = None) -> None:
    """Send the clock, or follow it in one way, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("send", *WAYS))
    parser.add_argument("case")
    parser.add_argument("--quarters", type=int, required=True)
    parser.add_argument("--port", default="")
    given = parser.parse_args(arguments)
    case = cases(given.quarters)[given.case]
    if given.way == "send":
        send(case)
    else:
        WAYS[given.way](case, given.port, lambda: print("ready", flush=True)).print()


if __name__ == "__main__":
    main()
