"""What was asked for and granted: told at once, and once more when it is heard, if nothing took its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.interfaces.events import Asked, Changed, Observer


class PendingChanges:
    """Kept by a conductor, which says when something was granted and how far the music has come."""

    def __init__(self, publish: Observer, values: Mapping[str, Value], bar_of: Callable[[int], int]) -> None:
        """`values` are those at the beginning, by the names of the knobs; `bar_of` gives the bar of a tick, from 1."""
        self._publish = publish
        self._bar_of = bar_of
        self._told = dict(values)
        self._unheard: list[tuple[int, Changed]] = []

    def grant(self, changes: Iterable[Change], values: Mapping[str, Value], at_tick: int) -> None:
        """From a tick on these wishes come true, and the values are these."""
        bar = self._bar_of(at_tick)
        asked = {change.name for change in changes}
        # A preset or a model brings other values along.
        brought = {name for name, value in values.items() if value != self._told.get(name)}
        for name in PARAMETERS:
            if name in asked or name in brought:
                value = values.get(name)
                self._publish(Asked(name, value, bar))
                # What something else is asked for in the place of is never heard.
                self._unheard = [
                    (tick, change) for tick, change in self._unheard if change.name != name or tick < at_tick
                ]
                self._unheard.append((at_tick, Changed(name, value, bar)))
        self._told = dict(values)

    def reach(self, tick: int) -> None:
        """The music has come to a tick."""
        due = [change for at_tick, change in self._unheard if at_tick <= tick]
        self._unheard = [entry for entry in self._unheard if entry[0] > tick]
        for change in due:
            self._publish(change)
