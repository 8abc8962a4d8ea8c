"""Holds requested changes back until they may be applied: at the next bar line, or soon after the change before."""

from __future__ import annotations

from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.session.state import TAKE_SETTINGS


class ChangeQueue:
    """The latest requested change of each parameter, in the order of the requests.

    A parameter that applies at once does so an interval after its last change at the earliest. All others wait for a
    bar line; so does one that applies at once if a preset that sets it waits before it.
    """

    def __init__(self, interval_s: float) -> None:
        """Start empty; `interval_s` is the least time between two changes at once of a parameter."""
        self._interval_s = interval_s
        self._for_line: dict[str, Change] = {}
        self._at_once: dict[str, Change] = {}
        self._due_s: dict[str, float] = {}

    def put(self, change: Change) -> None:
        """Add a change of one of `PARAMETERS` at the end; it replaces an earlier one of the same parameter."""
        name = change.name
        comes_from_presets = PARAMETERS[name].setting is not None and name not in TAKE_SETTINGS
        if PARAMETERS[name].applies == "at once" and not (comes_from_presets and "preset" in self._for_line):
            self._at_once[name] = change
            return
        if name == "preset":
            # It brings its own values, so the changes before it are due now.
            self._due_s.clear()
        self._for_line.pop(name, None)
        self._for_line[name] = change

    def take_at_once(self, now_s: float) -> list[Change]:
        """Return the changes at once that are due, and remove them."""
        due = [name for name in self._at_once if self._due_s.get(name, now_s) <= now_s]
        self._due_s.update(dict.fromkeys(due, now_s + self._interval_s))
        return [self._at_once.pop(name) for name in due]

    def take_for_line(self) -> list[Change]:
        """Return the changes that wait for a bar line, and remove them."""
        changes, self._for_line = list(self._for_line.values()), {}
        return changes

    def wait_s(self, now_s: float) -> float | None:
        """Return the seconds until a change at once is due; None without one."""
        return min((max(0.0, self._due_s.get(name, now_s) - now_s) for name in self._at_once), default=None)
