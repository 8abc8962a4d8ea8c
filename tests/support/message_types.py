"""Writes the types of the messages to the page, in TypeScript, from their Python classes.

    python -m tests.support.message_types

replaces `musicgen_live/interfaces/web/messages.d.ts`, by which the scripts of the page are checked.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from musicgen_live.config.parameter import Value
from musicgen_live.interfaces.event_json import event_name, field_names
from musicgen_live.interfaces.events import Event, Opened
from musicgen_live.interfaces.web import messages
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from tests.support.rooms import ROOT

PATH = Path(ROOT) / "musicgen_live" / "interfaces" / "web" / "messages.d.ts"

HEAD = """\
// The messages to the page, from the Python classes. Written by `python -m tests.support.message_types`.

/** Tick, length, pitch, velocity, times in ticks; and the part, if the music is split. */
export type Note = [number, number, number, number, string?];

export type Value = number | string | boolean | null;
"""

_NAMES: dict[Any, str] = {
    str: "string",
    bytes: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Note: "Note",
    TimeSignature: "[number, number]",
    Value: "Value",
}


def type_of(hint: Any) -> str:  # noqa: ANN401 (a type is any object)
    """Return the type in TypeScript of what JSON makes of a value of a Python type."""
    if hint in _NAMES:
        return _NAMES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in args)
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(type_of(arg) for arg in args))
    if origin in (tuple, list) and (origin is list or args[1:] == (...,)):
        element = type_of(args[0])
        return f"({element})[]" if " | " in element else f"{element}[]"
    if origin is tuple:
        return f"[{', '.join(map(type_of, args))}]"
    if is_typeddict(hint):
        return str(hint.__name__)
    raise TypeError(f"{hint} has no type in JSON that is known here")


def _interface(name: str, fields: dict[str, str]) -> str:
    lines = [f"  {field}: {kind};" for field, kind in fields.items()]
    return "\n".join([f"export interface {name} {{", *lines, "}"])


def _event_interface(kind: Any) -> str:  # noqa: ANN401 (a class)
    hints = get_type_hints(kind)
    fields = {"event": f'"{event_name(kind)}"'}
    fields |= {name: type_of(hints[own]) for own, name in field_names(kind).items()}
    if kind is Opened:
        fields["values"] = "Record<string, Value>"
    return _interface(kind.__name__, fields)


def message_types() -> str:
    """Return the text of the file."""
    rows = [each for each in vars(messages).values() if is_typeddict(each) and each.__module__ == messages.__name__]
    dicts = [_interface(each.__name__, {n: type_of(hint) for n, hint in get_type_hints(each).items()}) for each in rows]
    events = [_event_interface(kind) for kind in get_args(Event)]
    sent = [each.__name__ for each in rows if "event" in get_type_hints(each)]
    message = " | ".join([*sent, *(kind.__name__ for kind in get_args(Event))])
    return "\n\n".join([HEAD.rstrip(), *dicts, *events, f"export type Message =\n  {message};"]) + "\n"


if __name__ == "__main__":
    PATH.write_text(message_types(), encoding="utf-8")
