"""Conducts a take: keeps a player fed two bars ahead, and applies requested changes at the next bar line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from musicgen_live.config.parameters import PARAMETERS, Change
from musicgen_live.config.settings import Settings
from musicgen_live.errors import PlayerError
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.interfaces.events import BarBegan, Planned, Refused, UserMessage
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.player.protocol import Begin, Cut, Feed, Finish, Replace, Report, YieldTo
from musicgen_live.session.change_queue import ChangeQueue
from musicgen_live.session.context import SessionContext
from musicgen_live.session.followed_daw import FollowedDaw
from musicgen_live.session.hesitation import Hesitation, hesitation
from musicgen_live.session.immediate_changes import ImmediateChanges
from musicgen_live.session.loop import Loop
from musicgen_live.session.passed_music import PassedMusic
from musicgen_live.session.pending_changes import PendingChanges
from musicgen_live.session.playhead import NOT_BEGUN, Playhead
from musicgen_live.session.state import LiveState
from musicgen_live.session.timed_composer import TimedComposer
from musicgen_live.session.timeline import Timeline

if TYPE_CHECKING:
    # Imported for typing only: most starts have no musician.
    from musicgen_live.session.listening.chord_track import Colour
    from musicgen_live.session.listening.decisions import StartTurn
    from musicgen_live.session.listening.response import Loudness

AHEAD_TICKS = 2 * 4 * PPQ
"""Music is composed this far ahead of the player: two bars of 4/4, so that a pause of this process is not audible."""

LONGEST_WAIT_S = 1.0

AT_ONCE_INTERVAL_S = 0.01
"""The least time between two changes of a parameter that applies at once: the player confirms each one."""


MOST_BARS = 1024
"""The bars that are kept for a program that is followed to go back to: half an hour of music in 4/4, as far as a song
position reaches."""
OWN_BARS = 64
"""The bars that are kept on the internal clock: 20 to go back, 16 to freeze, and those that are planned."""


class Conductor:
    """Handles the player's reports and requests for changes; composes a bar with each call of `work`.

    It never waits and has no thread of its own: its caller has.
    """

    def __init__(
        self,
        composer: Composer,
        state: LiveState,
        playhead: Playhead,
        seed: int,
        context: SessionContext,
        *,
        plays: bool = True,
        has_musician: bool = False,
    ) -> None:
        """Start with a composer and a state that has its settings, filled in.

        With `plays=False` it composes nothing before `enter` is called. With a musician, a jump of the transport is a
        new beginning, by `begin_at`; without, the music continues where it jumps.
        """
        self.state = state
        self._timeline = Timeline(
            composer, playhead.bar_ticks, state.settings, seed=seed, load=context.load, plays=plays
        )
        self._composer = TimedComposer(self._timeline, playhead, context.now_s, ahead_s=context.ahead_s)
        self._playhead = playhead
        self._seeks = playhead.follows and not has_musician
        self._context = context
        self._queue = ChangeQueue(AT_ONCE_INTERVAL_S)
        self._daw = FollowedDaw(self._timeline, playhead, PassedMusic(context.send, self._sent_notes), self._now_tick)
        self._pending = PendingChanges(context.publish, state.values, self._daw.bar_heard)
        self._bar = 0
        self._has_begun = False
        self._immediate = ImmediateChanges(playhead, context)
        self._entry: StartTurn | None = None
        """The latest turn beside a musician, until its first bar is composed."""
        self._hesitation: Hesitation | None = None
        self._loudness: Loudness | None = None

    @property
    def tokens(self) -> int:
        """The number of tokens that were chosen and not thrown away."""
        return self._timeline.tokens

    @property
    def frozen_loop(self) -> Loop | None:
        """The bars that are repeated; None if nothing is frozen."""
        return self._timeline.basis.loop

    @property
    def has_ended(self) -> bool:
        """True if the take is composed to its end."""
        return self._timeline.has_ended

    # --- reports and requests --------------------------------------------------------------------------------------

    def handle(self, report: Report) -> None:
        """Handle a report of the player."""
        if (position := self._playhead.handle(report)) is not None:
            self._context.publish(position)
            if self._seeks and self._daw.has_left(position):
                self._pending.reach_all()

    def steer(self, change: Change) -> None:
        """Apply a change at once or keep it for the next bar line; publish `Refused` if it cannot be applied."""
        if change.name not in PARAMETERS:
            self._refuse(change, f"there is nothing called {change.name!r} to change")
        elif change.name == "tempo" and self._playhead.follows:
            self._refuse(change, "the tempo is that of the clock that is followed; change it there")
        elif change.name == "pause" and self._playhead.follows:
            self._refuse(change, "the clock that is followed starts and stops the music; do it there")
        elif change.name == "pause" and change.value and self._now_tick() == NOT_BEGUN:
            self._refuse(change, "the music has not begun")
        else:
            self._queue.put(change)
            self._apply_at_once()

    def _apply_at_once(self) -> bool:
        """Apply the changes at once that are due; return True if there was one."""
        changes = self._queue.take_at_once(self._context.now_s())
        for change in changes:
            try:
                self.state = self.state.changed(change)
            except Exception as error:
                self._refuse(change, self._context.faults.reason(error))
            else:
                self._pending.grant([change], self.state.values, self._immediate.carry_out(change.name, self.state))
        return bool(changes)

    def _refuse(self, change: Change, reason: str) -> None:
        self._context.publish(Refused(change.name, reason))

    # --- work ------------------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """Do one piece of work, tens of milliseconds at most; return False if there was none."""
        self._publish_progress()
        if self._apply_at_once():
            return True
        if requested := self._queue.take_for_line():
            self._follow_jumps()
            self._change(requested)
            return True
        # First, so that the music need not be read again for each bar there.
        if self._daw.goes_to_next_pass(AHEAD_TICKS, MOST_BARS):
            self._compose_next()
            return True
        self._follow_jumps()
        self._catch_up()
        if not self._timeline.has_turn or self._timeline.next_tick > max(0, self._now_tick()) + AHEAD_TICKS:
            return False
        self._compose_next()
        return True

    def wait_s(self) -> float:
        """Return the seconds until the next bar line or change that waits, `LONGEST_WAIT_S` at most."""
        now_s = self._context.now_s()
        change_wait_s = self._queue.wait_s(now_s)
        wait_s = LONGEST_WAIT_S if change_wait_s is None else change_wait_s
        if self._playhead.runs:
            wait_s = min(wait_s, self._playhead.due_s(self._bar * self._playhead.bar_ticks) - now_s)
        return max(0.0, wait_s)

    def _now_tick(self) -> int:
        return self._playhead.tick_at(self._context.now_s())

    def _publish_progress(self) -> None:
        now_tick = self._now_tick()
        if now_tick != NOT_BEGUN and self._playhead.runs and (bar := self._playhead.bar_of(now_tick)) != self._bar:
            self._bar = bar
            if not (self._timeline.has_ended and now_tick >= self._timeline.next_tick):
                self._context.publish(BarBegan(bar))
        self._pending.reach(now_tick)

    def _follow_jumps(self) -> None:
        """Continue at the position of the DAW that is followed."""
        if not self._seeks:
            return
        timeline = self._timeline
        before = timeline.start_tick, timeline.next_tick
        if (text := self._daw.seek()) is not None:
            self._context.publish(UserMessage(text))
        if (timeline.start_tick, timeline.next_tick) != before:
            # The player has kept these bars; whoever watches has replaced them by those planned elsewhere.
            self._publish_plan(timeline.planned(timeline.start_tick))

    def _outdate(self, at_tick: int, *, is_new_state: bool) -> None:
        if self._seeks:
            self._daw.outdate(at_tick, is_new_state=is_new_state)

    # --- composing -------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Leave out bars of a turn if one of them is over before it is composed, and go on at a line that is in time.

        Otherwise a machine that was busy for a while stays behind, and every bar comes too late.
        """
        timeline, line_tick = self._timeline, self._daw.line_before(self._now_tick())
        if not self._seeks and self._playhead.runs and timeline.has_turn and timeline.next_tick < line_tick:
            # One bar that took very long is no reason to be silent for as long again.
            latest_tick = line_tick + 2 * self._playhead.bar_ticks
            timeline.skip_to(min(self._composer.first_line(), latest_tick))

    def _compose_next(self) -> None:
        self._add(self._composer.next_bar())

    def _add(self, bar: Bar | None) -> None:
        """Feed a bar; if the take is over, send its end."""
        if bar is not None:
            if self._entry is not None and bar.start_tick == self._entry.at_tick:
                self._hesitation = hesitation(self._entry, self._now_tick(), self._playhead.tempo)
                self._entry = None
            if self._loudness is not None:
                self._loudness.add(bar.start_tick, bar.notes)
            self._feed([bar])
            if not self._has_begun:
                # Even if the first bars are silent.
                self._context.send(Begin())
            self._has_begun = True
        if self._timeline.has_ended:
            self._context.send(Finish(self._timeline.next_tick))
        if (forgotten := self._timeline.forget_oldest(MOST_BARS if self._playhead.follows else OWN_BARS)) is not None:
            self._context.send(Replace(*forgotten))

    def _feed(self, bars: list[Bar]) -> None:
        if self._seeks and bars and bars[-1].end_tick <= self._daw.line_before(self._now_tick()):
            # The next pass of a loop, while the present one is played.
            self._context.send(Replace(bars[0].start_tick, bars[-1].end_tick, self._sent_notes(bars)))
            bars = [*bars, *self._timeline.present_after(bars[-1].end_tick)]
        else:
            self._context.send(Feed(self._sent_notes(bars)))
        self._publish_plan(bars)

    def _publish_plan(self, bars: list[Bar]) -> None:
        if bars:
            sections = tuple((bar.start_tick, bar.section) for bar in bars if bar.section)
            self._context.publish(Planned(bars[0].start_tick, bars[-1].end_tick, self._sent_notes(bars), sections))

    def _sent_notes(self, bars: list[Bar]) -> tuple[Note, ...]:
        notes = tuple(note for bar in bars for note in self.state.output(bar.notes))
        notes = self._loudness(notes) if self._loudness else notes
        return self._hesitation(notes) if self._hesitation else notes

    def _play_from(
        self, at_tick: int, state: LiveState, prepare: Callable[[int], None], *, other_model: bool = False
    ) -> int:
        """Replace the plan from a tick on, or from a later bar line on, by music of a state; return the tick.

        `prepare` readies the timeline for its next bar. If that bar cannot be composed, nothing changes.
        """
        plan = self._composer.replace(at_tick, prepare, other_model=other_model)
        self._settle(state, plan.at_tick)
        if plan.has_turn:
            self._context.send(Cut(plan.at_tick))
            self._timeline.forget_elsewhere(plan.at_tick)
            self._add(plan.bar)
        return plan.at_tick

    def _settle(self, state: LiveState, at_tick: int) -> None:
        """Set the state that holds from a tick on."""
        was, self.state = self.state, state
        if state.settings.tempo != was.settings.tempo and not self._playhead.follows:
            self._immediate.set_tempo(at_tick, state.settings.tempo)

    # --- changing --------------------------------------------------------------------------------------------------

    def _change(self, requested: list[Change]) -> None:
        """Apply changes together, at the first bar line that is far enough away."""
        state, granted = self.state, []
        for change in requested:
            try:
                state = state.changed(change)
                granted.append(change)
            except Exception as error:
                self._refuse(change, self._context.faults.reason(error))
        try:
            at_tick = self._replan(
                state, {change.name for change in granted if PARAMETERS[change.name].kind == "action"}
            )
        except PlayerError:
            raise
        except Exception as error:
            if not granted:
                raise
            if len(granted) == 1:
                self._refuse(granted[0], self._context.faults.reason(error))
                return
            # One of them cannot be applied. Try halves, so that most are composed together.
            half = len(granted) // 2
            self._change(granted[:half])
            self._change(granted[half:])
        else:
            self._pending.grant(granted, self.state.values, at_tick)

    def _replan(self, state: LiveState, actions: set[str]) -> int:
        """Play another state from a bar line on; return its tick. Raises if that cannot be composed."""
        timeline, was = self._timeline, self.state
        # Load the model from disk before choosing a bar line.
        bundle = timeline.load(state)
        other_model = bundle is not None
        at_tick = self._compose_to_first_line(other_model=other_model)
        if not actions and state == was:
            return at_tick
        if not timeline.has_turn_at(at_tick):
            # Nothing is planned there: the state applies when the model's turn comes.
            timeline.apply(state, was, actions, bundle)
            self._settle(state, at_tick)
            self._outdate(at_tick, is_new_state=state != was)
        elif not actions and replace(state, output=was.output) == was:
            self.state = state
            self._context.send(Cut(at_tick))
            self._feed([*timeline.planned(at_tick), *timeline.planned_elsewhere(at_tick)])
            if timeline.has_ended:
                self._context.send(Finish(timeline.next_tick))
            if self._seeks:
                self._daw.send_again_before(at_tick)
        else:

            def prepare(tick: int) -> None:
                timeline.take_back(tick)
                timeline.apply(state, was, actions, bundle)

            at_tick = self._play_from(at_tick, state, prepare, other_model=other_model)
            self._outdate(at_tick, is_new_state=state != was)
        return at_tick

    def _compose_to_first_line(self, *, other_model: bool) -> int:
        """Compose up to the first bar line that can still change; return its tick."""
        timeline = self._timeline
        while True:
            # The model's next turn may have been composed already; a change does not bring it forward.
            at_tick = max(timeline.turn_tick, self._composer.first_line(other_model=other_model))
            if timeline.next_tick >= at_tick or not timeline.has_turn:
                return at_tick
            self._compose_next()

    def play_anew(self) -> None:
        """Compose other music from the next bar line on, as the player has lost what it was fed.

        The same music would be fed again otherwise, and it may have killed the players before.
        """
        self._follow_jumps()
        at_tick, state = self._compose_to_first_line(other_model=False), self.state
        if not self._timeline.has_turn_at(at_tick):
            return

        def prepare(tick: int) -> None:
            self._timeline.take_back(tick)
            self._timeline.apply(state, state, {"reroll"}, None)

        self._outdate(self._play_from(at_tick, state, prepare), is_new_state=True)

    # --- beside a musician -----------------------------------------------------------------------------------------

    def silence(self, from_tick: int, *, ends_notes: bool = False) -> None:
        """End the model's turn at a tick: no note of it begins there or later; with `ends_notes`, none sounds on."""
        # First the player: to take back the turn may need some milliseconds of reading.
        self._context.send(Cut(from_tick, ends_notes))
        self._timeline.end_turn(from_tick)
        self._context.publish(Planned(from_tick, from_tick, ()))
        self._thaw(from_tick)

    def _thaw(self, tick: int) -> None:
        """End a freeze, and publish that."""
        if self.state.freeze_bars:
            self.state = self.state.thawed()
            self._pending.grant([], self.state.values, tick)

    def read(self, notes: tuple[Note, ...], from_tick: int, until_tick: int) -> None:
        """Have the model read notes as the music from one tick to another, and silence before."""
        self._timeline.read(notes, from_tick, until_tick)

    def enter(
        self,
        turn: StartTurn,
        *,
        adapt: Callable[[Settings], Settings] | None = None,
        loudness: Loudness | None = None,
    ) -> None:
        """Begin a turn of the model, which yields if the musician plays on within a beat.

        `adapt` draws the settings, and `loudness` the velocities, to the musician's phrase.
        """
        self._loudness = loudness
        self._context.send(YieldTo(turn.at_tick, turn.at_tick + PPQ))
        self._entry, self._hesitation = turn, None
        self._timeline.begin_turn(
            turn.at_tick,
            turn.until_tick(self._playhead.bar_ticks),
            may_rest=turn.may_rest,
            adapt=adapt,
        )

    def recompose(self, notes: tuple[Note, ...], from_tick: int, bar_tick: int) -> None:
        """Have the model read these notes together with its own since a tick, and compose again from a bar line on."""
        if self._composer.is_too_near(bar_tick):
            # Leave that bar as it is, and change the next one.
            bar_tick += self._playhead.bar_ticks
        while self._timeline.next_tick < bar_tick and self._timeline.has_turn:
            self._compose_next()
        if self._timeline.can_recompose:
            self._play_from(bar_tick, self.state, lambda tick: self._timeline.recompose(notes, from_tick, tick))

    def play_on(self) -> None:
        """Have the model play without end: its present turn, or a new one from the next bar line on."""
        self._loudness = None
        self._timeline.play_on(self._composer.first_line())

    def prefer_chords(self, colour: Colour) -> None:
        """Have the music prefer chords from a tick on, within a bar too, or as soon after it as a new bar is ready."""
        change = Change("chords", colour.chords)
        if self.state.freeze_bars or not self._timeline.has_turn:
            self.steer(change)
            return
        try:
            self._follow_jumps()
            state, was = self.state.changed(change), self.state
            at_tick = max(colour.from_tick, self._timeline.turn_tick, self._composer.first_tick())
            while self._timeline.next_tick < at_tick and self._timeline.has_turn:
                self._compose_next()

            def prepare(tick: int) -> None:
                self._timeline.take_back(tick)
                self._timeline.apply(state, was, (), None)

            if self._timeline.has_turn_at(at_tick):
                at_tick = self._play_from(at_tick, state, prepare)
            else:
                self._timeline.apply(state, was, (), None)
                self._settle(state, at_tick)
        except PlayerError:
            raise
        except Exception as error:
            self._refuse(change, self._context.faults.reason(error))
        else:
            self._pending.grant([change], self.state.values, at_tick)

    def begin_at(self, tick: int, *, plays: bool) -> None:
        """Drop the plan, as the music has jumped to a tick.

        A model that `plays` continues at the next bar line; one that listens reads the bar from its beginning.
        """
        bar_ticks = self._playhead.bar_ticks
        self._context.send(Cut(0))
        self._timeline.move((-(-tick // bar_ticks) if plays else tick // bar_ticks) * bar_ticks, plays=plays)
        self._thaw(tick)
