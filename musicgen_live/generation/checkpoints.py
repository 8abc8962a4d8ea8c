"""The positions in a take that a composer can return to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from musicgen_live.generation.token_writer import Snapshot, TokenWriter
from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class OpenBar:
    """A bar that was read in part, and is read again from its beginning when more notes come."""

    start: Snapshot
    """The writer's state after the bar token."""
    notes: tuple[Note, ...]
    """The notes read so far, as written."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a composer at a tick."""

    tick: int
    writer: TokenWriter
    snapshot: Snapshot
    groove: Any
    chosen: int
    """The number of ids chosen."""
    open_bar: OpenBar | None
    is_over: bool
    prompt_controls: dict[str, str]
    """The controls that the prompt has of its own."""
    changes: int
    """The number of changes of settings before."""


class Checkpoints:
    """The latest checkpoints of a take, in order."""

    def __init__(self, kept_ticks: int) -> None:
        """Keep those that lie less than `kept_ticks` before the last one."""
        self._kept_ticks = kept_ticks
        self._points: list[Checkpoint] = []

    def put(self, point: Checkpoint) -> None:
        """Append a checkpoint; it replaces the last one if that is at the same tick."""
        if self._points and self._points[-1].tick == point.tick:
            self._points.pop()
        self._points.append(point)
        while self._points[0].tick < point.tick - self._kept_ticks:
            del self._points[0]

    def return_to(self, tick: int) -> Checkpoint:
        """Forget all checkpoints after the one at a tick, and return that; ValueError if there is none."""
        at = next((at for at, point in enumerate(self._points) if point.tick == tick), None)
        if at is None:
            raise ValueError(f"the tick {tick} cannot be gone back to: {[point.tick for point in self._points]} can")
        del self._points[at + 1 :]
        return self._points[at]

    def before(self, tick: int) -> int | None:
        """Return the tick of the last checkpoint up to a tick; None if there is none."""
        return max((point.tick for point in self._points if point.tick <= tick), default=None)

    def clear(self) -> None:
        """Forget all checkpoints."""
        self._points.clear()
