"""Publishes granted changes: when they are granted, and when they take effect, unless a newer one replaced them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.interfaces.events import Changed, Granted, Observer


class PendingChanges:
    """The granted changes that have not taken effect yet."""

    def __init__(self, publish: Observer, values: Mapping[str, Value], bar_of: Callable[[int], int]) -> None:
        """Start with the values at the beginning, by parameter; `bar_of` returns the bar of a tick, from 1."""
        self._publish = publish
        self._bar_of = bar_of
        self._values = dict(values)
        self._waiting: list[tuple[int, Changed]] = []

    @property
    def last_tick(self) -> int:
        """The tick of the last change that waits; 0 if none does."""
        return max((tick for tick, _ in self._waiting), default=0)

    def grant(self, changes: Iterable[Change], values: Mapping[str, Value], at_tick: int) -> None:
        """Publish that changes, and the values that they lead to, hold from a tick on."""
        bar = self._bar_of(at_tick)
        requested = {change.name for change in changes}
        # A preset or a model also changes other values.
        changed = {name for name, value in values.items() if value != self._values.get(name)}
        for name in PARAMETERS:
            if name in requested or name in changed:
                value = values.get(name)
                self._publish(Granted(name, value, bar))
                # A newer change for the same parameter replaces this one.
                self._waiting = [
                    (tick, change) for tick, change in self._waiting if change.name != name or tick < at_tick
                ]
                self._waiting.append((at_tick, Changed(name, value, bar)))
        self._values = dict(values)

    def reach(self, tick: int) -> None:
        """Publish the changes that have taken effect by a tick."""
        due = [change for at_tick, change in self._waiting if at_tick <= tick]
        self._waiting = [entry for entry in self._waiting if entry[0] > tick]
        for change in due:
            self._publish(change)

    def reach_all(self) -> None:
        """Publish all changes, as the music has gone to another place, where they hold."""
        waiting, self._waiting = self._waiting, []
        for _, change in waiting:
            self._publish(change)
