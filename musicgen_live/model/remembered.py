"""Computes the inputs of a network besides the id read: recall, and the reference of the present bar."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.recall import IntervalRecall, Recall
from musicgen_live.model.reference import Reference

_PITCH = bar_tokens.ids_of("pitch")
_BAR = bar_tokens.ids_of("bar").start
"""Control tokens have lower ids."""


@dataclass(frozen=True)
class RememberedState:
    """The state of a `Remembered`."""

    recalled: int
    """The number of ids that recall remembers."""
    intervals: tuple[int, int] | None
    """The state of the recall by intervals."""
    shows_recall: bool
    reference: Reference | None
    place: tuple[int, int] | None


class Remembered:
    """Reads ids one at a time, like the network, and returns its other inputs."""

    def __init__(self, architecture: Architecture) -> None:
        """Begin with nothing read; without recall and reference in the architecture there are no inputs."""
        self.shows_recall = True
        """False hides the recall from the network."""
        self.reference: Reference | None = None
        """The reference of the bar whose token is read next, and of the ids up to the next bar."""
        self._nothing = architecture.classes
        first = architecture.recall_from
        self._recall = None if first is None else Recall(architecture.classes, first)
        self._intervals = None
        if first is not None and architecture.intervals:
            self._intervals = IntervalRecall(architecture.classes, first, _PITCH)
        self.has_reference = architecture.reference

    def read(self, token_id: int) -> tuple[int, ...]:
        """Read one id; return a number for each name of `Architecture.remembered`."""
        recalled: tuple[int, ...] = ()
        for recall in (self._recall, self._intervals):
            if recall:
                recalled += recall.read(token_id, shown=self.shows_recall)
        if not self.has_reference:
            return recalled
        if self.reference is None or token_id < _BAR:
            return (*recalled, self._nothing, 0)
        return (*recalled, *self.reference.read(token_id, self._nothing))

    def reset(self) -> None:
        """Forget everything read."""
        self.reference = None
        for recall in (self._recall, self._intervals):
            if recall:
                recall.reset()

    def snapshot(self) -> RememberedState:
        """Return the state."""
        return RememberedState(
            self._recall.snapshot() if self._recall else 0,
            self._intervals.snapshot() if self._intervals else None,
            self.shows_recall,
            self.reference,
            self.reference.snapshot() if self.reference else None,
        )

    def restore(self, state: RememberedState) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self.shows_recall, self.reference = state.shows_recall, state.reference
        if self.reference and state.place:
            self.reference.restore(state.place)
        if self._recall:
            self._recall.restore(state.recalled)
        if self._intervals and state.intervals:
            self._intervals.restore(state.intervals)
