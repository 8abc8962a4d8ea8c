"""What a player follows: where the music is by a clock of someone else's, and what that one does with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from musicgen_live.player.protocol import Command


@dataclass(frozen=True)
class Started:
    """The music runs from `tick` on, where the leader's time now says it is.

    `is_jump` says that this is not where it halted or would have been. Before tick 0 it is counted in.
    """

    tick: int
    is_jump: bool


@dataclass(frozen=True)
class Stopped:
    """The music stands still, having come to `tick`: what sounds is to be released."""

    tick: int


@dataclass(frozen=True)
class Notice:
    """Something that the user wants to know."""

    text: str


TransportEvent = Started | Stopped | Notice


class Transport(Protocol):
    """Time as someone else beats it. Ticks are those of the music, 480 a quarter, bar 1 at tick 0; seconds the clock's.

    While the music stands still, `tick_at` gives the tick at which it does.
    """

    @property
    def runs(self) -> bool:
        """Whether ticks go by."""
        ...

    @property
    def tempo(self) -> float:
        """Quarter notes a minute, now."""
        ...

    @property
    def timeout_s(self) -> float | None:
        """When `timeout` has to be called if nothing is heard before."""
        ...

    @property
    def limit_tick(self) -> int | None:
        """Where a jump is about to come: nothing from there on is due."""
        ...

    def due_s(self, tick: float) -> float:
        """When `tick` is due, while the music runs."""
        ...

    def tick_at(self, at_s: float) -> int:
        """The last tick that has begun at a moment."""
        ...

    def receive(self, command: Command) -> list[TransportEvent]:
        """What follows from something that the leader sent; nothing from a command that is not the leader's."""
        ...

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """What follows from nothing having been heard until `timeout_s`."""
        ...
