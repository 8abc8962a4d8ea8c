"""What happens while it plays, told to whoever watches: the screen, OSC, lines of JSON. Values; bars count from 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from musicgen_live.config.parameters import Value
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature


@dataclass(frozen=True)
class Opened:
    """Ports are open and the first bars are ready: `outputs` and `inputs` as a person would name them."""

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    take: str | None
    """The path of the take that is written."""
    time_signature: TimeSignature
    sync: str
    """`internal`, `clock` or `link`."""
    values: tuple[tuple[str, Value], ...]
    """Everything that can be steered and what it is set to, by name."""


@dataclass(frozen=True)
class BarBegan:
    """A bar line went by."""

    bar: int


@dataclass(frozen=True)
class Planned:
    """From `tick` of the music on, these notes will be played, up to `until_tick`, in place of any told before."""

    tick: int
    until_tick: int
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Struck:
    """Messages were sent at `take_tick` of the take; the strikes among them were so many milliseconds late."""

    take_tick: int
    messages: tuple[bytes, ...]
    late_ms: tuple[float, ...]
    dropped: int


@dataclass(frozen=True)
class Played:
    """A musician's note came in: struck at `tick` of the music, or with velocity 0 released."""

    tick: int
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Asked:
    """A change was asked for and will be heard from the first beat of `bar` on."""

    name: str
    value: Value
    bar: int


@dataclass(frozen=True)
class Changed:
    """A change is heard, from `bar` on; an action, such as `reroll`, has None."""

    name: str
    value: Value
    bar: int


@dataclass(frozen=True)
class Refused:
    """A change was asked for that cannot be, for this reason; what was stays."""

    name: str
    reason: str


@dataclass(frozen=True)
class Kept:
    """The latest bars were written to a file of their own."""

    path: str
    first_bar: int
    bars: int


@dataclass(frozen=True)
class Said:
    """Words for the user: news, or a trouble that the music survives."""

    text: str


@dataclass(frozen=True)
class Ended:
    """The take is over."""


Event = Opened | Position | BarBegan | Planned | Struck | Played | Asked | Changed | Refused | Kept | Said | Ended
Observer = Callable[[Event], None]
"""Called in the thread that conducts, which feeds the player: it has to be done soon, and raises nothing."""
