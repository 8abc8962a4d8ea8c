"""Holds requested changes back: until the next bar line, or until the one before is a moment old."""

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


class ThrottledChanges:
    """The latest requested change of each parameter, each due no sooner than an interval after the one before."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._changes: dict[str, Change] = {}
        self._due_s: dict[str, float] = {}

    def put(self, change: Change) -> None:
        """Add a change; it replaces one of the same parameter that is not due yet."""
        self._changes[change.name] = change

    def take(self, now_s: float, *, early: bool = False) -> list[Change]:
        """Return the changes that are due, or with `early` all, and remove them."""
        due = [name for name in self._changes if early or self._due_s.get(name, now_s) <= now_s]
        self._due_s.update(dict.fromkeys(due, now_s + self._interval_s))
        return [self._changes.pop(name) for name in due]

    def wait_s(self, now_s: float) -> float | None:
        """Return the seconds until a change is due; None without one."""
        return min((max(0.0, self._due_s.get(name, now_s) - now_s) for name in self._changes), default=None)
