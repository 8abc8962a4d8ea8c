"""The contract of a transport: it says where the music is, whose tempo it has, and when it starts and stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from musicgen_live.player.protocol import Command, Notice


@dataclass(frozen=True)
class Started:
    """The music runs from `tick` on, where the transport's time now says it is.

    `is_jump` says that it did not stop there, nor would it have been there. Before tick 0 it is counted in.
    """

    tick: int
    is_jump: bool


@dataclass(frozen=True)
class Stopped:
    """The music stands still at `tick`; the player releases all notes."""

    tick: int


TransportEvent = Started | Stopped | Notice


class Transport(Protocol):
    """Musical time. Ticks are those of the music, 480 a quarter, bar 1 at tick 0; seconds are the player's clock.

    While the music stands still, `tick_at` gives the tick at which it does.
    """

    @property
    def runs(self) -> bool:
        """Whether ticks go by."""
        ...

    @property
    def awaits_begin(self) -> bool:
        """Whether the music begins with the first notes fed, or with `begin`: only the internal clock's does."""
        ...

    @property
    def tempo(self) -> float:
        """Quarter notes a minute, now."""
        ...

    @property
    def timeout_s(self) -> float | None:
        """The moment to call `timeout` if nothing is received before."""
        ...

    @property
    def limit_tick(self) -> int | None:
        """The tick of an announced jump: nothing from there on is due."""
        ...

    def due_s(self, tick: float) -> float:
        """Return the moment at which `tick` is due, while the music runs."""
        ...

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun at a moment."""
        ...

    def begin(self, at_s: float | None, *, earliest_s: float, count_in_ticks: int = 0) -> float | None:
        """Put tick 0 at `at_s`, or behind a count-in from `earliest_s` on; return it, or None if it is not ours to set.

        Called only while it `awaits_begin`.
        """
        ...

    def set_tempo(self, tick: int, tempo: float, now_s: float) -> int | None:
        """Have a tempo from `tick` on, or from the first tick after `now_s`: return that tick.

        None if the tempo is someone else's.
        """
        ...

    def tempos(self, until_tick: int) -> list[tuple[int, float]]:
        """Return the tempos set that begin by a tick and have not been returned yet, as (tick, tempo)."""
        ...

    def receive(self, command: Command) -> list[TransportEvent]:
        """Handle a message of the clock that is followed; return what follows from it, nothing from other commands."""
        ...

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """Return what follows from nothing received until `timeout_s`."""
        ...


class ExternalTransport:
    """The parts of the contract that are the same wherever someone else sets start and tempo."""

    @property
    def awaits_begin(self) -> bool:
        """False: the other side starts the music."""
        return False

    def begin(self, at_s: float | None, *, earliest_s: float, count_in_ticks: int = 0) -> float | None:
        """Set nothing: the other side starts the music."""
        del at_s, earliest_s, count_in_ticks
        return None

    def set_tempo(self, tick: int, tempo: float, now_s: float) -> int | None:
        """Set nothing: the tempo is the other side's."""
        del tick, tempo, now_s
        return None

    def tempos(self, until_tick: int) -> list[tuple[int, float]]:
        """Return nothing: the tempo is measured, not set."""
        del until_tick
        return []
