"""The bars of a take that are kept: the music that goes on now, outdated bars before it, and music elsewhere."""

from __future__ import annotations

from musicgen_live.generation.composer import KEPT_BARS, Bar
from musicgen_live.session.stretches import Stretch, Stretches, bars_before, bars_between

FAR_BARS = 16
"""A position this far behind the end of the music is reached without the bars between; those before a nearer one are
composed, so that it has the same music whichever way it is reached. Each takes 5 to 10 ms on an idle machine."""

FORGOTTEN_AT_ONCE_BARS = 64
"""So many bars are forgotten together."""


class KeptBars:
    """Bars by their place in the music; knows no composer."""

    def __init__(self, bar_ticks: int) -> None:
        """Start empty."""
        self._far_ticks = FAR_BARS * bar_ticks
        self.present: Stretch = []
        """The music that is continued: bars without a gap."""
        self.outdated: Stretch = []
        """The bars right before the present music that are older than the latest change; they do not come again."""
        self._left = Stretches()
        """The music elsewhere, which the transport has left."""

    # --- look-ups --------------------------------------------------------------------------------------------------

    @property
    def heard(self) -> list[Bar]:
        """The outdated bars and the present music, in order."""
        return [*self.outdated, *self.present]

    def elsewhere_after(self, tick: int) -> list[Bar]:
        """Return the bars after a tick that are not connected with the present music."""
        return self._left.after(tick)

    def heard_before(self, tick: int) -> list[Bar]:
        """Return the bars before a bar line that come again if the transport goes back there."""
        return [*bars_before(self.present, tick), *self._left.before(tick)]

    def present_after(self, tick: int) -> list[Bar]:
        """Return the bars that are played in this pass, from a tick behind the playhead on."""
        outdated = [bar for bar in self.outdated if bar.start_tick >= tick]
        return [*outdated, *self.elsewhere_after(max([tick, *(bar.end_tick for bar in outdated)]) - 1)]

    def covers(self, from_tick: int, until_tick: int) -> bool:
        """Return True if there is music from one tick to another."""
        from_tick = self.after_outdated(from_tick)
        is_here = bool(self.present) and (
            self.present[0].start_tick <= from_tick and until_tick <= self.present[-1].end_tick
        )
        return from_tick >= until_tick or is_here or self._left.covers(from_tick, until_tick)

    def after_outdated(self, tick: int) -> int:
        """Return a tick or, among the outdated bars, the tick after them."""
        if self.outdated and self.outdated[0].start_tick <= tick < self.outdated[-1].end_tick:
            return self.outdated[-1].end_tick
        return tick

    def is_far_before(self, tick: int) -> bool:
        """Return True if no music begins soon after a tick."""
        elsewhere = self.elsewhere_after(tick)
        return not elsewhere or elsewhere[0].start_tick >= tick + self._far_ticks

    # --- going elsewhere -------------------------------------------------------------------------------------------

    def leave_for(self, tick: int) -> Stretch | None:
        """Keep the present music as music elsewhere; take out the music that a tick continues, None without any."""
        if self.present:
            self._left.put(self.present)
        self.present = []
        return self._left.take_at(tick, self._far_ticks)

    def take_following(self, from_tick: int, until_tick: int) -> Stretch | None:
        """Take out the music elsewhere that begins after one tick and by another; None without any."""
        return self._left.take_between(from_tick, until_tick)

    # --- forgetting ------------------------------------------------------------------------------------------------

    def outdate(self, from_tick: int, tick: int) -> list[Bar]:
        """Have the bars from one bar line to another not come again, after a change there; return them.

        The music before is left, and the music after goes on. What was outdated before stays so.
        """
        left = self._left.cut(from_tick, tick)
        if early := bars_before(self.present, from_tick):
            self._left.put(early)
        found = bars_between(self.present, from_tick, tick)
        self.present = [bar for bar in self.present if bar.start_tick >= tick]
        self.outdated = [*self.outdated, *found][-KEPT_BARS:]
        return [*left, *found]

    def forget_outdated(self) -> None:
        """Forget the bars that do not come again, as the transport has left them."""
        self.outdated = []

    def forget_from(self, tick: int) -> int:
        """Forget the outdated bars and the present music from a tick on; return the number of their tokens."""
        tokens = sum(len(bar.ids) for bar in self.heard if bar.start_tick >= tick)
        self.outdated, self.present = bars_before(self.outdated, tick), bars_before(self.present, tick)
        return tokens

    def forget_elsewhere(self, tick: int) -> int:
        """Forget the bars after a tick that are not connected with the present music; return their tokens."""
        tokens = sum(len(bar.ids) for bar in self._left.after(tick))
        self._left.forget_after(tick)
        return tokens

    def forget_oldest(self, most_bars: int) -> tuple[int, int] | None:
        """Forget some of the music left longest ago if there are more bars; return from and until which tick."""
        if len(self.present) + len(self._left) < most_bars + FORGOTTEN_AT_ONCE_BARS:
            return None
        forgotten = self._left.forget_oldest(FORGOTTEN_AT_ONCE_BARS)
        if not forgotten:
            forgotten = self.present[:FORGOTTEN_AT_ONCE_BARS]
            del self.present[:FORGOTTEN_AT_ONCE_BARS]
        return forgotten[0].start_tick, forgotten[-1].end_tick

    def clear(self) -> None:
        """Forget all bars."""
        self.present, self.outdated = [], []
        self._left.clear()
