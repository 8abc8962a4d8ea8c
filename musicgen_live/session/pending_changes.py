"""Publishes granted changes: once when they are granted, and once when they are heard, unless a newer one came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.interfaces.events import Asked, Changed, Observer


class PendingChanges:
    """Changes that were granted and are not heard yet."""

    def __init__(self, publish: Observer, values: Mapping[str, Value], bar_of: Callable[[int], int]) -> None:
        """`values` are those at the beginning, by parameter; `bar_of` returns the bar of a tick, from 1."""
        self._publish = publish
        self._bar_of = bar_of
        self._values = dict(values)
        self._unheard: list[tuple[int, Changed]] = []

    def grant(self, changes: Iterable[Change], values: Mapping[str, Value], at_tick: int) -> None:
        """Publish that from a tick on these changes hold, and the values are these."""
        bar = self._bar_of(at_tick)
        requested = {change.name for change in changes}
        # A preset or a model brings other values along.
        brought = {name for name, value in values.items() if value != self._values.get(name)}
        for name in PARAMETERS:
            if name in requested or name in brought:
                value = values.get(name)
                self._publish(Asked(name, value, bar))
                # A newer change for the same parameter replaces this one.
                self._unheard = [
                    (tick, change) for tick, change in self._unheard if change.name != name or tick < at_tick
                ]
                self._unheard.append((at_tick, Changed(name, value, bar)))
        self._values = dict(values)

    def reach(self, tick: int) -> None:
        """Publish the changes that are heard by a tick."""
        due = [change for at_tick, change in self._unheard if at_tick <= tick]
        self._unheard = [entry for entry in self._unheard if entry[0] > tick]
        for change in due:
            self._publish(change)
