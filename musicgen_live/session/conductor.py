"""Conducts a take: keeps a player fed two bars ahead, and applies requested changes at the next bar line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import PlayerError, SettingsError
from musicgen_live.generation.composer import Composer
from musicgen_live.interfaces.events import BarBegan, Refused
from musicgen_live.music.meter_map import BAR_LINES, Grid
from musicgen_live.music.notes import PPQ
from musicgen_live.player.reports import Report
from musicgen_live.session.change_queue import ChangeQueue
from musicgen_live.session.context import SessionContext
from musicgen_live.session.immediate_changes import ImmediateChanges
from musicgen_live.session.loop import Loop
from musicgen_live.session.pending_changes import PendingChanges
from musicgen_live.session.player_feed import PlayerFeed
from musicgen_live.session.playhead import NOT_BEGUN, Playhead
from musicgen_live.session.state import OF_WHOLE_MUSIC, LiveState
from musicgen_live.session.timeline import Timeline
from musicgen_live.session.turns import Turns

if TYPE_CHECKING:
    # Imported for typing only: most starts have no musician.
    from musicgen_live.session.listening.chord_track import Colour

LONGEST_WAIT_S = 1.0

AT_ONCE_INTERVAL_S = 0.01
"""The least time between two changes of a parameter that applies at once: the player confirms each one."""


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
        own_channel: int | None = None,
    ) -> None:
        """Start with a composer and a state that has its settings, filled in; with values of parts, music is split.

        With `plays=False` it composes nothing before `turns.enter` is called. With a musician, a jump of the transport
        is a new beginning, by `turns.begin_at`; without, the music continues where it jumps. What musicians play is on
        `own_channel`, 0 to 15, where the music cannot go.
        """
        timeline = Timeline(
            composer,
            state.settings,
            seed=seed,
            load=context.load,
            plays=plays,
            splits=bool(state.parts),
        )
        self._own_channel = own_channel
        self._playhead = playhead
        self._context = context
        self._queue = ChangeQueue(AT_ONCE_INTERVAL_S)
        self._immediate = ImmediateChanges(playhead, context)
        seeks = playhead.follows and not has_musician
        self._feed = PlayerFeed(timeline, state, playhead, context, self._immediate, seeks=seeks)
        self._pending = PendingChanges(context.publish, state.values, self._feed.bar_heard)
        self.turns = Turns(self._feed, playhead, context, self._pending)
        self._bar = 0

    @property
    def state(self) -> LiveState:
        """The state by which the next bar is composed, and bars are sent."""
        return self._feed.state

    @property
    def tokens(self) -> int:
        """The number of tokens that were chosen and not thrown away."""
        return self._feed.timeline.tokens

    @property
    def frozen_loop(self) -> Loop | None:
        """The bars that are repeated; None if nothing is frozen."""
        return self._feed.timeline.basis.loop

    def set_kept(self, loop: Loop) -> None:
        """Have `play-kept` play a loop, which begins at tick 0, from when it is switched on next."""
        self._feed.kept.latest = loop

    @property
    def has_ended(self) -> bool:
        """True if the take is composed to its end."""
        return self._feed.timeline.has_ended

    # --- reports and requests --------------------------------------------------------------------------------------

    def handle(self, report: Report) -> None:
        """Handle a report of the player."""
        if (position := self._playhead.handle(report)) is not None:
            self._context.publish(position)
            if self._feed.has_jumped(position):
                self._pending.reach_all()

    def steer(self, change: Change) -> None:
        """Apply a change at once or keep it for the next bar line; publish `Refused` if it cannot be applied."""
        if change.name not in PARAMETERS:
            self._refuse(change, f"there is nothing called {change.name!r} to change")
        elif change.name == "tempo" and self._playhead.follows:
            self._refuse(change, "the tempo is that of the clock that is followed; change it there")
        elif change.name == "pause" and self._playhead.follows:
            self._refuse(change, "the clock that is followed starts and stops the music; do it there")
        elif change.name == "pause" and change.value and self._feed.now_tick() == NOT_BEGUN:
            self._refuse(change, "the music has not begun")
        elif change.name == "meter" and self._playhead.follows:
            self._refuse(change, "the bars are those of the clock that is followed; give --meter at the start")
        elif self.state.parts and change.name in OF_WHOLE_MUSIC:
            self._refuse(change, f"each part has its own {change.name}; change bass-{change.name}, for example")
        elif change.name == "channel" and (reason := self._channel_fault(change)):
            self._refuse(change, reason)
        else:
            self._queue.put(change)
            self._apply_at_once()

    def _channel_fault(self, change: Change) -> str | None:
        """Return the reason why the music cannot move to a channel."""
        if self.state.parts:
            return "each part has its own channel; give it at the start, as in --part bass:channel=2"
        if self._own_channel is not None and change.value == self._own_channel + 1:
            return f"your own notes are recorded on channel {change.value}; choose another one"
        return None

    def _apply_at_once(self) -> bool:
        """Apply the changes at once that are due; return True if there was one."""
        changes = self._queue.take_at_once(self._context.now_s())
        for change in changes:
            try:
                self._feed.state = self.state.changed(change)
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
            self._feed.follow_jumps()
            self._change(requested)
            return True
        return self._feed.compose_ahead()

    def wait_s(self) -> float:
        """Return the seconds until the next bar line or change that waits, `LONGEST_WAIT_S` at most."""
        now_s = self._context.now_s()
        change_wait_s = self._queue.wait_s(now_s)
        wait_s = LONGEST_WAIT_S if change_wait_s is None else change_wait_s
        if self._playhead.runs:
            wait_s = min(wait_s, self._playhead.due_s(self._playhead.meters.tick_of(self._bar + 1)) - now_s)
        return max(0.0, wait_s)

    def _publish_progress(self) -> None:
        now_tick = self._feed.now_tick()
        bar = self._playhead.bar_of(now_tick)
        if now_tick != NOT_BEGUN and self._playhead.runs and bar != self._bar:
            self._bar = bar
            if not (self._feed.timeline.has_ended and now_tick >= self._feed.timeline.next_tick):
                self._context.publish(BarBegan(bar))
        self._pending.reach(now_tick)

    # --- changing --------------------------------------------------------------------------------------------------

    def _change(self, requested: list[Change]) -> None:
        """Apply changes, those for the same line together, each at the first such line that is far enough away."""
        for quantise, changes in groupby(requested, key=lambda change: change.quantise):
            self._change_at(list(changes), quantise)

    def _change_at(self, requested: list[Change], quantise: str | None) -> None:
        """Apply changes together; without a line, at that which holds for all."""
        state, granted = self.state, []
        for change in requested:
            try:
                state = self._changed(state, change)
                granted.append(change)
            except Exception as error:
                self._refuse(change, self._context.faults.reason(error))
        try:
            at_tick = self._replan(
                state, {change.name for change in granted if PARAMETERS[change.name].kind == "action"}, quantise
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
            self._change_at(granted[:half], quantise)
            self._change_at(granted[half:], quantise)
        else:
            self._pending.grant(granted, self.state.values, at_tick)

    def _changed(self, state: LiveState, change: Change) -> LiveState:
        if change.name == "scene":
            values = dict(self._context.scene(str(change.value)))
            if self._playhead.follows:
                values.pop("meter", None)
            return state.with_scene(str(change.value), values)
        return state.changed(change)

    def _replan(self, state: LiveState, actions: Collection[str], quantise: str | None = None) -> int:
        """Play another state from a line on; return its tick. If that cannot be composed, nothing changes."""
        feed, was = self._feed, self.state
        begins_meter = state.settings.time_signature != was.settings.time_signature
        if begins_meter:
            # Bars of another length cannot go round in it.
            state = replace(state.thawed(), play_kept=False)
        # Refuse an undo before anything is composed again.
        feed.timeline.continuation_for(state, was, actions)
        # Load the model from disk before choosing a bar line.
        bundle = feed.timeline.load(state)
        if begins_meter:
            feed.timeline.check_meter(state.settings, bundle)
        at_tick = feed.compose_to_first_line(
            other_model=bundle is not None or begins_meter,
            grid=self._grid(state, actions, quantise),
            not_before_tick=self._not_before_tick(),
            at_line=begins_meter,
        )
        if begins_meter and feed.timeline.has_ended and at_tick >= feed.timeline.next_tick:
            raise SettingsError("the music comes to its end before; it keeps its time signature")
        if not actions and state == was:
            return at_tick
        if "reroll" in actions:
            # There has to be something that can be taken back.
            feed.compose_until(self._playhead.meters.later_by(1, at_tick))
        if not actions and state.is_same_music(was) and feed.timeline.has_turn_at(at_tick):
            feed.send_again_from(at_tick, state)
            return at_tick
        at_tick = feed.change_from(at_tick, state, actions, bundle)
        feed.outdate(at_tick, is_new_state=state != was)
        return at_tick

    def _grid(self, state: LiveState, actions: Collection[str], quantise: str | None) -> Grid:
        """Return the grid at whose places changes take effect."""
        signature = self._playhead.meters.at(max(0, self._feed.now_tick())).time_signature
        grid = {
            "now": Grid(ticks=PPQ // 4),
            "beat": Grid(ticks=signature.beat_ticks),
            "bar": BAR_LINES,
            "4 bars": Grid(bars=4),
        }[quantise or state.quantise]
        exchanges = state.variant != self.state.variant and "reroll" not in actions
        begins_meter = state.settings.time_signature != self.state.settings.time_signature
        needs_line = "undo" in actions or exchanges or begins_meter or self._feed.seeks
        return BAR_LINES if needs_line and grid.ticks is not None else grid

    def _not_before_tick(self) -> int:
        """Return the tick before which no change takes effect: one never overtakes another that waits."""
        return 0 if self._feed.seeks else self._pending.last_tick

    def play_anew(self) -> None:
        """Compose other music from the next bar line on, as the player has lost what it was fed.

        The same music would be fed again otherwise, and it may have killed the players before.
        """
        self._feed.follow_jumps()
        at_tick = self._feed.compose_to_first_line()
        if self._feed.timeline.has_turn_at(at_tick):
            self._feed.outdate(self._feed.change_from(at_tick, self.state, {"reroll"}), is_new_state=True)

    def prefer_chords(self, colour: Colour) -> None:
        """Have the music prefer chords from a tick on, within a bar too, or as soon after it as a new bar is ready."""
        feed, change = self._feed, Change("chords", colour.chords)
        if self.state.freeze_bars or not self._feed.timeline.has_turn:
            self.steer(change)
            return
        try:
            feed.follow_jumps()
            state = self.state.changed(change)
            # Before a time signature that waits, the model plays on by the settings of the one before.
            meter_tick = self._playhead.meters.meters[-1].tick
            first_tick = feed.composer.first_line(grid=Grid(ticks=PPQ // 4), not_before_tick=meter_tick)
            at_tick = max(colour.from_tick, self._feed.timeline.turn_tick, first_tick)
            feed.compose_until(at_tick)
            at_tick = feed.change_from(at_tick, state)
        except PlayerError:
            raise
        except Exception as error:
            self._refuse(change, self._context.faults.reason(error))
        else:
            self._pending.grant([change], self.state.values, at_tick)
