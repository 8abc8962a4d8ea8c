"""The bytes between the player and the process that sounds: messages with their moments, and lines of news."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from musicgen_live.config.sound_options import SoundOptions

_RECORD = struct.Struct("<dB3s")
"""A moment on `time.monotonic`, the length of a channel message, and its bytes, filled up to three."""

RECORD_BYTES = _RECORD.size

Kind = Literal["ready", "failed", "trouble", "gone"]


@dataclass(frozen=True)
class News:
    """A line from the process that sounds.

    `ready`: it plays, and `text` is its device. `failed`: it could not begin. `trouble`: a problem that does not stop
    it. `gone`: it ends, for the reason of `text`.
    """

    kind: Kind
    text: str

    def to_line(self) -> bytes:
        """Return one line of JSON."""
        return json.dumps([self.kind, self.text]).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> News:
        """Return the news that `to_line` wrote."""
        kind, text = json.loads(line)
        return cls(kind, text)


def options_to_text(options: SoundOptions) -> str:
    """Return options as an argument of a command line."""
    return json.dumps(asdict(options))


def options_from_text(text: str) -> SoundOptions:
    """Return the options that `options_to_text` wrote."""
    return SoundOptions.of(json.loads(text))


def to_record(at_s: float, message: bytes) -> bytes:
    """Return a channel message with its moment, as `RECORD_BYTES` bytes."""
    return _RECORD.pack(at_s, len(message), message)


def from_records(data: bytes) -> Iterator[tuple[float, bytes]]:
    """Yield the messages of whole records with their moments."""
    for at_s, length, message in _RECORD.iter_unpack(data):
        yield at_s, message[:length]
