"""What is said to a player and what it says back: values that cross a pipe as one line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position

SLOWEST, FASTEST = 4.0, 5000.0
"""Tempos that a MIDI file can say."""


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
class Cut:
    """Forget all notes fed that begin at `tick` or later, and where to finish. What sounds ends as it would have.

    Where that has passed, what is fed in their place is played from where the music is.
    """

    tick: int


@dataclass(frozen=True)
class SetTempo:
    """In the player's own time: so many quarters a minute from `tick` on, or from now on if it has passed.

    Changes asked for before that lie at `tick` or later are forgotten.
    """

    tick: int
    tempo: float

    def __post_init__(self) -> None:
        """ValueError on what no MIDI file can say."""
        if self.tick < 0 or not SLOWEST <= self.tempo <= FASTEST:
            raise ValueError(f"no tempo: {self}")


@dataclass(frozen=True)
class SetChannel:
    """Release what sounds, and go on on another channel, 0 to 15. Ports with a channel of their own keep it."""

    channel: int

    def __post_init__(self) -> None:
        """ValueError on what is no channel."""
        if not 0 <= self.channel <= 15:
            raise ValueError(f"no channel: {self}")


@dataclass(frozen=True)
class Begin:
    """The player's own time begins although nothing is fed: tick 0 is or was at `at_s`, or as soon as may be."""

    at_s: float | None = None


@dataclass(frozen=True)
class SendFeedback:
    """A channel message for the devices that control: where a fader is to go, which light is on."""

    message: bytes


@dataclass(frozen=True)
class Incoming:
    """A message that came in at the input port of this number; its `source` and whether it is played through."""

    port: int
    source: str
    thru: bool
    at_s: float
    message: bytes


@dataclass(frozen=True)
class InputGone:
    """The input port of this number is gone, with whoever held its keys."""

    port: int


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
    """Ports are open, as a person would name them: outputs with their channels, the clock's if there is one, inputs."""

    outputs: tuple[str, ...]
    clock: str | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class StartFailed:
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
class TakeTempo:
    """From `take_tick` of the take on, the tempo was this; told when the music has come there, or a beat later."""

    take_tick: int
    tempo: float


@dataclass(frozen=True)
class TempoChanged:
    """What came of `SetTempo`: the tempo is or will be this from `tick` of the music on."""

    tick: int
    tempo: float


@dataclass(frozen=True)
class Received:
    """A musician's message at an input port, at `tick` of the music: "input", "chords" or "control" brought it.

    Notes, controllers, pitch bend and program changes; a strike with velocity 0 is told as a release, and no release
    without its strike. `tick` is that of the moment at which the music stands still, -1 before it has run, and below 0
    in the count-in.
    """

    source: str
    tick: int
    at_s: float
    message: bytes


@dataclass(frozen=True)
class Notice:
    """Something that the user wants to know, and that is no trouble."""

    text: str


@dataclass(frozen=True)
class Done:
    """The player has released everything; it closes its outputs and goes."""


Inner = ClockIn | ClockGone | LinkState | Incoming | InputGone
"""What comes from within the player's process and crosses no pipe."""

Command = Feed | Cut | Finish | Stop | Begin | SetTempo | SetChannel | SendFeedback | Inner
"""What is put in a player's mailbox."""

Report = (
    Ready
    | StartFailed
    | Began
    | Sent
    | Position
    | TakeTempo
    | TempoChanged
    | Received
    | Alive
    | Trouble
    | Notice
    | Done
)
_COMMANDS = (Feed, Cut, Finish, Stop, Begin, SetTempo, SetChannel, SendFeedback)
_REPORTS = (Ready, StartFailed, Began, Sent, Position, TakeTempo, TempoChanged, Received, Alive, Trouble, Notice, Done)
_KINDS: dict[str, type[Command | Report]] = {kind.__name__: kind for kind in (*_COMMANDS, *_REPORTS)}


def to_line(message: Command | Report) -> bytes:
    """One line of JSON, newline included."""
    values = asdict(message)
    if isinstance(message, Feed):
        values["notes"] = [(n.start_tick, n.duration_ticks, n.pitch, n.velocity) for n in message.notes]
    elif isinstance(message, Sent):
        values["messages"] = [sent.hex() for sent in message.messages]
    elif isinstance(message, Received | SendFeedback):
        values["message"] = message.message.hex()
    return json.dumps([type(message).__name__, values], separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Command | Report:
    """The inverse of `to_line`; ValueError, KeyError or TypeError on anything else."""
    name, values = json.loads(line)
    kind = _KINDS[name]
    fields: dict[str, Any] = dict(values)
    if kind is Feed:
        fields["notes"] = tuple(Note(*note) for note in fields["notes"])
    elif kind is Ready:
        fields["outputs"], fields["inputs"] = tuple(fields["outputs"]), tuple(fields["inputs"])
    elif kind is Sent:
        fields["messages"] = tuple(bytes.fromhex(sent) for sent in fields["messages"])
        fields["late_ms"] = tuple(fields["late_ms"])
    elif kind in (Received, SendFeedback):
        fields["message"] = bytes.fromhex(fields["message"])
    return kind(**fields)
