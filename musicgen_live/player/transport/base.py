"""The contract of a transport, which gives the position and tempo of the music, and its starts and stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from musicgen_live.player.commands import Command
from musicgen_live.player.reports import Notice


@dataclass(frozen=True)
class Started:
    """The music runs from `tick` on, its present position by the transport's time; below 0 in a count-in.

    `is_jump` is False if the music stopped at this tick or would have reached it now anyway.
    """

    tick: int
    is_jump: bool


@dataclass(frozen=True)
class Stopped:
    """The music stands still at `tick`; the player releases all notes."""

    tick: int


@dataclass(frozen=True)
class Located:
    """The music, which stands still, was moved to `tick`: it will start there."""

    tick: int


TransportEvent = Started | Stopped | Located | Notice


class Transport(Protocol):
    """Musical time. Ticks are those of the music, 480 per quarter, bar 1 at tick 0; seconds are the player's clock.

    While the music stands still, `tick_at` returns its position.
    """

    @property
    def runs(self) -> bool:
        """True while ticks pass."""
        ...

    @property
    def awaits_begin(self) -> bool:
        """True before the first notes fed or `begin` let the music start; never if another program starts it."""
        ...

    @property
    def tempo(self) -> float:
        """The present tempo in quarter notes per minute."""
        ...

    @property
    def timeout_s(self) -> float | None:
        """The moment at which to call `timeout` if nothing is received before."""
        ...

    @property
    def limit_tick(self) -> int | None:
        """The tick of an announced jump: no message from there on is due."""
        ...

    def due_s(self, tick: float) -> float:
        """Return the moment at which `tick` is due, while the music runs."""
        ...

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun at a moment."""
        ...

    def begin(self, at_s: float | None, *, earliest_s: float, count_in_ticks: int = 0) -> float | None:
        """Put tick 0 at `at_s`, or after a count-in from `earliest_s` on, and return that moment.

        External transports return None; with Link the music starts at a bar line from then on. Call it only while
        `awaits_begin` is true.
        """
        ...

    def set_tempo(self, tick: int, tempo: float, now_s: float) -> int | None:
        """Set the tempo from `tick` on, or from the first tick after `now_s`, and return that tick.

        External transports return None.
        """
        ...

    def pause(self, now_s: float) -> int | None:
        """Let the music stand still; return its tick, or None if it does not run or another clock decides."""
        ...

    def go_on(self, now_s: float) -> int | None:
        """Run on after `pause`; return the tick, or None if it does not stand still or another clock decides."""
        ...

    def tempos(self, until_tick: int) -> list[tuple[int, float]]:
        """Return the set tempos that begin by a tick and were not returned before, as (tick, tempo)."""
        ...

    def receive(self, command: Command) -> list[TransportEvent]:
        """Handle a message of the external clock and return its effects, none for other commands."""
        ...

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """Return the effects of nothing received until `timeout_s`."""
        ...


class ExternalTransport:
    """The common part of transports whose start and tempo another program or device sets."""

    @property
    def awaits_begin(self) -> bool:
        """False, because the other side starts the music."""
        return False

    def begin(self, at_s: float | None, *, earliest_s: float, count_in_ticks: int = 0) -> float | None:
        """Return None: the other side starts the music."""
        del at_s, earliest_s, count_in_ticks
        return None

    def set_tempo(self, tick: int, tempo: float, now_s: float) -> int | None:
        """Return None: the other side sets the tempo."""
        del tick, tempo, now_s
        return None

    def pause(self, now_s: float) -> int | None:
        """Return None: the other side stops the music."""
        del now_s
        return None

    def go_on(self, now_s: float) -> int | None:
        """Return None: the other side starts the music."""
        del now_s
        return None

    def tempos(self, until_tick: int) -> list[tuple[int, float]]:
        """Return nothing: the tempo is measured, not set."""
        del until_tick
        return []
