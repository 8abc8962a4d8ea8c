"""The reports of a player, as values; `json_lines` has them cross a pipe."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.music.position import Position


@dataclass(frozen=True)
class Ready:
    """The ports are open. Names for the user: outputs with their channels, the clock's port if any, and inputs.

    `sound` is the name of the sound device, None without sound of our own.
    """

    outputs: tuple[str, ...]
    clock: str | None = None
    inputs: tuple[str, ...] = ()
    sound: str | None = None


@dataclass(frozen=True)
class PortChosen:
    """The answer to `ChoosePort`: the port that is played to, None for a virtual one.

    `outputs` are all names for the user; that of the sound device is the last.
    """

    output: int
    name: str | None
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class PortRefused:
    """The answer to `ChoosePort` if that port cannot be opened; the present one stays."""

    reason: str


@dataclass(frozen=True)
class StartFailed:
    """The player could not start; `kind` is the name of the error class, `reason` its message."""

    kind: str
    reason: str


@dataclass(frozen=True)
class Began:
    """Tick 0 of the music is at `origin_s` on `time.monotonic`, which all processes of a machine share.

    Reported at the beginning, and after each pause with a later moment.
    """

    origin_s: float


@dataclass(frozen=True)
class Paused:
    """The music of the internal transport stands still at `tick` since `at_s`."""

    tick: int
    at_s: float


@dataclass(frozen=True)
class Sent:
    """All messages due up to `tick` of the take have been sent, `messages` at that tick.

    `late_ms` has one number for each note-on: the delay with which it was sent. `dropped` is the number of notes that
    were too late to play.
    """

    tick: int
    messages: tuple[bytes, ...] = ()
    late_ms: tuple[float, ...] = ()
    dropped: int = 0


@dataclass(frozen=True)
class Recorded:
    """A musician's message was added to the take at `tick`; it was sent nowhere, or before the take began."""

    tick: int
    message: bytes


@dataclass(frozen=True)
class LeftOut:
    """A note-on that was reported as sent is not part of the take, because its note was cut off as it began."""

    message: bytes


@dataclass(frozen=True)
class Alive:
    """The player runs, though it may have nothing to send."""


@dataclass(frozen=True)
class Trouble:
    """A problem that does not stop the music, or its end."""

    reason: str


@dataclass(frozen=True)
class TakeMoved:
    """The take is in another file from now on, whole; None while it can be written nowhere."""

    path: str | None


@dataclass(frozen=True)
class TakeTempo:
    """The tempo from `take_tick` of the take on; reported when the music reaches that tick, or a beat later."""

    take_tick: int
    tempo: float


@dataclass(frozen=True)
class TakeText:
    """The answer to `Annotate`: the text stands at `take_tick` of the take."""

    take_tick: int
    text: str


@dataclass(frozen=True)
class TakeMeter:
    """The answer to `SetMeter`: the time signature stands at `take_tick` of the take."""

    take_tick: int
    meter: str


@dataclass(frozen=True)
class TempoChanged:
    """The answer to `SetTempo`: the tempo is set from `tick` of the music on."""

    tick: int
    tempo: float


@dataclass(frozen=True)
class Received:
    """A musician's message, received at `tick` of the music at an input port of a `source` (see `config.SOURCES`).

    Any channel message but channel mode messages, which are reported as the releases that they cause. A note-on with
    velocity 0 is reported as a note-off, and a note-off only after its note-on. `tick` is constant while the music
    stands still, -1 before it has run, and below 0 in the count-in.
    """

    source: str
    tick: int
    at_s: float
    message: bytes


@dataclass(frozen=True)
class Notice:
    """News for the user that is no problem."""

    text: str


@dataclass(frozen=True)
class HistoryForgotten:
    """The supervisor gave a new player none of the notes that were fed so far, as they may have killed others."""


@dataclass(frozen=True)
class Done:
    """The player has released all notes; next it closes its outputs and exits."""


Report = (
    Ready
    | PortChosen
    | PortRefused
    | StartFailed
    | Began
    | Paused
    | Sent
    | Recorded
    | LeftOut
    | Position
    | TakeMoved
    | TakeTempo
    | TakeText
    | TakeMeter
    | TempoChanged
    | Received
    | Alive
    | Trouble
    | Notice
    | HistoryForgotten
    | Done
)
