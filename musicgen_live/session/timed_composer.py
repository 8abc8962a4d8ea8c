"""Composes bars against the clock: measures the time, and replaces a plan only with a bar that is ready in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import BAR_LINES, Grid
from musicgen_live.session.lead_time import LeadTime
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.timeline import Timeline


@dataclass(frozen=True)
class NewPlan:
    """The beginning of a plan that replaces the earlier one from a bar line on."""

    at_tick: int
    bar: Bar | None
    """None if the take is over there."""
    has_turn: bool = True
    """False if the model has no turn at `at_tick`: there is nothing to replace, and no bar."""
    replaced: tuple[Bar, ...] = ()
    """The bars of the earlier plan from `at_tick` on."""


class TimedComposer:
    """Composes the bars of a timeline, and remembers how long that took."""

    def __init__(
        self, timeline: Timeline, playhead: Playhead, now_s: Callable[[], float], *, ahead_s: float = 0.0
    ) -> None:
        """Compose for a player that sends everything `ahead_s` before it is due."""
        self.timeline = timeline
        self._playhead = playhead
        self._now_s = now_s
        self._lead_time = LeadTime(ahead_s)

    def next_bar(self) -> Bar | None:
        """Compose the next bar; None if the take is over."""
        return self._timed_bar(self._now_s())

    def first_line(self, *, other_model: bool = False, grid: Grid = BAR_LINES, not_before_tick: int = 0) -> int:
        """Return the first bar line, or place of another grid, for which a new bar can be ready.

        A bar of another model, or in another time signature, needs longer.
        """
        margin_s = self._lead_time.margin_s(other_model=other_model)
        return self._playhead.place_after(self._now_s() + margin_s, grid, not_before_tick)

    def is_too_near(self, tick: int) -> bool:
        """Return True if a tick is due before a new bar can be ready."""
        return self._playhead.due_s(tick) - self._now_s() < self._lead_time.margin_s()

    def replace(
        self,
        at_tick: int,
        prepare: Callable[[int], None],
        *,
        other_model: bool = False,
        begins_meter: bool = False,
    ) -> NewPlan:
        """Replace the plan from a tick on, or from a later bar line on; return the new one.

        `prepare` readies the timeline for its next bar, with `other_model` by another model, with `begins_meter` in
        another time signature, which both have to read the music so far. If the new bar is ready too late, the old plan
        stays for another bar. If it cannot be composed, whatever the error, nothing changes.
        """
        reads_again = other_model or begins_meter
        while True:
            began_s = self._now_s()
            planned, basis = self.timeline.planned(at_tick), self.timeline.basis
            try:
                prepare(at_tick)
                if reads_again:
                    switched_s = self._now_s()
                    self._lead_time.model_switched(switched_s - began_s)
                    began_s = switched_s
                # A model that has read stays; a time signature was taken back with its bar.
                reads_again = begins_meter
                bar = self._timed_bar(began_s)
            except Exception:
                self.timeline.revert(basis, planned, at_tick)
                raise
            if not (planned and self._playhead.runs and self._is_late(at_tick)):
                return NewPlan(at_tick, bar, replaced=tuple(planned))
            line_tick = self.first_line(other_model=reads_again, not_before_tick=at_tick + 1)
            self.timeline.keep(basis, planned, at_tick, line_tick)
            at_tick = line_tick
            if not self.timeline.has_turn_at(at_tick):
                return NewPlan(at_tick, None, has_turn=False)

    def _timed_bar(self, began_s: float) -> Bar | None:
        """Compose a bar on which work began at a moment."""
        bar = self.timeline.next_bar()
        self._lead_time.composed(self._now_s() - began_s)
        return bar

    def _is_late(self, tick: int) -> bool:
        """Return True if a bar that is ready now would reach the player after its tick is due."""
        return self._lead_time.is_late(self._now_s(), self._playhead.due_s(tick))
