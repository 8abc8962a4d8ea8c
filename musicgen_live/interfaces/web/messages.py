"""The messages to the page, as JSON: lists of events, as `play --json` prints them, and what only a page is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypedDict

from musicgen_live.config.changes import format_value
from musicgen_live.config.parameter import Applies, Kind, Parameter
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.interfaces.events import BarBegan, Ended, Event, Granted, MeterChanged, Planned, Played, UserMessage
from musicgen_live.interfaces.screen.state import ScreenState

_FAR_TICKS = 2**40
"""Beyond every note of a take."""

EVENTS_AS_ONE = 64
"""The most events of one message."""


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


class Ports(TypedDict):
    """The names of the output ports of this machine."""

    event: Literal["ports"]
    outputs: list[str]


class Card(TypedDict):
    """A preset or a model, and how it sounds or where it comes from."""

    name: str
    words: str


class Cards(TypedDict):
    """The presets, models and scenes that there are."""

    event: Literal["cards"]
    presets: list[Card]
    models: list[Card]
    scenes: list[str]


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
    changes = [MeterChanged(meter.time_signature, meter.tick, meter.bar) for meter in state.meters.meters[1:]]
    events: list[Event] = [*opened, *changes, *state.positions]
    notes = tuple(state.planned.between(-_FAR_TICKS, _FAR_TICKS))
    if notes:
        sections = tuple((state.meters.tick_of(bar), name) for bar, name in sorted(state.sections.items()))
        events.append(Planned(notes[0].start_tick, max(note.end_tick for note in notes), notes, sections))
    for own in state.own.between(-_FAR_TICKS, _FAR_TICKS, notes[-1].start_tick if notes else 0):
        events += [Played(own.start_tick, own.pitch, own.velocity), Played(own.end_tick, own.pitch, 0)]
    events += state.turns
    if state.bar:
        events.append(BarBegan(state.bar))
    events += [Granted(name, pending.value, pending.bar) for name, pending in state.pending.items()]
    events += [UserMessage(text) for text in state.words]
    return [*events, Ended()] if state.has_ended else events
