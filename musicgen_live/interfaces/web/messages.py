"""The messages between the page and the session, as JSON: events and the table of parameters out, requests in.

Out: lists of events, as `play --json` prints them, and besides `hello`, `pong` and `file`. In: `{"token": TEXT}` first,
then `{"ping": NUMBER}`, `{"change": NAME, "value": VALUE}`, for an action without the value, `{"file": NAME}` for kept
bars, `{"midi": HEX, "at_s": SECONDS}` for a channel message that is played, and `{"quit": true}`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

from musicgen_live.config.changes import format_value
from musicgen_live.config.parameters import PARAMETERS, Applies, Kind, Parameter
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.events import BarBegan, Ended, Event, Granted, Planned, Played, UserMessage
from musicgen_live.interfaces.screen.state import ScreenState
from musicgen_live.midi.messages import SYSTEM, is_well_formed

MOST_MESSAGE_BYTES = 4096
MOST_NUMBER = 1e9
_FAR_TICKS = 2**40
"""Beyond every note of a take."""

EVENTS_AS_ONE = 64
"""The most events of one message."""


@dataclass(frozen=True)
class Ping:
    """The page asks for the time, by a number that comes back with it."""

    number: float


@dataclass(frozen=True)
class ChangeRequest:
    """The page requests a change; `params` has its value, and is empty without one."""

    name: str
    params: list[Any]


@dataclass(frozen=True)
class FileRequest:
    """The page requests a file of kept bars by its name."""

    name: str


@dataclass(frozen=True)
class PlayedMessage:
    """A channel message that somebody has played on the page at `at_s`, on the clock of the events."""

    message: bytes
    at_s: float


@dataclass(frozen=True)
class QuitRequest:
    """The page requests the end of the take."""


PageMessage = Ping | ChangeRequest | FileRequest | PlayedMessage | QuitRequest


def parse_message(text: str) -> PageMessage:
    """Parse a message of the page; SettingsError if it is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError("a message of the page is no JSON") from error
    if not isinstance(message, dict):
        raise SettingsError("a message of the page is no object")
    if (number := _number(message.get("ping"))) is not None:
        return Ping(number)
    if isinstance(name := message.get("change"), str):
        params = [message["value"]] if "value" in message else []
        if any(isinstance(value, int) and abs(value) > MOST_NUMBER for value in params):
            raise SettingsError(f"{name:.60} is a number that is far too large")
        return ChangeRequest(name, params)
    if isinstance(name := message.get("file"), str):
        return FileRequest(name)
    if isinstance(played := message.get("midi"), str):
        return _played_message(played, _number(message.get("at_s")))
    if message.get("quit") is True:
        return QuitRequest()
    raise SettingsError("a message of the page asks for nothing that there is; reload the page")


def _number(value: object) -> float | None:
    """Return a number within bounds; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) <= MOST_NUMBER else None  # type: ignore[arg-type]


def _played_message(hexadecimal: str, at_s: float | None) -> PlayedMessage:
    try:
        message = bytes.fromhex(hexadecimal)
    except ValueError:
        message = b""
    if at_s is None or not is_well_formed(message) or message[0] >= SYSTEM:
        raise SettingsError(f"midi is {hexadecimal[:60]!r}; it can be a channel message as hexadecimal, with its at_s")
    return PlayedMessage(message, at_s)


def token_of(text: str) -> str:
    """Return the token of the first message of a page; an empty text if there is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    token = message.get("token") if isinstance(message, dict) else None
    return token if isinstance(token, str) else ""


class ParameterRow(TypedDict):
    """A row of the table of parameters."""

    name: str
    kind: Kind | Literal["pitch"]
    help: str
    applies: Applies
    minimum: float
    maximum: float
    sweep: tuple[float, float]
    step: float
    unit: str
    choices: tuple[str, ...]
    optional: bool
    off: str
    """The text that None is shown as."""
    zero: str
    """The text that 0 is shown as; empty for the number."""


class Hello(TypedDict):
    """The first message to a page: the table of parameters, instruments, kept files, and sums."""

    event: Literal["hello"]
    parameters: list[ParameterRow]
    instruments: list[str]
    kept: list[str]
    notes: int
    dropped: int


class Pong(TypedDict):
    """The answer to a ping, by its number: the time that dates the events."""

    event: Literal["pong"]
    ping: float
    now_s: float


class FileData(TypedDict):
    """A file of kept bars, in base 64."""

    event: Literal["file"]
    name: str
    data: str


def hello(state: ScreenState, instruments: list[str], kept: list[str]) -> Hello:
    """Return the first message to a page."""
    return {
        "event": "hello",
        "parameters": [_row(parameter) for parameter in PARAMETERS.values()],
        "instruments": instruments,
        "kept": kept,
        "notes": state.notes,
        "dropped": state.dropped,
    }


def _row(parameter: Parameter) -> ParameterRow:
    """Return a row of the table of parameters for the page."""
    return {
        "name": parameter.name,
        "kind": "pitch" if parameter.is_pitch else parameter.kind,
        "help": parameter.help,
        "applies": parameter.applies,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "sweep": parameter.sweep,
        "step": parameter.step,
        "unit": parameter.unit,
        "choices": parameter.choices(),
        "optional": parameter.optional,
        "off": "" if parameter.kind == "action" else format_value(parameter.name, None),
        "zero": parameter.zero_label,
    }


def events_so_far(state: ScreenState) -> list[Event]:
    """Return the events that bring a page that comes later to the state of those that were there from the start."""
    opened = [] if state.opened is None else [replace(state.opened, values=tuple(state.values.items()))]
    events: list[Event] = [*opened, *state.positions]
    notes = tuple(state.planned.between(-_FAR_TICKS, _FAR_TICKS))
    if notes:
        bar_ticks = state.time_signature.bar_ticks
        sections = tuple((bar_ticks * (bar - 1), name) for bar, name in sorted(state.sections.items()))
        events.append(Planned(notes[0].start_tick, max(note.end_tick for note in notes), notes, sections))
    for own in state.own.between(-_FAR_TICKS, _FAR_TICKS, notes[-1].start_tick if notes else 0):
        events += [Played(own.start_tick, own.pitch, own.velocity), Played(own.end_tick, own.pitch, 0)]
    if state.bar:
        events.append(BarBegan(state.bar))
    events += [Granted(name, pending.value, pending.bar) for name, pending in state.pending.items()]
    events += [UserMessage(text) for text in state.words]
    return [*events, Ended()] if state.has_ended else events
