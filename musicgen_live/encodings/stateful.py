"""The protocol of objects that can go back to an earlier state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

State = TypeVar("State")


class Stateful(Protocol[State]):
    """An object whose state can be stored and restored."""

    def snapshot(self) -> State:
        """Return the state; the object does not change it later."""
        ...

    def restore(self, state: State) -> None:
        """Return to a state that `snapshot` of this object returned, which can be restored again."""
        ...


class Stateless:
    """An object that is always in the same state."""

    def snapshot(self) -> None:
        """Return nothing: there is no state."""

    def restore(self, state: None) -> None:
        """Do nothing: there is no state."""


def snapshot_all(parts: Iterable[Stateful[Any]]) -> tuple[Any, ...]:
    """Return the states of several objects."""
    return tuple(part.snapshot() for part in parts)


def restore_all(parts: Iterable[Stateful[Any]], states: Sequence[Any]) -> None:
    """Return several objects to the states that `snapshot_all` returned for the same ones."""
    for part, state in zip(parts, states, strict=True):
        part.restore(state)
