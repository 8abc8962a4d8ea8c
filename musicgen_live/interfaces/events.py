"""The events of a take, published to observers: the screen, OSC, lines of JSON. Values; bars count from 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from musicgen_live.config.parameter import Value
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature


@dataclass(frozen=True)
class Opened:
    """Ports are open and the first bars are ready; `outputs` and `inputs` are names for the user."""

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    take: str | None
    """The path of the recorded take; None if nothing is recorded."""
    time_signature: TimeSignature
    sync: str
    """`internal`, `clock` or `link`."""
    values: tuple[tuple[str, Value], ...]
    """The name and value of every parameter."""
    seed: int | None = None
    """The seed of the take; None for one that has none."""
    sound: str | None = None
    """The sound device, which is the last of `outputs`; None without one."""


@dataclass(frozen=True)
class OutputsChanged:
    """Another port was chosen; these are the outputs now, as in `Opened`."""

    outputs: tuple[str, ...]


@dataclass(frozen=True)
class BarBegan:
    """A bar has begun."""

    bar: int


@dataclass(frozen=True)
class Planned:
    """These notes will be played from `tick` of the music to `until_tick`, in place of all planned earlier."""

    tick: int
    until_tick: int
    notes: tuple[Note, ...]
    sections: tuple[tuple[int, str], ...] = ()
    """The ticks at which sections of the form begin, and their letters."""


@dataclass(frozen=True)
class MessagesSent:
    """Messages were sent at `take_tick` of the take; `late_ms` are the milliseconds by which its note-ons were late."""

    take_tick: int
    messages: tuple[bytes, ...]
    late_ms: tuple[float, ...]
    dropped: int


@dataclass(frozen=True)
class Played:
    """A note-on of a musician at `tick` of the music; with velocity 0 a note-off."""

    tick: int
    pitch: int
    velocity: int


@dataclass(frozen=True)
class TurnBegan:
    """Beside a musician, a turn begins at `tick` of the music; it replaces those that begin there or later."""

    whose: Literal["you", "network"]
    tick: int
    until_tick: int | None = None
    """The end of the network's turn; None if it is not known yet."""


@dataclass(frozen=True)
class MeterChanged:
    """Another time signature begins with `bar`, at `tick`, to which the music may have yet to come.

    It replaces those that begin there or later.
    """

    time_signature: TimeSignature
    tick: int
    bar: int


@dataclass(frozen=True)
class Granted:
    """A change was requested and takes effect at the first beat of `bar`."""

    name: str
    value: Value
    bar: int


@dataclass(frozen=True)
class Changed:
    """A change has taken effect at `bar`; the value of an action, such as `reroll`, is None."""

    name: str
    value: Value
    bar: int


@dataclass(frozen=True)
class Refused:
    """A requested change is impossible for this reason; the present value stays."""

    name: str
    reason: str


@dataclass(frozen=True)
class Kept:
    """The latest bars were written to a separate file."""

    path: str
    first_bar: int
    bars: int


@dataclass(frozen=True)
class PresetSaved:
    """The values were saved as a preset of this name."""

    name: str


@dataclass(frozen=True)
class SceneStored:
    """All values of the moment were stored as a scene of this name."""

    name: str


@dataclass(frozen=True)
class UserMessage:
    """A message for the user: news, or a problem that does not stop the music."""

    text: str


@dataclass(frozen=True)
class Ended:
    """The take is over."""


Event = (
    Opened
    | OutputsChanged
    | Position
    | BarBegan
    | Planned
    | MessagesSent
    | Played
    | TurnBegan
    | MeterChanged
    | Granted
    | Changed
    | Refused
    | Kept
    | PresetSaved
    | SceneStored
    | UserMessage
    | Ended
)
Observer = Callable[[Event], None]
"""Called on the session's thread, which feeds the player: must return quickly, and must not raise."""
