"""Absurd OSC packets: into the server's handler, and what they change into a session with the real player."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.settings import Settings
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.interfaces.events import Refused, UserMessage
from musicgen_live.interfaces.osc_server import LOOPBACK, OscServer
from musicgen_live.player.commands import Stop
from musicgen_live.session.faults import Faults
from tests.fuzz.faults import faults_of
from tests.support.models import toy_bars_bundle
from tests.support.rehearsal import Rehearsal

NAMES = (
    *(*PARAMETERS, "save", "state", "subscribe", "unsubscribe"),
    *("notes", "bar", "error", "kept", "said", "ended", "bogus", "", "tempo/x", "x" * 60_000, "\x1b[2J"),
)
TEXTS = (
    *("", "off", "on", "D dorian", "C | Dm7", "4/4", "C4", "piano", "nocturne", "major", "ragtime", "1/8"),
    *("x" * 100, "x" * 60_000, "C" * 12_000, "%" * 100, "1" * 5_000, "9" * 400 + "/4", "nan", "1e999", "-0"),
    *("\x01\x1b[2J", "é\u202e😀", "../../etc/passwd", "/etc/passwd", "/dev/zero", "~/x.toml", "a\nb", "C:x"),
)
NUMBERS = (0, 1, -1, 2, 64, 127, 128, 2**31 - 1, -(2**31), 0.5, 1e3, -1e3, 1e38, -1e38, 1e-38)
SIZES = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0")

MAX_BYTES = 65_000
FIRST_CHANGE_S = 4.0
"""Two bars are heard first: one of the changes may mute the rest."""
CHANGE_EVERY_S = 0.05
MAX_CHANGES = 150
"""The changes that a session gets: each costs milliseconds."""
WRITING = ("save", "keep")
"""Changes that write files, which a session with thousands of them must not."""


def message(address: str, *values: Any) -> bytes:  # noqa: ANN401 (values of every type of OSC)
    """Return a message; the value `[...]` is an array, a pair of text and bytes is a tag with its data."""
    tags, data = ",", b""
    for value in values:
        if isinstance(value, tuple):
            tag, raw = value
            tags, data = tags + tag, data + raw
        elif isinstance(value, bool) or value is None:
            tags += {True: "T", False: "F", None: "N"}[value]
        elif isinstance(value, int):
            tags, data = tags + "i", data + struct.pack(">i", value)
        elif isinstance(value, float):
            tags, data = tags + "f", data + struct.pack(">f", value)
        elif isinstance(value, bytes):
            tags, data = tags + "b", data + struct.pack(">i", len(value)) + value + b"\0" * (-len(value) % 4)
        else:
            tags, data = tags + "s", data + _padded(value)
    return _padded(address) + _padded(tags) + data


def _padded(text: str) -> bytes:
    data = text.encode()
    return data + b"\0" * (4 - len(data) % 4)


def bundle(*parts: bytes) -> bytes:
    """Return a bundle to be handled at once."""
    return b"#bundle\0" + b"\0" * 7 + b"\1" + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def fuzzed_packets(count: int, seed: int) -> Iterator[bytes]:
    """Yield packets: messages and bundles, half of them with broken bytes."""
    rng = random.Random(seed)

    def value() -> Any:  # noqa: ANN401
        return rng.choice(
            (
                rng.choice(NUMBERS),
                rng.uniform(-200, 200),
                rng.randint(-20, 140),
                rng.choice(TEXTS),
                rng.choice((True, False, None, float("nan"), float("inf"))),
                rng.randbytes(rng.randrange(50)),
                (rng.choice(("h", "d", "t")), rng.randbytes(8)),
                (rng.choice(("[", "]", "[[", "]]", "[" * 2_000)), b""),
                (rng.choice("rmcIS{x"), rng.randbytes(rng.choice((0, 4)))),
            )
        )

    def plausible(name: str) -> Any:  # noqa: ANN401
        parameter = PARAMETERS[name]
        if parameter.has_range:
            return rng.uniform(parameter.minimum, parameter.maximum)
        return rng.choice([*parameter.choices(), True, "off", "C", "C4", "Dm7 | G7"])

    def one() -> bytes:
        if rng.random() < 0.25:
            name = rng.choice(list(PARAMETERS))
            return message(f"/{name}", plausible(name))
        values = [value() for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 5)))]
        return message("/" + rng.choice(NAMES), *values)[:MAX_BYTES]

    for _ in range(count):
        packet = one()
        if rng.random() < 0.2:
            packet = bundle(*(part for part in (one() for _ in range(rng.randint(0, 6))) if len(part) < 9_000))
            for _ in range(rng.choice((0, 0, 1, 5, 800))):
                packet = bundle(packet)
        yield _mutated(packet, rng) if rng.random() < 0.4 else packet[:MAX_BYTES]


def _mutated(packet: bytes, rng: random.Random) -> bytes:
    data = bytearray(packet)
    for _ in range(rng.randint(1, 8)):
        kind, at = rng.randrange(4), rng.randrange(len(data) + 1)
        if kind == 0:
            data[at : at + 1] = rng.randbytes(1)
        elif kind == 1 and rng.random() < 0.3:
            del data[at:]
        elif kind == 2:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        else:
            data[at : at + 4] = rng.choice(SIZES)
    return bytes(data)[:MAX_BYTES]


def faults(count: int, seed: int, folder: Path) -> dict[str, object]:
    """Give the packets to a server, and the changes that it understood to a session that plays."""
    changes: list[Change] = []
    answers = Answers()
    with (
        patch.dict(os.environ, {VARIABLE: str(folder)}),
        OscServer(changes.append, lambda _: None, (LOOPBACK, 0), reason_of=answers.reason) as server,
    ):

        def give(packet: bytes) -> None:
            answers.packet = packet
            server.handle_packet(packet, server.address)

        raised = faults_of(fuzzed_packets(count, seed), give)
        found: dict[str, object] = {**raised, **answers.mistakes}
        harmless = [change for change in changes if change.name not in WRITING][:MAX_CHANGES]
        script = [(FIRST_CHANGE_S + i * CHANGE_EVERY_S, change) for i, change in enumerate(harmless)]
        end_s = FIRST_CHANGE_S + len(harmless) * CHANGE_EVERY_S
        model = folder / "toy.safetensors"
        toy_bars_bundle().save(model)
        settings = Settings(model=str(model), meter="4/4", bars=1_000)
        rehearsal = Rehearsal(settings, [*script, (end_s, Stop())], seed)
    for event in rehearsal.events:
        text = event.reason if isinstance(event, Refused) else event.text if isinstance(event, UserMessage) else ""
        if "mistake in the program" in text:
            found[text] = event
    if not rehearsal.notes():
        found["no note was played"] = changes
    return found


class Answers(Faults):
    """Reasons for the sender, which remember each mistake with its packet."""

    def __init__(self) -> None:
        super().__init__()
        self.packet = b""
        self.mistakes: dict[str, bytes] = {}

    def reason(self, error: Exception) -> str:
        text = super().reason(error)
        if "mistake in the program" in text:
            self.mistakes[text] = self.packet
        return text
