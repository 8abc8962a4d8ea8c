"""Queues requested changes until the next bar line."""

from __future__ import annotations

from musicgen_live.config.parameters import Change
from musicgen_live.session.state import TAKE_SETTINGS


class ChangeQueue:
    """The latest requested change of each parameter, in the order of the requests."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}

    def put(self, change: Change) -> None:
        """Add a change at the end; it replaces an earlier one of the same parameter."""
        self._changes.pop(change.name, None)
        self._changes[change.name] = change

    def overrides(self, name: str) -> bool:
        """Return whether the queue has a preset, which will set a value for this parameter."""
        return "preset" in self._changes and name not in TAKE_SETTINGS

    def take(self) -> list[Change]:
        """Return the changes and remove them."""
        changes, self._changes = list(self._changes.values()), {}
        return changes
