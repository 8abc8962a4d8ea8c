"""`play-kept`: the bars that were kept last, again and again beneath the music, whoever has the turn."""

from __future__ import annotations

from collections.abc import Iterable

from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.notes import Note
from musicgen_live.session.loop import Loop


class KeptBeneath:
    """The kept bars, while they are played again, and how far the player has them where the model has no turn."""

    def __init__(self) -> None:
        self.latest: Loop | None = None
        """The bars that were kept last, from tick 0 on; they are played from when it is switched on next."""
        self.fed_until_tick = 0
        """The tick up to which the player has them."""
        self._loop: Loop | None = None

    @property
    def is_on(self) -> bool:
        """True while they are played."""
        return self._loop is not None

    def switch(self, line_tick: int, *, is_on: bool) -> None:
        """Have them begin at a bar line, or end."""
        self._loop = self.latest.at(line_tick) if is_on and self.latest is not None else None

    def notes(self, bars: Iterable[Bar]) -> tuple[Note, ...]:
        """Return their notes beneath bars."""
        if self._loop is None:
            return ()
        return tuple(note for bar in bars for note in self._loop.notes(bar.start_tick, bar.end_tick))

    def next_rest(self, tick: int, meters: MeterMap) -> Bar | None:
        """Return a bar, or the rest of one, for them alone; None if the player has them up to the bar of a tick."""
        from_tick = self.fed_until_tick
        if self._loop is None or from_tick > tick:
            return None
        return Bar(from_tick, meters.line_after(from_tick + 1), (), ())
