"""The player's own time: a tempo map and the moment at which it begins."""

from __future__ import annotations

from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.protocol import Command
from musicgen_live.player.transport.base import TransportEvent


class InternalTransport:
    """A `Transport` for a player that follows nobody: it runs, without a halt, from when it is told to begin."""

    def __init__(self, tempo: TempoMap, origin_s: float | None = None, *, told_tick: int = -1) -> None:
        """`origin_s`, on the clock's scale, says where tick 0 was for a player that goes on with a take.

        Tempos up to `told_tick` are known to the take.
        """
        self._map = tempo
        # A tempo set while it is counted in does not move the count-in.
        self._count_in = TempoMap(((0, tempo.changes[0][1]),))
        self._told_tick = told_tick
        self.origin_s = origin_s

    def begin(self, at_s: float) -> None:
        """Tick 0 is at this moment."""
        self.origin_s = at_s
        self._count_in = TempoMap(((0, self._map.changes[0][1]),))

    def set_tempo(self, tick: int, tempo: float, now_s: float) -> int:
        """Have another tempo from `tick` on, or from the first tick that has not begun at `now_s`: that tick.

        What is due up to now stays where it was.
        """
        if self.origin_s is not None:
            tick = max(tick, self.tick_at(now_s) + 1)
        tick = max(tick, 0)
        self._map = self._map.changed(tick, tempo)
        return tick

    def reached(self, tick: int) -> list[tuple[int, float]]:
        """The tempos that begin by `tick` and have not been asked for yet, each with its tick."""
        found = [change for change in self._map.changes if self._told_tick < change[0] <= tick]
        self._told_tick = max(self._told_tick, tick)
        return found

    def length_s(self, ticks: int) -> float:
        """How long ticks before tick 0 take."""
        return -self._map.seconds_at(-ticks)

    @property
    def runs(self) -> bool:
        """Whether it has begun."""
        return self.origin_s is not None

    @property
    def tempo(self) -> float:
        """The tempo at the last tick that was asked for, or at the beginning."""
        return max(change for change in self._map.changes if change[0] <= max(0, self._told_tick))[1]

    @property
    def timeout_s(self) -> float | None:
        """Never."""
        return None

    @property
    def limit_tick(self) -> int | None:
        """None: jumps are not announced."""
        return None

    def due_s(self, tick: float) -> float:
        """When a tick is due; before the beginning, seconds from it."""
        return (self.origin_s or 0.0) + (self._count_in if tick < 0 else self._map).seconds_at(tick)

    def tick_at(self, at_s: float) -> int:
        """The last tick that has begun, 0 before the beginning."""
        if self.origin_s is None:
            return 0
        since_s = at_s - self.origin_s
        return (self._count_in if since_s < 0 else self._map).tick_at(since_s)

    def receive(self, command: Command) -> list[TransportEvent]:  # noqa: ARG002 (of a leader)
        """Nothing follows from anything."""
        return []

    def timeout(self, now_s: float) -> list[TransportEvent]:  # noqa: ARG002
        """Nothing: there is no alarm."""
        return []
