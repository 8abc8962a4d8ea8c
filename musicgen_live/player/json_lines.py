"""Writes the commands to a player and its reports as lines of JSON, and reads them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, get_args

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.commands import Command, Feed, Incoming, Inner, Replace, SendFeedback
from musicgen_live.player.reports import LeftOut, PortChosen, Ready, Received, Recorded, Report, Sent

_KINDS: dict[str, type[Command | Report]] = {
    kind.__name__: kind for kind in (*get_args(Command), *get_args(Report)) if kind not in get_args(Inner)
}


def to_line(message: Command | Report) -> bytes:
    """Return one line of JSON, newline included."""
    values = asdict(message)
    if isinstance(message, Feed | Replace):
        values["notes"] = [(n.start_tick, n.duration_ticks, n.pitch, n.velocity, n.part) for n in message.notes]
        values["pedal"] = [(press.start_tick, press.duration_ticks) for press in message.pedal]
    elif isinstance(message, Sent):
        values["messages"] = [sent.hex() for sent in message.messages]
    elif isinstance(message, Received | Recorded | LeftOut | SendFeedback | Incoming):
        values["message"] = message.message.hex()
    return json.dumps([type(message).__name__, values], separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Command | Report:
    """Return the message that `to_line` wrote; ValueError, KeyError or TypeError on anything else."""
    name, values = json.loads(line)
    kind = _KINDS[name]
    fields: dict[str, Any] = dict(values)
    if kind in (Feed, Replace):
        fields["notes"] = tuple(Note(*note) for note in fields["notes"])
        fields["pedal"] = tuple(PedalPress(*press) for press in fields["pedal"])
    elif kind is Ready:
        fields["outputs"], fields["inputs"] = tuple(fields["outputs"]), tuple(fields["inputs"])
    elif kind is PortChosen:
        fields["outputs"] = tuple(fields["outputs"])
    elif kind is Sent:
        fields["messages"] = tuple(bytes.fromhex(sent) for sent in fields["messages"])
        fields["late_ms"] = tuple(fields["late_ms"])
    elif kind in (Received, Recorded, LeftOut, SendFeedback, Incoming):
        fields["message"] = bytes.fromhex(fields["message"])
    return kind(**fields)
