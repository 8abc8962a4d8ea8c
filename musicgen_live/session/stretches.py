"""Stretches of music that the transport has left: bars without a gap, kept to be taken up again."""

from __future__ import annotations

from musicgen_live.generation.composer import Bar

Stretch = list[Bar]
"""At least one bar; each begins where the one before ends."""


class Stretches:
    """The stretches besides the one that is composed now, in the order of leaving them; none overlaps another."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []

    def __len__(self) -> int:
        return sum(map(len, self._stretches))

    def put(self, stretch: Stretch) -> None:
        """Keep a stretch."""
        self._stretches.append(stretch)

    def take_at(self, tick: int, far_ticks: int) -> Stretch | None:
        """Take out the latest stretch that begins by a tick and ends less than `far_ticks` before; None without one."""
        found = [each for each in self._stretches if each[0].start_tick <= tick < each[-1].end_tick + far_ticks]
        return self._taken(max(found, key=_start)) if found else None

    def take_between(self, from_tick: int, until_tick: int) -> Stretch | None:
        """Take out the first stretch that begins after one tick and by another; None without one."""
        found = [each for each in self._stretches if from_tick < each[0].start_tick <= until_tick]
        return self._taken(min(found, key=_start)) if found else None

    def after(self, tick: int) -> list[Bar]:
        """Return the bars of all stretches that begin after a tick, in order."""
        return [bar for each in sorted(self._stretches, key=_start) if each[0].start_tick > tick for bar in each]

    def forget_after(self, tick: int) -> None:
        """Forget the stretches that begin after a tick."""
        self._stretches = [each for each in self._stretches if each[0].start_tick <= tick]

    def forget_oldest(self, bars: int) -> Stretch:
        """Forget the first bars of the stretch that was left longest ago, or all of it; return them."""
        if not self._stretches:
            return []
        oldest = self._stretches[0]
        forgotten = oldest[:bars]
        del oldest[:bars]
        if not oldest:
            self._stretches.pop(0)
        return forgotten

    def clear(self) -> None:
        """Forget all stretches."""
        self._stretches.clear()

    def _taken(self, stretch: Stretch) -> Stretch:
        self._stretches = [each for each in self._stretches if each is not stretch]
        return stretch


def _start(stretch: Stretch) -> int:
    return stretch[0].start_tick
