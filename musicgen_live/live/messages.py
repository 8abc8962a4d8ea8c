"""What is said to a player and what it says back: values that cross a pipe as one line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from musicgen_live.notes import Note


@dataclass(frozen=True)
class Feed:
    """Notes to play. What begins before the play head by more than the player forgives is dropped."""

    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Finish:
    """No more notes will come; the take is over at `tick`, once everything has been released."""

    tick: int


@dataclass(frozen=True)
class Stop:
    """Release what sounds and end, now."""


@dataclass(frozen=True)
class ClockIn:
    """A message of MIDI clock that came in at `at_s` on the player's clock."""

    at_s: float
    message: bytes


@dataclass(frozen=True)
class ClockGone:
    """The port that brings the clock is gone: what it would have brought meanwhile is lost."""


@dataclass(frozen=True)
class LinkState:
    """An Ableton Link session as it was at `at_s`: beats since its own beginning, tempo, and whether it plays."""

    at_s: float
    beat: float
    tempo: float
    plays: bool


@dataclass(frozen=True)
class Ready:
    """Outputs are open; the ports as a person would name them, with their channels, and the clock's if there is one."""

    outputs: tuple[str, ...]
    clock: str | None = None


@dataclass(frozen=True)
class Refused:
    """The player could not begin; `kind` is the name of the error class, `reason` its message."""

    kind: str
    reason: str


@dataclass(frozen=True)
class Began:
    """Tick 0 of the take is at `origin_s` on `time.monotonic`, a clock that all processes of a machine share."""

    origin_s: float


@dataclass(frozen=True)
class Sent:
    """Everything due up to `tick` has been sent, `messages` at that tick.

    `late_ms` has one number for each note struck: how late it was sent. `dropped` notes came too late to be struck.
    """

    tick: int
    messages: tuple[bytes, ...] = ()
    late_ms: tuple[float, ...] = ()
    dropped: int = 0


@dataclass(frozen=True)
class Alive:
    """The player is well, though it may have nothing to send."""


@dataclass(frozen=True)
class Trouble:
    """Something went wrong that the music survives, or is well again."""

    reason: str


@dataclass(frozen=True)
class Followed:
    """Where the music is by someone else's clock: `tick` of the music, `take_tick` of the take, was or is at `at_s`.

    Told whenever the music runs, jumps or halts, and at every beat.
    """

    tick: int
    take_tick: int
    at_s: float
    tempo: float
    runs: bool


@dataclass(frozen=True)
class TempoWas:
    """From `take_tick` of the take on, the tempo was this; told a beat later, when it is known."""

    take_tick: int
    tempo: float


@dataclass(frozen=True)
class News:
    """Something that the user wants to know, and that is no trouble."""

    text: str


@dataclass(frozen=True)
class Done:
    """The player has released everything; it closes its outputs and goes."""


Command = Feed | Finish | Stop | ClockIn | ClockGone | LinkState
"""What is put in a player's mailbox. The last three come from within its process and cross no pipe."""

Report = Ready | Refused | Began | Sent | Followed | TempoWas | Alive | Trouble | News | Done
_KINDS: dict[str, type[Command | Report]] = {
    kind.__name__: kind
    for kind in (Feed, Finish, Stop, Ready, Refused, Began, Sent, Followed, TempoWas, Alive, Trouble, News, Done)
}


def to_line(message: Command | Report) -> bytes:
    """One line of JSON, newline included."""
    values = asdict(message)
    if isinstance(message, Feed):
        values["notes"] = [(n.start_tick, n.duration_ticks, n.pitch, n.velocity) for n in message.notes]
    elif isinstance(message, Sent):
        values["messages"] = [sent.hex() for sent in message.messages]
    return json.dumps([type(message).__name__, values], separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Command | Report:
    """The inverse of `to_line`; ValueError, KeyError or TypeError on anything else."""
    name, values = json.loads(line)
    kind = _KINDS[name]
    fields: dict[str, Any] = dict(values)
    if kind is Feed:
        fields["notes"] = tuple(Note(*note) for note in fields["notes"])
    elif kind is Ready:
        fields["outputs"] = tuple(fields["outputs"])
    elif kind is Sent:
        fields["messages"] = tuple(bytes.fromhex(sent) for sent in fields["messages"])
        fields["late_ms"] = tuple(fields["late_ms"])
    return kind(**fields)
