"""Conducts a take: keeps a player fed two bars ahead, and does at the next bar line what was asked for meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from musicgen_live.conducting.script import Script
from musicgen_live.conducting.setup import Setup
from musicgen_live.conducting.timekeeper import NOT_BEGUN, Timekeeper
from musicgen_live.errors import MusicgenError
from musicgen_live.generation.composer import KEPT_BARS, Bar, Composer
from musicgen_live.live.events import Asked, BarBegan, Changed, Observer, Planned, Refused
from musicgen_live.live.messages import Begin, Command, Cut, Feed, Finish, Report, SetChannel, SetTempo
from musicgen_live.model.bundle import Bundle
from musicgen_live.notes import PPQ, Note
from musicgen_live.steering import KNOBS, Steer

AHEAD_TICKS = 2 * 4 * PPQ
"""How far ahead of the player there is music: two bars of 4/4, so that a pause of this process is not heard."""

MARGIN_S = 0.15
"""A bar line that is nearer is past changing: composing a bar takes some 20 ms, four times that on a busy machine."""

MODEL_MARGIN_S = 0.3
"""The same where a model has to be read from disk and has to hear what was played."""

BEAT_MARGIN_S = 0.03
"""A beat that is nearer keeps its tempo."""

LONGEST_WAIT_S = 1.0

_AT_ONCE = ("tempo", "channel")
_FROM_FILES = ("model", "preset")


@dataclass(frozen=True)
class Hands:
    """What a conductor does things with."""

    send: Callable[[Command], None]
    tell: Observer
    now_s: Callable[[], float]
    load: Callable[[str], Bundle]
    """A model by the name that settings have for it; ModelError where that cannot be."""


class Conductor:
    """Told what the player reports and what is asked for; composes a bar at a time when told to `work`.

    It never waits and has no thread of its own: whoever calls it does.
    """

    def __init__(
        self, composer: Composer, setup: Setup, time: Timekeeper, seed: int, hands: Hands, *, plays: bool = True
    ) -> None:
        """`setup` has the settings that `composer` was made with, filled in.

        Not `plays`, it composes nothing before it is told to `enter`.
        """
        self.setup = setup
        self._composer = composer
        self._script = Script(composer, time.bar_ticks, plays=plays)
        self._time = time
        self._seed = seed
        self._hands = hands
        self._wanted: dict[str, Steer] = {}
        self._unheard: list[tuple[int, Changed]] = []
        self._composed_by = setup.settings
        self._told = setup.values
        self._bar = 0
        self._has_begun = False
        self._rolls = 0

    @property
    def tokens(self) -> int:
        """How many were chosen and not thrown away."""
        return self._script.tokens

    # --- what it is told -------------------------------------------------------------------------------------------

    def hear(self, report: Report) -> None:
        """Take in what the player says."""
        if (place := self._time.hear(report)) is not None:
            self._hands.tell(place)

    def steer(self, wish: Steer) -> None:
        """Note a wish for the next bar line; tempo and channel change sooner. What cannot be is told as `Refused`."""
        if wish.name not in KNOBS:
            self._refuse(wish, f"there is nothing called {wish.name!r} to change")
        elif wish.name == "tempo" and self._time.follows:
            self._refuse(wish, "the tempo is that of the clock that is followed; change it there")
        elif wish.name in _AT_ONCE:
            self._do_at_once(wish)
        else:
            self._wanted[wish.name] = wish

    def _do_at_once(self, wish: Steer) -> None:
        try:
            self.setup = self.setup.steered(wish)
        except MusicgenError as error:
            self._refuse(wish, str(error))
            return
        at_tick = self._now_tick()
        if wish.name == "tempo":
            at_tick = self._time.line_after(self._hands.now_s() + BEAT_MARGIN_S, PPQ)
            self._set_tempo(at_tick)
        else:
            self._hands.send(SetChannel(self.setup.settings.channel - 1))
        self._announce([wish], at_tick)

    def _set_tempo(self, at_tick: int) -> None:
        tempo = self.setup.settings.tempo
        self._hands.send(SetTempo(at_tick, tempo))
        self._hands.tell(self._time.change_tempo(at_tick, tempo))

    def _refuse(self, wish: Steer, reason: str) -> None:
        self._hands.tell(Refused(wish.name, reason))

    def _announce(self, wishes: list[Steer], at_tick: int) -> None:
        bar, values = self._time.bar_of(at_tick), self.setup.values
        asked = {wish.name for wish in wishes}
        # A preset or a model brings other values along.
        brought = {name for name, value in values.items() if value != self._told.get(name)}
        for name in KNOBS:
            if name in asked or name in brought:
                value = values.get(name)
                self._hands.tell(Asked(name, value, bar))
                self._unheard.append((at_tick, Changed(name, value, bar)))
        self._told = values

    # --- what it does ----------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """Do the next piece of what there is to do, tens of milliseconds at most; False where nothing was left."""
        self._tell_heard()
        if self._wanted:
            self._change()
            return True
        script = self._script
        if not script.has_turn or script.next_tick > max(0, self._now_tick()) + AHEAD_TICKS:
            return False
        self._go_on()
        return True

    def wait_s(self) -> float:
        """Seconds until there is something to do though nothing is heard: the next bar line, a second at most."""
        if not self._time.runs:
            return LONGEST_WAIT_S
        next_line_s = self._time.due_s(self._bar * self._time.bar_ticks)
        return min(LONGEST_WAIT_S, max(0.0, next_line_s - self._hands.now_s()))

    def _now_tick(self) -> int:
        return self._time.tick_at(self._hands.now_s())

    def _tell_heard(self) -> None:
        now_tick = self._now_tick()
        if now_tick != NOT_BEGUN and self._time.runs and (bar := self._time.bar_of(now_tick)) != self._bar:
            self._bar = bar
            if not (self._script.has_ended and now_tick >= self._script.next_tick):
                self._hands.tell(BarBegan(bar))
        due = [change for tick, change in self._unheard if tick <= now_tick]
        self._unheard = [entry for entry in self._unheard if entry[0] > now_tick]
        for change in due:
            self._hands.tell(change)

    # --- composing -------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        self._add(self._script.next_bar())

    def _add(self, bar: Bar | None) -> None:
        """Feed a bar, and say where the take ends if it does."""
        if bar is not None:
            self._feed([bar])
            if not self._has_begun and not self._time.follows:
                # Also where the first bars are silent.
                self._hands.send(Begin())
            self._has_begun = True
        if self._script.has_ended:
            self._hands.send(Finish(self._script.next_tick))
        if not self._time.follows:
            self._script.forget_before(self._now_tick() - KEPT_BARS * self._time.bar_ticks)

    def _feed(self, bars: list[Bar]) -> None:
        notes = tuple(note for bar in bars for note in self.setup.outward(bar.notes))
        self._hands.send(Feed(notes))
        if bars:
            self._hands.tell(Planned(bars[0].start_tick, bars[-1].end_tick, notes))

    def _play_from(self, at_tick: int) -> None:
        """Put something new in the place of what was planned, which is taken back only when that is ready."""
        bar = self._script.next_bar()
        self._hands.send(Cut(at_tick))
        self._add(bar)

    # --- changing --------------------------------------------------------------------------------------------------

    def _change(self) -> None:
        """Do what is wanted, from the first bar line on that is far enough away."""
        wanted, self._wanted = list(self._wanted.values()), {}
        margin_s = MODEL_MARGIN_S if any(wish.name in _FROM_FILES for wish in wanted) else MARGIN_S
        # The model's next turn may have been composed already, and begins where it begins.
        at_tick = max(self._script.turn_tick, self._time.line_after(self._hands.now_s() + margin_s))
        while self._script.next_tick < at_tick and self._script.has_turn:
            self._go_on()
        setup, done = self.setup, []
        for wish in wanted:
            try:
                setup = setup if KNOBS[wish.name].kind == "action" else setup.steered(wish)
                done.append(wish)
            except MusicgenError as error:
                self._refuse(wish, str(error))
        try:
            self._replan(at_tick, setup, {wish.name for wish in done if KNOBS[wish.name].kind == "action"})
        except MusicgenError as error:
            for wish in done:
                self._refuse(wish, str(error))
        else:
            self._announce(done, at_tick)

    def _replan(self, at_tick: int, setup: Setup, actions: set[str]) -> None:
        """Play from a bar line on by another setup; MusicgenError, and all is as it was, where that cannot be."""
        script = self._script
        if not actions and setup == self.setup:
            return
        if not script.has_turn_at(at_tick):
            # Nothing is planned from there on: it is for when the model's turn comes.
            self._compose_by(at_tick, setup, actions)
        elif not actions and replace(setup, outward=self.setup.outward) == self.setup:
            self.setup = setup
            self._hands.send(Cut(at_tick))
            self._feed(script.planned(at_tick))
            if script.has_ended:
                self._hands.send(Finish(script.next_tick))
        else:
            script.take_back(at_tick)
            try:
                self._compose_by(at_tick, setup, actions)
            finally:
                # Whether or not it could be: what was planned is gone, and composed again if nothing else comes of it.
                self._play_from(at_tick)

    def _compose_by(self, at_tick: int, setup: Setup, actions: set[str]) -> None:
        script, was = self._script, self.setup
        loop = script.loop_of(setup.freeze_bars) if setup.freeze_bars else None
        if setup.settings != self._composed_by:
            other_model = setup.settings.model != self._composed_by.model
            self._composer.change(setup.settings, self._hands.load(setup.settings.model) if other_model else None)
            self._composed_by = setup.settings
        if "reroll" in actions:
            self._rolls += 1
            self._composer.reroll(self._seed + self._rolls)
        if "restart" in actions:
            self._composer.restart(None)
        self.setup = setup
        if setup.freeze_bars != was.freeze_bars:
            script.go_round(loop)
        if setup.settings.tempo != was.settings.tempo and not self._time.follows:
            self._set_tempo(at_tick)

    # --- beside a musician -----------------------------------------------------------------------------------------

    def silence(self, from_tick: int) -> None:
        """The model begins nothing at or after a tick, and has no turn from there on."""
        self._script.end_turn(from_tick)
        self._hands.send(Cut(from_tick))
        self._hands.tell(Planned(from_tick, from_tick, ()))
        self._thaw(from_tick)

    def _thaw(self, tick: int) -> None:
        """Nothing goes round any more, and whoever shows it is told."""
        if self.setup.freeze_bars:
            self.setup = replace(self.setup, freeze_bars=0)
            self._announce([], tick)

    def read(self, notes: tuple[Note, ...], from_tick: int, until_tick: int) -> None:
        """The model hears these notes as the music from one tick to another, and silence before."""
        self._script.read(notes, from_tick, until_tick)

    def enter(self, at_tick: int, bars: int | None) -> None:
        """The model's turn begins, and ends after so many bars if it is said how many."""
        self._script.begin_turn(at_tick, bars)

    def bend(self, notes: tuple[Note, ...], from_tick: int, bar_tick: int) -> None:
        """Compose anew from a bar line on, having heard these notes since another one together with the model's own."""
        if self._time.due_s(bar_tick) - self._hands.now_s() < MARGIN_S:
            # Too near to be composed anew: it stays as it is, and the next one is bent.
            bar_tick += self._time.bar_ticks
        while self._script.next_tick < bar_tick and self._script.has_turn:
            self._go_on()
        if self._script.bend(notes, from_tick, bar_tick):
            self._play_from(bar_tick)

    def begin_at(self, tick: int, *, plays: bool) -> None:
        """The music was moved: what was planned is nothing now.

        A model that `plays` goes on at the next bar line; one that listens hears the bar from its beginning.
        """
        bar_ticks = self._time.bar_ticks
        self._hands.send(Cut(0))
        self._script.move((-(-tick // bar_ticks) if plays else tick // bar_ticks) * bar_ticks, plays=plays)
        self._thaw(tick)
