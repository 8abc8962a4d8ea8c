"""Conducts a take: keeps a player fed two bars ahead, and does at the next bar line what was asked for meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from musicgen_live.config.parameters import PARAMETERS, Change
from musicgen_live.errors import MusicgenError
from musicgen_live.generation.composer import KEPT_BARS, Bar, Composer
from musicgen_live.interfaces.events import BarBegan, Planned, Refused
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.player.protocol import Begin, Cut, Feed, Finish, Report, SetChannel, SetTempo
from musicgen_live.session.arranger import Arranger
from musicgen_live.session.context import SessionContext
from musicgen_live.session.lead_time import LeadTime
from musicgen_live.session.pending_changes import PendingChanges
from musicgen_live.session.playhead import NOT_BEGUN, Playhead
from musicgen_live.session.state import LiveState
from musicgen_live.session.timeline import Timeline

AHEAD_TICKS = 2 * 4 * PPQ
"""How far ahead of the player there is music: two bars of 4/4, so that a pause of this process is not heard."""

BEAT_MARGIN_S = 0.03
"""A beat that is nearer keeps its tempo."""

LONGEST_WAIT_S = 1.0

_AT_ONCE = ("tempo", "channel")


class Conductor:
    """Told what the player reports and what is asked for; composes a bar at a time when told to `work`.

    It never waits and has no thread of its own: whoever calls it does.
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
    ) -> None:
        """`state` has the settings that `composer` was made with, filled in.

        Not `plays`, it composes nothing before it is told to `enter`.
        """
        self.state = state
        self._timeline = Timeline(composer, playhead.bar_ticks, plays=plays)
        self._playhead = playhead
        self._context = context
        self._wanted: dict[str, Change] = {}
        self._lead_time = LeadTime(context.ahead_s)
        self._pending = PendingChanges(context.publish, state.values, playhead.bar_of)
        self._arranger = Arranger(self._timeline, composer, state.settings, seed, context.load)
        self._bar = 0
        self._has_begun = False

    @property
    def tokens(self) -> int:
        """How many were chosen and not thrown away."""
        return self._timeline.tokens

    # --- what it is told -------------------------------------------------------------------------------------------

    def handle(self, report: Report) -> None:
        """Take in what the player says."""
        if (place := self._playhead.handle(report)) is not None:
            self._context.publish(place)

    def steer(self, change: Change) -> None:
        """Note a change for the next bar line; tempo and channel change sooner. Publish `Refused` if it cannot be."""
        if change.name not in PARAMETERS:
            self._refuse(change, f"there is nothing called {change.name!r} to change")
        elif change.name == "tempo" and self._playhead.follows:
            self._refuse(change, "the tempo is that of the clock that is followed; change it there")
        elif change.name in _AT_ONCE and not (change.name == "tempo" and "preset" in self._wanted):
            self._do_at_once(change)
        else:
            # At the end: what was asked for last is done last.
            self._wanted.pop(change.name, None)
            self._wanted[change.name] = change

    def _do_at_once(self, change: Change) -> None:
        try:
            self.state = self.state.changed(change)
        except MusicgenError as error:
            self._refuse(change, str(error))
            return
        at_tick = self._now_tick()
        if change.name == "tempo":
            at_tick = self._playhead.line_after(self._context.now_s() + self._context.ahead_s + BEAT_MARGIN_S, PPQ)
            self._set_tempo(at_tick)
        else:
            self._context.send(SetChannel(self.state.settings.channel - 1))
        self._pending.grant([change], self.state.values, at_tick)

    def _set_tempo(self, at_tick: int) -> None:
        tempo = self.state.settings.tempo
        self._context.send(SetTempo(at_tick, tempo))
        self._context.publish(self._playhead.change_tempo(at_tick, tempo))

    def _refuse(self, change: Change, reason: str) -> None:
        self._context.publish(Refused(change.name, reason))

    # --- what it does ----------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """Do the next piece of what there is to do, tens of milliseconds at most; False where nothing was left."""
        self._tell_heard()
        if self._wanted:
            wanted, self._wanted = list(self._wanted.values()), {}
            self._change(wanted)
            return True
        timeline = self._timeline
        if not timeline.has_turn or timeline.next_tick > max(0, self._now_tick()) + AHEAD_TICKS:
            return False
        self._go_on()
        return True

    def wait_s(self) -> float:
        """Seconds until there is something to do though nothing is heard: the next bar line, a second at most."""
        if not self._playhead.runs:
            return LONGEST_WAIT_S
        next_line_s = self._playhead.due_s(self._bar * self._playhead.bar_ticks)
        return min(LONGEST_WAIT_S, max(0.0, next_line_s - self._context.now_s()))

    def _now_tick(self) -> int:
        return self._playhead.tick_at(self._context.now_s())

    def _tell_heard(self) -> None:
        now_tick = self._now_tick()
        if now_tick != NOT_BEGUN and self._playhead.runs and (bar := self._playhead.bar_of(now_tick)) != self._bar:
            self._bar = bar
            if not (self._timeline.has_ended and now_tick >= self._timeline.next_tick):
                self._context.publish(BarBegan(bar))
        self._pending.reach(now_tick)

    # --- composing -------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        began_s = self._context.now_s()
        bar = self._timeline.next_bar()
        self._lead_time.composed(self._context.now_s() - began_s)
        self._add(bar)

    def _add(self, bar: Bar | None) -> None:
        """Feed a bar, and say where the take ends if it does."""
        if bar is not None:
            self._feed([bar])
            if not self._has_begun and not self._playhead.follows:
                # Also where the first bars are silent.
                self._context.send(Begin())
            self._has_begun = True
        if self._timeline.has_ended:
            self._context.send(Finish(self._timeline.next_tick))
        if not self._playhead.follows:
            self._timeline.forget_before(self._now_tick() - KEPT_BARS * self._playhead.bar_ticks)

    def _feed(self, bars: list[Bar]) -> None:
        notes = tuple(note for bar in bars for note in self.state.output(bar.notes))
        self._context.send(Feed(notes))
        if bars:
            self._context.publish(Planned(bars[0].start_tick, bars[-1].end_tick, notes))

    def _play_from(
        self, at_tick: int, state: LiveState, compose: Callable[[int], None], other: Bundle | None = None
    ) -> int:
        """Put something new in the place of what was planned from a tick on, or from a later bar line on; from where.

        `compose` has the script ready for its next bar, `other` is the model if it is another one. What was planned is
        taken back only when that bar is there in time: it stays for a bar otherwise. MusicgenError of `compose`, and
        all is as it was.
        """
        timeline = self._timeline
        while True:
            began_s = self._context.now_s()
            planned = timeline.planned(at_tick)
            try:
                compose(at_tick)
            except MusicgenError:
                if planned:
                    timeline.stay(planned, at_tick, planned[-1].end_tick)
                raise
            if other is not None:
                heard_s = self._context.now_s()
                self._lead_time.model_switched(heard_s - began_s)
                began_s, other = heard_s, None
            bar = timeline.next_bar()
            now_s = self._context.now_s()
            self._lead_time.composed(now_s - began_s)
            if not (planned and self._playhead.runs and self._lead_time.is_late(now_s, self._playhead.due_s(at_tick))):
                self._settle(state, at_tick)
                self._context.send(Cut(at_tick))
                self._add(bar)
                return at_tick
            line_tick = max(self._line(), (at_tick // self._playhead.bar_ticks + 1) * self._playhead.bar_ticks)
            timeline.stay(planned, at_tick, line_tick)
            at_tick = line_tick
            if not timeline.has_turn_at(at_tick):
                self._settle(state, at_tick)
                return at_tick

    def _line(self, other: Bundle | None = None) -> int:
        """The first bar line for which something new can be ready."""
        return self._playhead.line_after(
            self._context.now_s() + self._lead_time.margin_s(other_model=other is not None)
        )

    def _settle(self, state: LiveState, at_tick: int) -> None:
        """From a tick on, it is this setup."""
        was, self.state = self.state, state
        if state.settings.tempo != was.settings.tempo and not self._playhead.follows:
            self._set_tempo(at_tick)

    # --- changing --------------------------------------------------------------------------------------------------

    def _change(self, wanted: list[Change]) -> None:
        """Do what is wanted, from the first bar line on that is far enough away."""
        state, done = self.state, []
        for change in wanted:
            try:
                if change.name == "restart":
                    state = replace(state, freeze_bars=0)
                elif PARAMETERS[change.name].kind != "action":
                    state = state.changed(change)
                done.append(change)
            except MusicgenError as error:
                self._refuse(change, str(error))
        try:
            at_tick = self._replan(state, {change.name for change in done if PARAMETERS[change.name].kind == "action"})
        except MusicgenError as error:
            if len(done) == 1:
                self._refuse(done[0], str(error))
                return
            # One of them cannot be; by halves, so that most are composed together.
            half = len(done) // 2
            self._change(done[:half])
            self._change(done[half:])
        else:
            self._pending.grant(done, self.state.values, at_tick)

    def _replan(self, state: LiveState, actions: set[str]) -> int:
        """Play by another setup from a bar line on, which is returned; MusicgenError where that cannot be."""
        timeline, was = self._timeline, self.state
        # Read from disk before a bar line is chosen.
        bundle = self._arranger.load(state)
        # The model's next turn may have been composed already, and begins where it begins.
        while timeline.next_tick < (at_tick := max(timeline.turn_tick, self._line(bundle))) and timeline.has_turn:
            self._go_on()
        if not actions and state == was:
            return at_tick
        if not timeline.has_turn_at(at_tick):
            # Nothing is planned from there on: it is for when the model's turn comes.
            self._arranger.arrange(state, was, actions, bundle)
            self._settle(state, at_tick)
        elif not actions and replace(state, output=was.output) == was:
            self.state = state
            self._context.send(Cut(at_tick))
            self._feed(timeline.planned(at_tick))
            if timeline.has_ended:
                self._context.send(Finish(timeline.next_tick))
        else:

            def compose(tick: int) -> None:
                timeline.take_back(tick)
                self._arranger.arrange(state, was, actions, bundle)

            at_tick = self._play_from(at_tick, state, compose, bundle)
        return at_tick

    # --- beside a musician -----------------------------------------------------------------------------------------

    def silence(self, from_tick: int) -> None:
        """The model begins nothing at or after a tick, and has no turn from there on."""
        self._timeline.end_turn(from_tick)
        self._context.send(Cut(from_tick))
        self._context.publish(Planned(from_tick, from_tick, ()))
        self._thaw(from_tick)

    def _thaw(self, tick: int) -> None:
        """Nothing goes round any more, and whoever shows it is told."""
        if self.state.freeze_bars:
            self.state = replace(self.state, freeze_bars=0)
            self._pending.grant([], self.state.values, tick)

    def read(self, notes: tuple[Note, ...], from_tick: int, until_tick: int) -> None:
        """The model hears these notes as the music from one tick to another, and silence before."""
        self._timeline.read(notes, from_tick, until_tick)

    def enter(self, at_tick: int, bars: int | None) -> None:
        """The model's turn begins, and ends after so many bars if it is said how many."""
        self._timeline.begin_turn(at_tick, bars)

    def recompose(self, notes: tuple[Note, ...], from_tick: int, bar_tick: int) -> None:
        """Compose anew from a bar line on, having heard these notes since another one together with the model's own."""
        if self._playhead.due_s(bar_tick) - self._context.now_s() < self._lead_time.margin_s():
            # Too near to be composed anew: it stays as it is, and the next one is bent.
            bar_tick += self._playhead.bar_ticks
        while self._timeline.next_tick < bar_tick and self._timeline.has_turn:
            self._go_on()
        if self._timeline.can_recompose:
            self._play_from(bar_tick, self.state, lambda tick: self._timeline.recompose(notes, from_tick, tick))

    def begin_at(self, tick: int, *, plays: bool) -> None:
        """The music was moved: what was planned is nothing now.

        A model that `plays` goes on at the next bar line; one that listens hears the bar from its beginning.
        """
        bar_ticks = self._playhead.bar_ticks
        self._context.send(Cut(0))
        self._timeline.move((-(-tick // bar_ticks) if plays else tick // bar_ticks) * bar_ticks, plays=plays)
        self._thaw(tick)
