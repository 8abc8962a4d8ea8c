"""Follows a DAW: over its jumps, from pass to pass of its loop, and with changes that hold there."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.music.position import Position
from musicgen_live.session.jumps import JumpDetector
from musicgen_live.session.passed_music import PassedMusic
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.timeline import Timeline


class FollowedDaw:
    """The jumps and the loop of a DAW, and the music that the player has behind its playhead."""

    def __init__(
        self, timeline: Timeline, playhead: Playhead, passed: PassedMusic, now_tick: Callable[[], int]
    ) -> None:
        """Begin without a loop; `now_tick` returns the present tick of the music."""
        self._timeline, self._playhead, self._passed, self._now_tick = timeline, playhead, passed, now_tick
        self._jumps = JumpDetector()
        self._reroll_tick: int | None = None
        """The latest reroll of a pass in which no loop was known: in a loop it holds for the bars before, too."""

    def line_before(self, tick: int) -> int:
        """Return the last bar line up to a tick."""
        return self._playhead.meters.line_before(max(0, tick))

    def bar_heard(self, tick: int) -> int:
        """Return the bar of a tick as it will be heard: behind the end of a loop come its first bars."""
        cycle = self._jumps.cycle
        if cycle is not None and tick >= cycle.until_tick:
            tick = cycle.from_tick + (tick - cycle.until_tick) % (cycle.until_tick - cycle.from_tick)
        return self._playhead.bar_of(tick)

    def has_left(self, position: Position) -> bool:
        """Return True if the DAW has jumped to a position; all changes then hold wherever it goes."""
        jump = self._jumps.receive(position)
        if jump is None:
            return False
        if self._reroll_tick is not None and jump.to_tick < self._reroll_tick and self._jumps.cycle is not None:
            self._passed.outdate(self._timeline.bars.outdate(self.line_before(jump.to_tick), self._reroll_tick))
        self._reroll_tick = None
        self._passed.replace_all()
        self._timeline.bars.forget_outdated()
        return True

    def outdate(self, at_tick: int, *, is_new_state: bool) -> None:
        """Have no bar that is older than a change come again: of a loop, the bars before the change.

        A reroll holds for the bars of a loop, and not for those before it.
        """
        cycle, from_tick = self._jumps.cycle, 0
        if not is_new_state:
            self._reroll_tick = at_tick if cycle is None else None
            from_tick = at_tick if cycle is None else self.line_before(cycle.from_tick)
        self._passed.outdate(self._timeline.bars.outdate(from_tick, max(from_tick, at_tick)))
        self._passed.replace_before(self.line_before(self._now_tick()))

    def send_again_before(self, tick: int) -> None:
        """Have the bars before a tick come again as they are sent from now on."""
        self._passed.send_again(self._timeline.bars.heard_before(tick))
        self._passed.replace_before(self.line_before(self._now_tick()))

    def goes_to_next_pass(self, ahead_ticks: int, most_bars: int) -> bool:
        """Go to the beginning of the loop that is played if a bar is missing there; return False if not.

        `ahead_ticks` of the next pass are wanted; `most_bars` are kept.
        """
        cycle, tick, timeline = self._jumps.cycle, self._now_tick(), self._timeline
        if cycle is None or not cycle.from_tick <= tick < cycle.until_tick:
            return False
        # Of a longer loop the beginning may be forgotten as soon as it is composed.
        is_long = cycle.until_tick - cycle.from_tick > most_bars // 2 * self._playhead.meters.at(0).bar_ticks
        if is_long or not timeline.bars.covers(tick, cycle.until_tick):
            return False
        first_tick = self.line_before(cycle.from_tick)
        until_tick = min(cycle.from_tick + ahead_ticks, self.line_before(tick))
        if timeline.bars.covers(first_tick, until_tick):
            return False
        timeline.seek(first_tick)
        return timeline.has_turn

    def seek(self) -> str | None:
        """Continue at the position of the DAW; return a message for the user if that is far from the music so far."""
        tick, timeline = max(0, self._now_tick()), self._timeline
        self._passed.replace_before(self.line_before(tick))
        if not timeline.seek(tick) or not timeline.bars.is_far_before(tick):
            return None
        return (
            f"Bar {self._playhead.bar_of(tick)} is far from the music so far, which goes on there; "
            "the bars between are composed when you play them."
        )
