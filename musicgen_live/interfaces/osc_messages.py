"""Parses OSC packets into messages and messages into changes, and writes events as messages. Knows no socket."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from typing import Any

from pythonosc.osc_message import OscMessage, ParseError

from musicgen_live.config.changes import format_value, parse_change
from musicgen_live.config.library import MODEL_SUFFIX, is_path, model_names, preset_names, shipped_preset_names
from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.config.user_folder import is_in_user_folder, user_folder
from musicgen_live.errors import SettingsError
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

FILES = ("preset", "model")
"""The parameters whose value may be a file."""

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


def change_of(name: str, params: list[Any], known_files: Container[Value] = ()) -> Change | None:
    """Return the change that a message requests; None for the release of a button. SettingsError on a wrong value.

    A preset or a model is a name, a file in the user's folder or one of `known_files`.
    """
    value: Value = " ".join(params) if len(params) > 1 and all(isinstance(p, str) for p in params) else None
    if value is None and params:
        if len(params) > 1 or not isinstance(params[0], float | int | str | bool | None):
            raise SettingsError(f"{name} is {params!r}; one number or text is needed")
        # OSC floats have 32 bits: 0.9 arrives as 0.89999998.
        value = float(f"{params[0]:.7g}") if isinstance(params[0], float) else params[0]
    if name == "save":
        return Change("save", _name_to_save(value))
    if name in FILES and isinstance(value, str) and value not in known_files:
        _check_file(name, value)
    if name in PARAMETERS and PARAMETERS[name].kind == "action":
        return None if params and not value else parse_change(name, value if PARAMETERS[name].maximum else None)
    if not params and name in PARAMETERS:
        raise SettingsError(f"{name} needs a value")
    return parse_change(name, value)


def _name_to_save(value: Value) -> str:
    """Return the name of a preset to save; SettingsError for a file elsewhere, and for a preset that ships."""
    if not isinstance(value, str) or not value:
        raise SettingsError("save needs the name of the preset to be")
    if is_path(value, ".toml"):
        raise SettingsError(f"save is {value!r}; by OSC it can be a name alone, without a folder and .toml")
    if value.casefold() in map(str.casefold, shipped_preset_names()):
        raise SettingsError(f"save is {value!r}, a preset that ships; choose another name")
    return value


def _check_file(name: str, value: str) -> None:
    """Raise SettingsError if a value of `preset` or `model` is a file outside the user's folder, there or not.

    Whoever may send OSC may not read this machine's files, nor find out which there are.
    """
    names, suffix = (preset_names, ".toml") if name == "preset" else (model_names, MODEL_SUFFIX)
    if is_path(value, suffix) and not is_in_user_folder(value):
        raise SettingsError(f"{name} is {value!r}; by OSC it can be {', '.join(names())}, or a file in {user_folder()}")


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
