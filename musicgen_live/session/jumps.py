"""Finds the jumps of a DAW in the reported positions, and the cycle (the loop of its transport) that it plays."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.player.timing import TICKS_PER_SIXTEENTH

JUMP_TICKS = PPQ // 2
"""If a reported position, one per beat, differs by more than this from the expected one, the music has jumped."""

RESTART_S = 1.0
"""After a stop of this length at another place the music begins anew; a DAW that loops by stop and start stops for less
than a millisecond."""


@dataclass(frozen=True)
class Jump:
    """The music went to `to_tick` where it would have been at `from_tick`; ticks of the DAW."""

    from_tick: int
    to_tick: int
    after_stop: bool = False
    """True if the music stood still for `RESTART_S` before: it begins anew."""


@dataclass(frozen=True)
class Cycle:
    """The DAW plays from `from_tick` to `until_tick` again and again; ticks of the DAW."""

    from_tick: int
    until_tick: int


class JumpDetector:
    """Compares each position with the one that was expected after the last.

    A jump back sets the cycle. The cycle holds until the music leaves it in another way.
    """

    def __init__(self) -> None:
        self.cycle: Cycle | None = None
        """The cycle that the DAW plays; None if none is known."""
        self._last: Position | None = None
        self._stopped_s: float | None = None
        """The moment from which the music stands still; None while it runs."""
        self._has_moved = False
        """True if the music stands at another place than that where it stopped."""

    def receive(self, position: Position) -> Jump | None:
        """Add a position; return the jump that led to it, None without one. The first position is no jump."""
        last, self._last = self._last, position
        jump = None
        if last is not None:
            expected_tick = max(last.tick, last.tick_at(position.at_s))
            if abs(position.tick - expected_tick) > JUMP_TICKS:
                stood_s = 0.0 if self._stopped_s is None else position.at_s - self._stopped_s
                jump = Jump(expected_tick, position.tick, after_stop=stood_s >= RESTART_S)
        if position.runs:
            self._stopped_s, self._has_moved = None, False
        else:
            self._stopped_s = position.at_s if self._stopped_s is None else self._stopped_s
            self._has_moved = self._has_moved or jump is not None
        self._follow_cycle(position, jump)
        return jump

    def _follow_cycle(self, position: Position, jump: Jump | None) -> None:
        if jump is not None and jump.to_tick < jump.from_tick and not jump.after_stop:
            # A DAW may announce its jump a pulse or two late; song positions are sixteenths.
            end_tick = round(jump.from_tick / TICKS_PER_SIXTEENTH) * TICKS_PER_SIXTEENTH
            self.cycle = Cycle(jump.to_tick, end_tick)
        elif self.cycle and not self.cycle.from_tick <= position.tick < self.cycle.until_tick + PPQ:
            self.cycle = None

    @property
    def position(self) -> Position:
        """The last position; there must be one."""
        assert self._last is not None
        return self._last

    def settle(self) -> None:
        """Take the place where the music stands for the one where it stopped."""
        self._has_moved = False

    def stands_elsewhere(self, now_s: float) -> bool:
        """Return True if the music has stood still for `RESTART_S`, at another place than that where it stopped."""
        return self._has_moved and self._stopped_s is not None and now_s - self._stopped_s >= RESTART_S
