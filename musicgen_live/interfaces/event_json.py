"""Writes events as JSON, for programs that read the lines of `play --json` and for the page in the browser."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

from musicgen_live.interfaces.events import Event, Opened
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position

_EVENT_NAMES = {"Position": "place", "MessagesSent": "struck", "Granted": "asked", "UserMessage": "said"}
"""Events with another name in JSON, which programs that read it know."""

_FIELD_NAMES = {"time_signature": "meter"}
"""Fields with another name in JSON, that of the flag."""


def event_line(event: Event) -> str:
    """Return an event as one line of JSON, without the line break.

    All of it is ASCII, so that it is JSON in whatever encoding standard output has.
    """
    return json.dumps(event_values(event))


def event_values(event: Event) -> dict[str, Any]:
    """Return an event as an object of JSON.

    `event` is its name, such as `bar-began`; the rest are its fields. Messages are hexadecimal, notes are
    [tick, length, pitch, velocity] with times in ticks, and then the name of their part if the music is split; the
    values of `opened` are an object.
    """
    names = field_names(type(event))
    line = {"event": event_name(type(event)), **{names[name]: _plain(getattr(event, name)) for name in names}}
    if isinstance(event, Opened):
        line["values"] = dict(event.values)
    return line


def event_name(kind: type[Event]) -> str:
    """Return the name in JSON of a class of events."""
    return _EVENT_NAMES.get(kind.__name__) or re.sub("(?<!^)([A-Z])", r"-\1", kind.__name__).lower()


def field_names(kind: type[Event]) -> dict[str, str]:
    """Return the names in JSON of the fields of a class of events, by their own names."""
    names = {field.name: _FIELD_NAMES.get(field.name, field.name) for field in fields(kind)}
    if kind is Position:
        del names["take_tick"]  # Ticks of the take do not help to show the music.
    return names


def _plain(value: object) -> object:
    """Return a value that JSON can store; numbers have at most six decimals."""
    if isinstance(value, Note):
        part = [value.part] if value.part else []
        return [value.start_tick, value.duration_ticks, value.pitch, value.velocity, *part]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return round(value, 6) if isinstance(value, float) else value
