"""Streams of MIDI at the inputs and at the clock's port of a session and the real player, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido

from musicgen_live.config.parameter import Change
from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import is_well_formed
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.commands import ClockGone, ClockIn, Command, Incoming, InputGone, Stop
from musicgen_live.session.listening.decisions import ListenMode, ListenOptions
from tests.fuzz.faults import faults_of
from tests.support.musician import SONATINA
from tests.support.rehearsal import Rehearsal

MESSAGES_PER_STREAM = 200
"""The count of a fuzzer is that of messages; this many are one stream."""

MOST_WAITS = 100_000
"""A rehearsal that waits more often than this for the next moment goes round without an end."""

MODES: tuple[ListenMode, ...] = ("continue", "answer", "follow")
LISTENING = (None, *(ListenOptions(mode) for mode in MODES), ListenOptions("continue", "beat"))
KINDS = (0x80, 0x90, 0x90, 0x90, 0xA0, 0xB0, 0xB0, 0xC0, 0xD0, 0xE0)
MOST_SIXTEENTHS = 128
"""The furthest song position: the music up to it is composed, which is not what is tried here."""

NOW = ("mute", "pause", "panic", "mute-at")


@dataclass(frozen=True)
class Stream:
    """The messages that come in, and the way in which the session listens."""

    script: tuple[tuple[float, Change | Command], ...]
    listen_options: ListenOptions | None
    sync: str


class LimitedRehearsal(Rehearsal):
    """A rehearsal that raises RuntimeError instead of going round without an end."""

    waits = 0

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        self.waits += 1
        if self.waits > MOST_WAITS:
            raise RuntimeError("it goes round without an end")
        return super().wait(mailbox, until_s)


def chunk(rng: random.Random) -> bytes:
    """Return bytes that a MIDI system may deliver as one message: whole, in pieces, several, noise."""
    drawn = rng.random()
    status, data = rng.randrange(0x80, 0x100), bytes(rng.randrange(128) for _ in range(rng.randrange(4)))
    if drawn < 0.55:
        kind = rng.choice(KINDS) | rng.choice((0, 0, 0, 1, 9, 15))
        controller = rng.choice((1, 7, 64, 64, 66, 69, *range(120, 128), rng.randrange(128)))
        first = controller if kind & 0xF0 == 0xB0 else rng.choice((0, 127, *range(58, 66)))
        return bytes((kind, first, rng.randrange(128))[: 2 if kind & 0xF0 in (0xC0, 0xD0) else 3])
    if drawn < 0.8:
        return bytes((status,)) + data
    if drawn < 0.9:
        return data
    if drawn < 0.95:
        return b"\xf0" + bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
    return bytes(rng.randrange(256) for _ in range(rng.randrange(12)))


def stream(rng: random.Random) -> Stream:
    """Return messages in bursts and with pauses; with a clock, which starts, stops, jumps and fails, among them."""
    sync = rng.choice(("internal", "clock"))
    script: list[tuple[float, Change | Command]] = []
    at_s = 0.05
    thru = [rng.random() < 0.5 for _ in range(3)]
    for _ in range(MESSAGES_PER_STREAM):
        at_s += rng.choice((0.0, 0.0, 0.0, 0.001, 0.01, 0.1, 0.3)) if rng.random() < 0.98 else rng.uniform(1, 5)
        port, drawn = rng.randrange(3), rng.random()
        source = ("input", "chords", "control")[port]
        if drawn < 0.93:
            script.append((at_s, Incoming(port, source, thru[port] and source != "control", at_s, chunk(rng))))
        elif drawn < 0.96:
            script.append((at_s, InputGone(port)))
        else:
            name = rng.choice(NOW)
            value = {"panic": None, "mute-at": rng.choice(("now", "bar"))}.get(name, rng.random() < 0.4)
            script.append((at_s, Change(name, value)))
    if sync == "clock":
        script += clock(rng, at_s)
    script.sort(key=lambda entry: entry[0])
    listen_options = rng.choice(LISTENING)
    return Stream((*script, (at_s + 3.0, Stop())), listen_options, sync)


def clock(rng: random.Random, until_s: float) -> Iterator[tuple[float, Command]]:
    """Yield the messages of a clock, as far as they pass the door of the port, which is `is_well_formed`."""
    at_s, period_s = 0.02, 60 / 24 / rng.uniform(40, 250)
    yield at_s, ClockIn(at_s, b"\xfa")
    while at_s < until_s:
        drawn = rng.random()
        at_s += period_s * rng.choice((1.0, 1.0, 1.0, rng.uniform(0.5, 1.5)))
        message = b"\xf8"
        if drawn < 0.02:
            position = rng.randrange(MOST_SIXTEENTHS)
            message = rng.choice((b"\xfa", b"\xfb", b"\xfc", bytes((0xF2, position & 0x7F, position >> 7))))
        elif drawn < 0.03:
            message = chunk(rng)
        elif drawn < 0.034:
            period_s = 60 / 24 / rng.choice((rng.uniform(40, 250), rng.uniform(5, 1000)))
        elif drawn < 0.036:
            at_s += rng.uniform(0.1, 4)
        elif drawn < 0.037:
            yield at_s, ClockGone()
        if is_well_formed(message):
            yield at_s, ClockIn(at_s, message)


def play(case: Stream, take: Path) -> None:
    """Play a stream to its end; AssertionError if a note hangs at the port or in the take, or that cannot be read."""
    rehearsal = LimitedRehearsal(
        SONATINA,
        case.script,
        3,
        listen_options=case.listen_options,
        follows_chords=True,
        sync=case.sync,
        take=take,
    )
    hanging = HangingNotes()
    for _, message in rehearsal.output.messages:
        assert is_well_formed(message), message.hex(" ")
        hanging.update(message)
    assert hanging.messages() == [], "hanging at the port"
    recorded = HangingNotes()
    for message in mido.MidiFile(take):
        if not message.is_meta:
            recorded.update(bytes(message.bytes()))
    assert recorded.messages() == [], "hanging in the take"


def faults(count: int, seed: int, folder: Path) -> dict[str, Stream]:
    """Play `count` messages, in streams."""
    rng = random.Random(seed)
    streams = (stream(rng) for _ in range(-(-count // MESSAGES_PER_STREAM)))
    return faults_of(streams, lambda case: play(case, folder / "take.mid"))
