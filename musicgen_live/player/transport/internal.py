"""The internal transport: a tempo map and the moment of tick 0."""

from __future__ import annotations

from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.commands import Command
from musicgen_live.player.transport.base import TransportEvent


class InternalTransport:
    """A `Transport` that runs from `begin` on, except in a pause."""

    def __init__(
        self,
        tempo_map: TempoMap,
        origin_s: float | None = None,
        *,
        returned_tick: int = -1,
        paused_tick: int | None = None,
    ) -> None:
        """Make a transport; for a player that continues a take, `origin_s` is the moment of tick 0.

        The take contains the tempos up to `returned_tick` already. With `paused_tick` the music stands still there.
        """
        self._map = tempo_map
        # A tempo set during the count-in does not move the count-in.
        self._count_in_map = TempoMap(((0, tempo_map.changes[0][1]),))
        self._returned_tick = returned_tick
        self._origin_s = origin_s
        self._paused_tick = paused_tick

    @property
    def runs(self) -> bool:
        """True after the beginning, except in a pause."""
        return self._origin_s is not None and self._paused_tick is None

    @property
    def awaits_begin(self) -> bool:
        """True before the beginning."""
        return self._origin_s is None

    @property
    def tempo(self) -> float:
        """The tempo at the last tick for which `tempos` was called, or at the beginning."""
        return max(change for change in self._map.changes if change[0] <= max(0, self._returned_tick))[1]

    @property
    def timeout_s(self) -> float | None:
        """None, because it waits for no messages."""
        return None

    @property
    def limit_tick(self) -> int | None:
        """None, because it never jumps."""
        return None

    def due_s(self, tick: float) -> float:
        """Return the moment at which a tick is due; before the beginning, seconds from it."""
        return (self._origin_s or 0.0) + (self._count_in_map if tick < 0 else self._map).seconds_at(tick)

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun, 0 before the beginning."""
        if self._paused_tick is not None or self._origin_s is None:
            return self._paused_tick or 0
        since_s = at_s - self._origin_s
        return (self._count_in_map if since_s < 0 else self._map).tick_at(since_s)

    def begin(self, at_s: float | None, *, earliest_s: float, count_in_ticks: int = 0) -> float | None:
        """Put tick 0 at `at_s`, or after a count-in from `earliest_s` on, and return that moment."""
        self._origin_s = earliest_s - self._map.seconds_at(-count_in_ticks) if at_s is None else at_s
        self._count_in_map = TempoMap(((0, self._map.changes[0][1]),))
        return self._origin_s

    def set_tempo(self, tick: int, tempo: float, now_s: float) -> int | None:
        """Set the tempo from `tick` on, or from the first tick after `now_s`, and return that tick.

        Earlier ticks keep their moments.
        """
        if self._origin_s is not None:
            tick = max(tick, self.tick_at(now_s) + 1)
        tick = max(tick, 0)
        self._map = self._map.changed(tick, tempo)
        return tick

    def pause(self, now_s: float) -> int | None:
        """Let the music stand still; return its tick, or None if it does not run."""
        if not self.runs:
            return None
        self._paused_tick = self.tick_at(now_s)
        return self._paused_tick

    def go_on(self, now_s: float) -> int | None:
        """Run on after a pause, with the origin moved by its length; return the tick, or None without a pause."""
        tick, self._paused_tick = self._paused_tick, None
        if tick is not None:
            self._origin_s = now_s - (self._count_in_map if tick < 0 else self._map).seconds_at(tick)
        return tick

    def tempos(self, until_tick: int) -> list[tuple[int, float]]:
        """Return the tempos that begin by a tick and were not returned before, as (tick, tempo)."""
        found = [change for change in self._map.changes if self._returned_tick < change[0] <= until_tick]
        self._returned_tick = max(self._returned_tick, until_tick)
        return found

    def receive(self, command: Command) -> list[TransportEvent]:
        """Return nothing: there is no external clock."""
        del command
        return []

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """Return nothing: there is no timeout."""
        del now_s
        return []
