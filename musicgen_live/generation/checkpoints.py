"""The places in a take that can be gone back to."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.generation.token_writer import Snapshot
from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class Checkpoint:
    """All that a composer was at a tick."""

    tick: int
    snapshot: Snapshot
    given: tuple[Note, ...]
    """What was read of the bar that is open there, as it is written."""
    base: Snapshot | None
    """The writer at the bar line of that bar, once something was read."""
    is_over: bool
    own: dict[str, str]
    """The controls that the opening had of its own."""
    version: int
    """How often settings had been changed."""


class Checkpoints:
    """The latest points of a take, at rising ticks."""

    def __init__(self, kept_ticks: int) -> None:
        """Of those that lie `kept_ticks` and more before the last one, none is kept."""
        self._kept_ticks = kept_ticks
        self._points: list[Checkpoint] = []

    def put(self, point: Checkpoint) -> None:
        """Add a point behind the others, or in the place of the last one at the same tick."""
        if self._points and self._points[-1].tick == point.tick:
            self._points.pop()
        self._points.append(point)
        while self._points[0].tick < point.tick - self._kept_ticks:
            del self._points[0]

    def return_to(self, tick: int) -> Checkpoint:
        """The point at a tick, which is the last one from then on; ValueError if there is none."""
        at = next((at for at, point in enumerate(self._points) if point.tick == tick), None)
        if at is None:
            raise ValueError(f"the tick {tick} cannot be gone back to: {[point.tick for point in self._points]} can")
        del self._points[at + 1 :]
        return self._points[at]

    def before(self, tick: int) -> int | None:
        """The last tick up to this one that has a point; None if there is none."""
        return max((point.tick for point in self._points if point.tick <= tick), default=None)

    def clear(self) -> None:
        """Forget them all."""
        self._points.clear()
