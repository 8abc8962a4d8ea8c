"""Feeds a player with the bars that are composed, and replaces what it has been fed from a tick on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from musicgen_live.generation.composer import Bar
from musicgen_live.interfaces.events import MeterChanged, Planned, TurnBegan, UserMessage
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.meter_map import BAR_LINES, Grid
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.music.position import Position
from musicgen_live.player.commands import Begin, Cut, Feed, Finish, Replace, SetMeter, SetMute, YieldTo
from musicgen_live.session.context import SessionContext
from musicgen_live.session.followed_daw import FollowedDaw
from musicgen_live.session.hesitation import Hesitation, hesitation
from musicgen_live.session.immediate_changes import ImmediateChanges
from musicgen_live.session.kept_beneath import KeptBeneath
from musicgen_live.session.passed_music import PassedMusic
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState
from musicgen_live.session.timed_composer import NewPlan, TimedComposer
from musicgen_live.session.timeline import Timeline

if TYPE_CHECKING:
    # Imported for typing only: most starts have no musician.
    from musicgen_live.session.listening.decisions import StartTurn
    from musicgen_live.session.listening.response import Loudness

AHEAD_TICKS = 2 * 4 * PPQ
"""Music is composed this far ahead of the player: two bars of 4/4, so that a pause of this process is not audible."""

MOST_BARS = 1024
"""The bars that are kept for a program that is followed to go back to: half an hour of music in 4/4, as far as a song
position reaches."""
OWN_BARS = 64
"""The bars that are kept on the internal clock: 20 to go back, 16 to freeze, and those that are planned."""


class PlayerFeed:
    """The plan of a take, and the player that has it.

    Each method that composes a bar takes tens of milliseconds at most.
    """

    def __init__(
        self,
        timeline: Timeline,
        state: LiveState,
        playhead: Playhead,
        context: SessionContext,
        immediate: ImmediateChanges,
        *,
        seeks: bool,
    ) -> None:
        """Start with an empty plan; with `seeks`, the music continues where a DAW jumps."""
        self.timeline = timeline
        self.state = state
        """The state by which the next bar is composed, and bars are sent."""
        self.composer = TimedComposer(timeline, playhead, context.now_s, ahead_s=context.ahead_s)
        self._playhead = playhead
        self._context = context
        self._immediate = immediate
        self.seeks = seeks
        self._daw = FollowedDaw(timeline, playhead, PassedMusic(context.send, self._sent), self.now_tick)
        self._has_begun = False
        self._entry: StartTurn | None = None
        """The latest turn beside a musician, until its first bar is composed."""
        self._hesitation: Hesitation | None = None
        self._loudness: Loudness | None = None
        self.kept = KeptBeneath()

    def now_tick(self) -> int:
        """Return the present tick of the music; `NOT_BEGUN` before it begins."""
        return self._playhead.tick_at(self._context.now_s())

    def bar_heard(self, tick: int) -> int:
        """Return the bar of a tick as it will be heard, from 1."""
        return self._daw.bar_heard(tick)

    # --- composing -------------------------------------------------------------------------------------------------

    def compose_ahead(self) -> bool:
        """Compose the next bar if the player is fed less than `AHEAD_TICKS` ahead; return False if it is not."""
        # First, so that the music need not be read again for each bar there.
        if not self._daw.goes_to_next_pass(AHEAD_TICKS, MOST_BARS):
            self.follow_jumps()
            self._catch_up()
            until_tick = max(0, self.now_tick()) + AHEAD_TICKS
            if not self.timeline.has_turn:
                return self._rest_until(until_tick)
            if self.timeline.next_tick > until_tick:
                return False
        self._compose_next()
        return True

    def compose_until(self, tick: int) -> None:
        """Compose the model's turn up to a tick."""
        while self.timeline.next_tick < tick and self.timeline.has_turn:
            self._compose_next()

    def compose_to_first_line(
        self, *, other_model: bool = False, grid: Grid = BAR_LINES, not_before_tick: int = 0, at_line: bool = False
    ) -> int:
        """Compose up to the first bar line, or place of another grid, that can still change; return its tick.

        A turn of the model that begins later changes where it begins or, `at_line`, at its first place of the grid.
        """
        while True:
            line_tick = self.composer.first_line(other_model=other_model, grid=grid, not_before_tick=not_before_tick)
            # The model's next turn may have been composed already; a change does not bring it forward.
            at_tick = max(self.timeline.turn_tick, line_tick)
            if at_line:
                at_tick = self.timeline.meters.next_place(at_tick, grid)
            if self.timeline.next_tick >= at_tick or not self.timeline.has_turn:
                return at_tick
            self._compose_next()

    def _catch_up(self) -> None:
        """Leave out bars of a turn if one of them is over before it is composed, and go on at a line that is in time.

        Otherwise a machine that was busy for a while stays behind, and every bar comes too late.
        """
        timeline, line_tick = self.timeline, self._daw.line_before(self.now_tick())
        if not self.seeks and self._playhead.runs and timeline.has_turn and timeline.next_tick < line_tick:
            # One bar that took very long is no reason to be silent for as long again.
            latest_tick = timeline.meters.later_by(2, line_tick)
            timeline.skip_to(min(self.composer.first_line(), latest_tick))

    def _compose_next(self) -> None:
        self._add(self.composer.next_bar())

    def _add(self, bar: Bar | None) -> None:
        """Feed a bar; if the take is over, send its end."""
        if bar is not None:
            if self._entry is not None and bar.start_tick == self._entry.at_tick:
                self._hesitation = hesitation(self._entry, self.now_tick(), self._playhead.tempo)
                self._entry = None
            if self._loudness is not None:
                self._loudness.add(bar.start_tick, bar.notes)
            self._feed([bar])
            if not self._has_begun:
                # Even if the first bars are silent.
                self._context.send(Begin())
            self._has_begun = True
        if self.timeline.has_ended:
            self._context.send(Finish(self.timeline.next_tick))
        if (forgotten := self.timeline.forget_oldest(MOST_BARS if self._playhead.follows else OWN_BARS)) is not None:
            self._context.send(Replace(*forgotten))

    def _feed(self, bars: list[Bar]) -> None:
        if self.seeks and bars and bars[-1].end_tick <= self._daw.line_before(self.now_tick()):
            # The next pass of a loop, while the present one is played.
            self._context.send(Replace(bars[0].start_tick, bars[-1].end_tick, *self._sent(bars)))
            bars = [*bars, *self.timeline.bars.present_after(bars[-1].end_tick)]
        else:
            self._context.send(Feed(*self._sent(bars)))
        if bars:
            self.kept.fed_until_tick = bars[-1].end_tick
        self._publish_plan(bars)

    def _publish_plan(self, bars: list[Bar]) -> None:
        if bars:
            sections = tuple((bar.start_tick, bar.section) for bar in bars if bar.section)
            self._context.publish(Planned(bars[0].start_tick, bars[-1].end_tick, self._sent_notes(bars), sections))

    def _sent(self, bars: list[Bar]) -> tuple[tuple[Note, ...], tuple[PedalPress, ...]]:
        """Return notes and pedal of bars as they are sent now."""
        meters = self.timeline.meters
        pedal = (press for bar in bars for press in self.state.pedal(bar, meters.at(bar.start_tick).time_signature))
        return self._sent_notes(bars), tuple(pedal)

    def _sent_notes(self, bars: list[Bar]) -> tuple[Note, ...]:
        meters = self.timeline.meters
        notes = tuple(note for bar in bars for note in self.state.sent(bar.notes, meters.at(bar.start_tick)))
        notes = self._loudness(notes) if self._loudness else notes
        notes = self._hesitation(notes) if self._hesitation else notes
        return (*notes, *self.kept.notes(bars))

    # --- replacing -------------------------------------------------------------------------------------------------

    def change_from(
        self, at_tick: int, state: LiveState, actions: Collection[str] = (), bundle: Bundle | None = None
    ) -> int:
        """Play another state from a tick on, or from a later bar line on; return the tick.

        `bundle` is what `Timeline.load` returned. Another time signature needs a bar line. Raises if the next bar
        cannot be composed; then nothing changes.
        """
        timeline, was = self.timeline, self.state
        if not timeline.has_turn_at(at_tick):
            # Nothing is planned there: the state applies when the model's turn comes.
            while self._rest_until(at_tick - 1):
                pass
            timeline.apply(at_tick, state, was, actions, bundle)
            self._settle(state, at_tick)
            if state.play_kept != was.play_kept:
                self._context.send(Cut(at_tick))
                self._context.publish(Planned(at_tick, at_tick, ()))
                self.kept.fed_until_tick = at_tick
            return at_tick

        def prepare(tick: int) -> None:
            timeline.take_back(tick)
            timeline.apply(tick, state, was, actions, bundle)

        begins_meter = state.settings.time_signature != was.settings.time_signature
        plan = self._play_from(at_tick, state, prepare, other_model=bundle is not None, begins_meter=begins_meter)
        if plan.has_turn:
            timeline.remember(plan.at_tick, list(plan.replaced), state, was, actions)
        elif begins_meter:
            # Its bar was too late, and the turn ends before the next one.
            timeline.begin_meter(plan.at_tick, state.settings, bundle)
            self._settle_meter(plan.at_tick)
        return plan.at_tick

    def recompose_from(self, at_tick: int, prepare: Callable[[int], None]) -> None:
        """Replace the plan from a tick on, or from a later bar line on; `prepare` readies the timeline."""
        self._play_from(at_tick, self.state, prepare)

    def _play_from(
        self,
        at_tick: int,
        state: LiveState,
        prepare: Callable[[int], None],
        *,
        other_model: bool = False,
        begins_meter: bool = False,
    ) -> NewPlan:
        """Replace the plan from a tick on, or from a later bar line on, by music of a state; return the new one.

        `prepare` readies the timeline for its next bar. If that bar cannot be composed, nothing changes.
        """
        plan = self.composer.replace(at_tick, prepare, other_model=other_model, begins_meter=begins_meter)
        self._settle(state, plan.at_tick)
        if plan.has_turn:
            self._context.send(Cut(plan.at_tick))
            self.timeline.forget_elsewhere(plan.at_tick)
            self._add(plan.bar)
        return plan

    def send_again_from(self, at_tick: int, state: LiveState) -> None:
        """Send the plan from a tick on as a state sends it."""
        self._settle(state, at_tick)
        self._context.send(Cut(at_tick))
        self._feed([*self.timeline.planned(at_tick), *self.timeline.bars.elsewhere_after(at_tick)])
        if self.timeline.has_ended:
            self._context.send(Finish(self.timeline.next_tick))
        if self.seeks:
            self._daw.send_again_before(at_tick)

    def _settle(self, state: LiveState, at_tick: int) -> None:
        """Set the state that holds from a tick on."""
        self._settle_meter(at_tick)
        self._settle_kept(state, at_tick)
        was, self.state = self.state, state
        if state.settings.tempo != was.settings.tempo and not self._playhead.follows:
            self._immediate.set_tempo(at_tick, state.settings.tempo)
        if state.mute != was.mute:
            self._context.send(SetMute(state.mute, at_tick))
        if (state.settings.program, state.settings.bank) != (was.settings.program, was.settings.bank):
            self._immediate.set_program(state)
        if state.parts != was.parts:
            self._immediate.settle_parts(state, was, at_tick)

    # --- kept bars that are played again ---------------------------------------------------------------------------

    def _settle_kept(self, state: LiveState, at_tick: int) -> None:
        """Have the kept bars begin with the bar of a tick, or end."""
        if state.play_kept != self.state.play_kept:
            self.kept.switch(self.timeline.meters.line_before(at_tick), is_on=state.play_kept)

    def _rest_until(self, tick: int) -> bool:
        """Feed the kept bars up to the end of the bar of a tick, where the model has no turn; False if that is done."""
        rest = self.kept.next_rest(tick, self.timeline.meters)
        if rest is None or self.timeline.has_ended or not self._playhead.runs:
            return False
        self._feed([rest])
        bar_ticks = self.timeline.meters.at(tick).bar_ticks
        forgotten_tick = rest.end_tick - OWN_BARS * bar_ticks
        if forgotten_tick > 0:
            self._context.send(Replace(max(0, forgotten_tick - bar_ticks), forgotten_tick))
        return True

    # --- another time signature ------------------------------------------------------------------------------------

    def _settle_meter(self, at_tick: int) -> None:
        """Have the player write a new time signature into the take, and publish it; it waits for its bar line."""
        timeline = self.timeline
        if timeline.meters == self._playhead.meters:
            return
        self._playhead.meters = timeline.meters
        signature = timeline.meters.at(at_tick).time_signature
        self._context.send(SetMeter(at_tick, str(signature)))
        self._context.publish(MeterChanged(signature, at_tick, timeline.meters.bar_of(at_tick)))
        if timeline.until_tick is not None and timeline.until_tick > at_tick:
            self._context.publish(TurnBegan("network", timeline.turn_tick, timeline.until_tick))
            self._context.publish(TurnBegan("you", timeline.until_tick))

    # --- a DAW that jumps ------------------------------------------------------------------------------------------

    def has_jumped(self, position: Position) -> bool:
        """Return True if the DAW has jumped to a position."""
        return self.seeks and self._daw.has_left(position)

    def follow_jumps(self) -> None:
        """Continue at the position of the DAW that is followed."""
        if not self.seeks:
            return
        timeline = self.timeline
        before = timeline.start_tick, timeline.next_tick
        if (text := self._daw.seek()) is not None:
            self._context.publish(UserMessage(text))
        if (timeline.start_tick, timeline.next_tick) != before:
            # The player has kept these bars; whoever watches has replaced them by those planned elsewhere.
            self._publish_plan(timeline.planned(timeline.start_tick))

    def outdate(self, at_tick: int, *, is_new_state: bool) -> None:
        """Have no bar that is older than a change at a tick come again."""
        if self.seeks:
            self._daw.outdate(at_tick, is_new_state=is_new_state)

    # --- beside a musician -----------------------------------------------------------------------------------------

    def enter(self, turn: StartTurn, loudness: Loudness | None) -> None:
        """Have the player yield the first beat of a turn if the musician plays on; `loudness` sets the velocities."""
        self._loudness = loudness
        self._entry, self._hesitation = turn, None
        while self._rest_until(turn.at_tick - 1):
            pass
        if self.kept.is_on and self.kept.fed_until_tick > turn.at_tick:
            self._context.send(Cut(turn.at_tick))
        self._context.send(YieldTo(turn.at_tick, turn.at_tick + PPQ))

    def play_on(self) -> None:
        """Play as loud as the model alone does."""
        self._loudness = None
