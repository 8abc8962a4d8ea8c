"""Parses OSC packets into messages, and writes events as messages. Knows no socket."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from pythonosc.osc_message import OscMessage, ParseError

from musicgen_live.config.changes import format_value
from musicgen_live.config.parameter import Value
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Event,
    Kept,
    MessagesSent,
    Opened,
    Refused,
    UserMessage,
)
from musicgen_live.midi.messages import is_note_on

_BUNDLE = b"#bundle\0"
_BUNDLE_HEADER_BYTES = 16
_KNOWN_TYPES = frozenset("ifsbhdTFNrmt[]")


def messages_of(packet: bytes) -> Iterator[OscMessage]:
    """Yield the messages of a UDP packet and of the bundles in it, ignoring their times and all that is no message."""
    parts = [packet]
    while parts:
        part = parts.pop()
        if part.startswith(_BUNDLE):
            # Parsed here, because python-osc 1.10 loops for ever on an element of negative size.
            parts += reversed(list(_elements(part[_BUNDLE_HEADER_BYTES:])))
        elif _is_readable(part):
            try:
                yield OscMessage(part)
            except (ParseError, ValueError, IndexError, struct.error):
                continue


def _elements(rest: bytes) -> Iterator[bytes]:
    while len(rest) >= 4:
        size = int.from_bytes(rest[:4], "big")
        yield rest[4 : 4 + size]
        rest = rest[4 + size :]


def _is_readable(part: bytes) -> bool:
    """Return True for a message with only known types; about others python-osc would print a warning."""
    address, _, rest = part.partition(b"\0")
    tags = rest[3 - len(address) % 4 :].partition(b"\0")[0].decode("latin-1")
    return part.startswith(b"/") and set(tags.removeprefix(",")) <= _KNOWN_TYPES


def messages_for(event: Event) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the messages of an event as address and values."""
    if isinstance(event, Opened):
        for name, value in event.values:
            yield "/state", (name, as_osc(name, value))
    elif isinstance(event, Changed):
        yield "/state", (event.name, as_osc(event.name, event.value))
    elif isinstance(event, MessagesSent):
        note_ons = [message for message in event.messages if is_note_on(message)]
        if note_ons:
            yield "/notes", tuple(x for message in note_ons for x in (message[1], message[2], event.take_tick))
    elif isinstance(event, BarBegan):
        yield "/bar", (event.bar,)
    elif isinstance(event, Refused):
        yield "/error", (event.name, event.reason)
    elif isinstance(event, Kept):
        yield "/kept", (event.path,)
    elif isinstance(event, UserMessage):
        yield "/said", (event.text,)
    elif isinstance(event, Ended):
        yield "/ended", ()


def as_osc(name: str, value: Value) -> float | int | str:
    """Return a value that any OSC client can read: text instead of nil, and 0 or 1 for a switch."""
    if value is None:
        return format_value(name, value)
    return int(value) if isinstance(value, bool) else value
