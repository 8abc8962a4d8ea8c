"""The player's own time: a tempo map and the moment at which it begins."""

from __future__ import annotations

from musicgen_live.live.leader import Event
from musicgen_live.live.messages import Command
from musicgen_live.live.tempo import TempoMap


class OwnTime:
    """A `Leader` for a player that follows nobody: it runs, without a halt, from when it is told to begin."""

    def __init__(self, tempo: TempoMap, origin_s: float | None = None) -> None:
        """`origin_s`, on the clock's scale, says where tick 0 was for a player that goes on with a take."""
        self._map = tempo
        self.origin_s = origin_s

    def begin(self, at_s: float) -> None:
        """Tick 0 is at this moment."""
        self.origin_s = at_s

    def length_s(self, ticks: int) -> float:
        """How long ticks before tick 0 take."""
        return -self._map.seconds_at(-ticks)

    @property
    def runs(self) -> bool:
        """Whether it has begun."""
        return self.origin_s is not None

    @property
    def tempo(self) -> float:
        """The tempo at the beginning."""
        return self._map.changes[0][1]

    @property
    def alarm_s(self) -> float | None:
        """Never."""
        return None

    @property
    def limit_tick(self) -> int | None:
        """None: jumps are not announced."""
        return None

    def due_s(self, tick: float) -> float:
        """When a tick is due; before the beginning, seconds from it."""
        return (self.origin_s or 0.0) + self._map.seconds_at(tick)

    def tick_at(self, at_s: float) -> int:
        """The last tick that has begun, 0 before the beginning."""
        return 0 if self.origin_s is None else self._map.tick_at(at_s - self.origin_s)

    def hear(self, command: Command) -> list[Event]:  # noqa: ARG002 (of a leader)
        """Nothing follows from anything."""
        return []

    def ring(self, now_s: float) -> list[Event]:  # noqa: ARG002
        """Nothing: there is no alarm."""
        return []
