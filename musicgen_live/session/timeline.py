"""The bars of a take, past and planned: composed, repeated, or read from a musician. Knows no player."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from musicgen_live.config.settings import Settings
from musicgen_live.errors import MusicgenError, SettingsError
from musicgen_live.generation.composer import KEPT_BARS, Bar, Composer
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.notes import Note
from musicgen_live.music.parts import CONTEXT_TICKS, split_parts
from musicgen_live.session.continuations import CONTEXT_BARS, Continuation, Continuations
from musicgen_live.session.kept_bars import FAR_BARS, KeptBars
from musicgen_live.session.listening.quantize import merged
from musicgen_live.session.loop import Loop
from musicgen_live.session.metered_composer import Course, MeteredComposer
from musicgen_live.session.state import LiveState
from musicgen_live.session.stretches import Stretch, bars_before, bars_between, notes_between

ENDING_BARS = 4
"""The bars of the close that the musician asks for."""

LONGEST_REST_BARS = 2
"""The model does not read longer silences: after many empty bars it expects more of them."""


@dataclass(frozen=True)
class Basis:
    """The values that the next bar is made from."""

    settings: Settings
    loop: Loop | None
    taken_up: tuple[Bar, ...]
    """Bars that are played again before the model goes on."""
    course: Course
    until_tick: int | None
    """The end of the model's turn; None without end."""


class Timeline:
    """A composer, the model's turns, and the bars of these turns. Ticks are those of the music."""

    def __init__(
        self,
        composer: Composer,
        settings: Settings,
        *,
        seed: int,
        load: Callable[[str], Bundle],
        plays: bool,
        splits: bool = False,
    ) -> None:
        """Start with a composer and the settings that it was made with, filled in; `load` loads a model by its name.

        With `plays=False` the model has no turn before `begin_turn`. With `splits`, each note belongs to a part.
        """
        self._composer = MeteredComposer(composer, settings)
        self._settings = settings
        self._seed = seed
        self._load = load
        self._splits = splits
        self._rerolls = 0
        self.bars = KeptBars(settings.bar_ticks)
        self._read: list[Bar] = []
        """The music that the composer read from a musician; the player does not play it."""
        self.until_tick: int | None = None if plays else 0
        """The end of the model's turn; None without end."""
        self.turn_tick = 0
        """The start of the model's latest turn, which may be in the future."""
        self._onset_tick: int | None = None
        """The start of a turn that begins with a note."""
        self._next_adapt: Callable[[Settings], Settings] | None = None
        """The adaptation of the settings to the musician's phrase, until the turn is composed."""
        self._loop: Loop | None = None
        self._taken_up: tuple[Bar, ...] = ()
        self._continuations = Continuations(self.meters.at(0))
        self.has_ended = False
        self.tokens = 0
        """The number of tokens that were chosen and not thrown away."""

    @property
    def start_tick(self) -> int:
        """The start of the present music: the bars without a gap up to `next_tick`."""
        return self.bars.present[0].start_tick if self.bars.present else self.next_tick

    @property
    def next_tick(self) -> int:
        """The tick up to which there is music."""
        return self._composer.next_tick

    @property
    def meters(self) -> MeterMap:
        """The time signatures, past and planned."""
        return self._composer.meters

    @property
    def has_turn(self) -> bool:
        """True if there is something to compose, now or later."""
        return not self.has_ended and (self.until_tick is None or self.next_tick < self.until_tick)

    def has_turn_at(self, tick: int) -> bool:
        """Return True if there is something to compose from a tick on, once the music before it is complete."""
        if self.has_ended and tick >= self.next_tick:
            return False
        return self.until_tick is None or tick < self.until_tick

    def planned(self, from_tick: int) -> list[Bar]:
        """Return the model's bars from a tick on, and the rest of the bar at that tick."""
        return bars_between(self.bars.heard, from_tick, self.next_tick)

    @property
    def basis(self) -> Basis:
        """The values that the next bar is made from."""
        return Basis(self._settings, self._loop, self._taken_up, self._composer.course, self.until_tick)

    @property
    def _bar_ticks(self) -> int:
        """The length of a bar of the present music, in ticks."""
        return self.meters.at(self.next_tick).bar_ticks

    # --- composing -------------------------------------------------------------------------------------------------

    def next_bar(self) -> Bar | None:
        """Return the next bar of the model's turn, composed or repeated; None if the take is over."""
        if self._next_adapt is not None and self.next_tick >= self.turn_tick:
            # Not before: a musician who plays staccato takes most turns back before they are composed.
            self._composer.adapt(self._next_adapt)
            self._next_adapt = None
        if self.next_tick == self._onset_tick:
            self._composer.request_onset()
        bar = self._next_taken_up() or (self._composed() if self._loop is None else self._repeated(self._loop))
        self.has_ended = bar is None or bar.is_last
        if bar is None:
            return None
        self.bars.present.append(bar)
        self.tokens += len(bar.ids)
        if self.until_tick is not None and bar.end_tick > self.until_tick:
            self.take_back(self.until_tick)
        return self.bars.present[-1]

    def _composed(self) -> Bar | None:
        bar = self._composer.compose()
        if bar is None or not self._splits:
            return bar
        heard = bars_between(self.bars.heard, bar.start_tick - CONTEXT_TICKS, bar.start_tick)
        return replace(bar, notes=split_parts(bar.notes, [note for each in heard for note in each.notes]))

    def _next_taken_up(self) -> Bar | None:
        """Return the next bar of a continuation that is taken up again, which the model reads; None without one."""
        bar = next((bar for bar in self._taken_up if bar.start_tick == self.next_tick), None)
        if bar is None or self._composer.is_over:
            return None
        self._composer.read(bar.notes, bar.end_tick)
        return replace(bar, is_last=self._composer.is_over)

    def _repeated(self, loop: Loop) -> Bar:
        start_tick = self.next_tick
        end_tick = self.meters.line_after(start_tick + 1)
        notes = loop.notes(start_tick, end_tick)
        # The network does not read the repeats: it would expect endless repetition.
        self._composer.move(end_tick)
        return Bar(start_tick, end_tick, notes, (), self._composer.is_over)

    def skip_to(self, line_tick: int) -> None:
        """Leave out the music up to a bar line, or up to the end of the turn; what follows continues the music so far.

        The bars between stay silent.
        """
        until_tick = line_tick if self.until_tick is None else min(line_tick, self.until_tick)
        if (line := self.meters.line_before(until_tick)) > self.next_tick:
            self._composer.move(line)
        if until_tick > self.next_tick:
            self._composer.read((), until_tick)

    def take_back(self, tick: int) -> None:
        """Go back to a tick: the composer has then read the music before it, and nothing else."""
        self.has_ended = False
        self.tokens -= self.bars.forget_from(tick)
        self._read = bars_before(self._read, tick)
        if tick < self.next_tick:
            self._go_back(tick)

    def keep(self, basis: Basis, planned: list[Bar], at_tick: int, until_tick: int) -> None:
        """Restore the plan, which had been taken back, from one tick to another; a new time signature is taken back."""
        self._leave_meter(basis)
        self.take_back(at_tick)
        kept = bars_between(planned, at_tick, until_tick)
        notes = tuple(note for bar in kept for note in bar.notes)
        self._composer.read(notes, kept[-1].end_tick)
        self.bars.present += kept
        self.tokens += sum(len(bar.ids) for bar in kept)
        self.has_ended = kept[-1].is_last

    def revert(self, basis: Basis, planned: list[Bar], at_tick: int) -> None:
        """Restore the basis and the plan from a tick on, after a new bar could not be composed there.

        The composer may have stopped at any point.
        """
        self._loop, self._taken_up = basis.loop, basis.taken_up
        if not self._leave_meter(basis) and basis.settings != self._settings:
            self._composer.revert(basis.settings, self._load(basis.settings.model))
        self._settings = basis.settings
        self.take_back(at_tick)
        self._go_back(at_tick)
        if planned:
            self.keep(basis, planned, at_tick, planned[-1].end_tick)

    def _go_back(self, tick: int) -> None:
        """Move the composer back to a tick."""
        self._composer.go_back(tick)
        if self.next_tick < tick:
            notes = [note for bar in (*self.bars.present, *self._read) for note in bar.notes]
            self._composer.read(notes_between(notes, self.next_tick, tick), tick)

    def forget_oldest(self, most_bars: int) -> tuple[int, int] | None:
        """Forget some of the music that was left longest ago if there are more bars; return from and until which tick.

        What the composer read from a musician is forgotten where it cannot go back any more.
        """
        self._read = [bar for bar in self._read if bar.end_tick > self.next_tick - KEPT_BARS * self._bar_ticks]
        return self.bars.forget_oldest(most_bars)

    # --- jumps of the transport ------------------------------------------------------------------------------------

    def seek(self, tick: int) -> bool:
        """Continue the music at a tick: the present music, some that was left, or new music that begins there.

        Return True in the last case: the tick is far from all music.
        """
        begins = False
        tick = self.bars.after_outdated(tick)
        if not self.start_tick <= tick < self.next_tick + FAR_BARS * self._bar_ticks:
            stretch, self._taken_up = self.bars.leave_for(tick), ()
            begins = stretch is None
            if stretch is None:
                self.has_ended = False
                self._composer.move(self.meters.line_before(tick))
            else:
                self._take_up(stretch)
        if (following := self.bars.take_following(self.start_tick, self.next_tick)) is not None:
            self._take_up([*self.bars.present, *(bar for bar in following if bar.start_tick >= self.next_tick)])
        return begins

    def _take_up(self, stretch: Stretch) -> None:
        """Continue a stretch, of which the model reads the end."""
        end_tick = stretch[-1].end_tick
        from_tick = self.meters.line_before(max(stretch[0].start_tick, end_tick - CONTEXT_BARS * self._bar_ticks))
        self._composer.move(from_tick)
        self._composer.read(
            notes_between([note for bar in stretch for note in bar.notes], from_tick, end_tick), end_tick
        )
        self.bars.present, self.has_ended = stretch, stretch[-1].is_last

    def forget_elsewhere(self, tick: int) -> None:
        """Forget the bars after a tick that are not connected with the present music."""
        self.tokens -= self.bars.forget_elsewhere(tick)

    # --- changes ---------------------------------------------------------------------------------------------------

    def load(self, state: LiveState) -> Bundle | None:
        """Load the model of a state if it is another one; ModelError if it cannot be read from disk."""
        model = state.settings.model
        return None if model == self._settings.model else self._load(model)

    def apply(
        self, at_tick: int, state: LiveState, was: LiveState, actions: Collection[str], bundle: Bundle | None
    ) -> None:
        """Apply a state and actions from the next bar on; `bundle` is what `load` returned.

        Another time signature begins at `at_tick`, a bar line; the music need not have come there yet. Safe to call
        again if that bar must be composed twice. If it raises MusicgenError, nothing changes.
        """
        freezes = state.freeze_bars != was.freeze_bars
        loop = self._latest_bars(state.freeze_bars) if freezes and state.freeze_bars else None
        continuation = self.continuation_for(state, was, actions)
        if continuation is not None and not self.has_turn:
            if self.has_ended:
                raise SettingsError("the music comes to its end before the next bar line")
            raise SettingsError("the network does not play now; wait for its turn")
        basis = self.basis
        self._taken_up = ()
        if state.settings.time_signature != was.settings.time_signature:
            self.begin_meter(at_tick, state.settings, bundle)
        else:
            self._change(state.settings, bundle)
        if "restart" in actions:
            try:
                self._composer.restart()
            except MusicgenError:
                if not self._leave_meter(basis):
                    self._change(was.settings, self.load(was))
                self._settings = was.settings
                raise
        if "end" in actions:
            self._composer.end(ENDING_BARS)
            self.has_ended = False
        if "reroll" in actions:
            self._rerolls += 1
            self._composer.reroll(self._seed + self._rerolls)
        if continuation is not None:
            self._take_up_again(continuation)
        if freezes:
            self._loop = loop

    def check_meter(self, settings: Settings, bundle: Bundle | None) -> None:
        """Raise SettingsError or ModelError if the model, or a new one, cannot have the time signature of settings."""
        self._composer.check_meter(settings, bundle)

    def begin_meter(self, at_tick: int, settings: Settings, bundle: Bundle | None) -> None:
        """Have the time signature of other settings begin at a bar line; a turn of the model keeps its bars."""
        was = self.meters
        self._composer.begin_meter(at_tick, settings, bundle)
        self._settings = settings
        if self.until_tick is not None and self.until_tick > at_tick:
            # Of a turn that ends within a bar, that bar is whole.
            self.until_tick = self.meters.tick_of(was.bar_of(self.until_tick - 1) + 1)

    def _leave_meter(self, basis: Basis) -> bool:
        """Take back the time signatures planned since a basis; return whether there were any."""
        if basis.course.meters == self.meters:
            return False
        self._composer.course, self.until_tick = basis.course, basis.until_tick
        return True

    def remember(
        self, at_tick: int, replaced: list[Bar], state: LiveState, was: LiveState, actions: Collection[str]
    ) -> None:
        """Remember what has replaced what, after bars from a tick on were replaced by those of a state and actions.

        Bars of another time signature cannot be taken up again.
        """
        if (meter := self.meters.at(at_tick)) != self._continuations.meter:
            self._continuations = Continuations(meter)
        heard = bars_before(self.bars.heard, at_tick)
        if "reroll" in actions:
            self._continuations.rerolled(at_tick, heard, replaced)
        elif "undo" in actions:
            self._continuations.undone()
        elif state.variant != was.variant:
            self._continuations.exchanged(at_tick, heard, replaced)

    def continuation_for(self, state: LiveState, was: LiveState, actions: Collection[str]) -> Continuation | None:
        """Return the continuation that a state and actions take up again, None if they take up none.

        SettingsError if there is none to be taken up.
        """
        if "reroll" in actions and state.freeze_bars:
            # The repeated bars stay, and whoever asked would wait for others.
            raise SettingsError("bars are frozen; end the freeze first")
        undoes = "undo" in actions
        if not undoes and (state.variant == was.variant or "reroll" in actions):
            return None
        if self._loop is not None:
            raise SettingsError("bars are frozen; end the freeze first")
        return self._continuations.latest if undoes else self._continuations.other

    def _take_up_again(self, continuation: Continuation) -> None:
        """Have the bars of a continuation played from the next bar line on, after the music that led to them."""
        tick = self.next_tick
        moved = continuation.at(tick)
        if continuation.at_tick != tick or not continuation.parts_at_line:
            meter = self.meters.at(tick)
            from_tick = max(meter.tick, tick - CONTEXT_BARS * meter.bar_ticks)
            self._composer.move(from_tick)
            if tick > from_tick:
                self._composer.read(moved.before, tick)
        self._taken_up = moved.bars

    def _change(self, settings: Settings, bundle: Bundle | None) -> None:
        if settings != self._settings:
            self._composer.change(settings, bundle)
            self._settings = settings

    def _latest_bars(self, bars: int) -> Loop:
        """Return a loop of the latest bars; SettingsError if there is none yet."""
        heard, meter = self.bars.heard, self.meters.at(self.next_tick)
        first_tick = max(meter.tick, heard[0].start_tick) if heard else self.next_tick
        bars = min(bars, (self.next_tick - first_tick) // meter.bar_ticks)
        if not bars:
            raise SettingsError("freeze has nothing to go round in yet; wait for a bar")
        notes = tuple(note for bar in heard for note in bar.notes)
        return Loop(notes, self.next_tick - bars * meter.bar_ticks, self.next_tick)

    # --- turns -----------------------------------------------------------------------------------------------------

    def end_turn(self, tick: int) -> None:
        """End the model's turn at a tick."""
        self.take_back(tick)
        self.until_tick, self._loop, self._taken_up = tick, None, ()
        self.turn_tick = min(self.turn_tick, tick)

    def begin_turn(
        self,
        tick: int,
        until_tick: int | None,
        *,
        may_rest: bool = True,
        adapt: Callable[[Settings], Settings] | None = None,
    ) -> None:
        """Begin a turn of the model from one tick to another or, if None, without end.

        Unless it `may_rest`, a note begins with it, where the limits and the model have one. `adapt` returns the
        settings by which it is composed, and later changes too; None keeps the function of the turn before.
        """
        self._rest_until(tick)
        self.turn_tick = tick
        self.until_tick = until_tick
        self._onset_tick = None if may_rest else tick
        self._next_adapt = adapt
        own_end = self.bars.present[-1].end_tick if self.bars.present else 0
        heard = [bar.start_tick for bar in self._read if bar.start_tick >= own_end and bar.notes]
        if heard:
            self._composer.answer(-(-(tick - min(heard)) // self._bar_ticks))

    def play_on(self, tick: int) -> None:
        """Give the present turn no end, or begin one at a tick."""
        if self.has_turn:
            self.until_tick = None
        else:
            self.begin_turn(max(tick, self.next_tick), None)

    def read(self, notes: tuple[Note, ...], from_tick: int, until_tick: int) -> None:
        """Have the model read notes as the music from one tick to another, and silence before.

        Notes that cannot be read are silence to it.
        """
        self._rest_until(from_tick)
        try:
            self._composer.read(notes, until_tick)
        except Exception:
            self._go_back(from_tick)
            self._composer.read((), until_tick)
            raise
        self._composer.settle(notes)
        self._read.append(Bar(from_tick, until_tick, notes, ()))

    @property
    def can_recompose(self) -> bool:
        """True if reading more notes has an effect: nothing is repeated, and the take is not over."""
        return self._loop is None and self.has_turn

    def recompose(self, notes: tuple[Note, ...], from_tick: int, bar_tick: int) -> None:
        """Have the model read notes together with its own since a tick, and continue at a bar line."""
        self._taken_up = ()
        own = [note for bar in self.bars.present for note in bar.notes]
        self.tokens -= self.bars.forget_from(bar_tick)
        if from_tick < self.next_tick:
            self._go_back(from_tick)
        self._composer.read(merged(notes_between(own, self.next_tick, bar_tick), notes), bar_tick)
        self._composer.settle(notes)

    def move(self, tick: int, *, plays: bool) -> None:
        """Drop all bars and continue at another bar line."""
        self.bars.clear()
        self._read, self._loop, self._taken_up, self.has_ended = [], None, (), False
        self._composer.move(tick)
        self.turn_tick = tick
        self.until_tick = None if plays else tick

    def _rest_until(self, tick: int) -> None:
        """Have the composer read silence up to a tick; of a long silence, only the incomplete first and last bar."""
        if tick <= self.next_tick:
            return
        line = self.meters.line_after(self.next_tick)
        if tick > line + LONGEST_REST_BARS * self._bar_ticks:
            if line > self.next_tick:
                self._composer.read((), line)
            self._composer.move(self.meters.line_before(tick))
        if tick > self.next_tick:
            self._composer.read((), tick)
