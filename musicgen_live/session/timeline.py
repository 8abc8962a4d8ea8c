"""What has been and will be played, bar by bar: composed, gone round in, or heard from a musician. Knows no player."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.music.notes import Note
from musicgen_live.session.listening.quantize import merged
from musicgen_live.session.loop import Loop

LONGEST_REST_BARS = 2
"""Longer silences are left out of what the model hears: behind many empty bars it expects more of them."""


class Timeline:
    """A composer with its turns, and the bars that came of them. Ticks are those of the music."""

    def __init__(self, composer: Composer, bar_ticks: int, *, plays: bool) -> None:
        """Not `plays`, the model has no turn before it is given one."""
        self._composer = composer
        self._bar_ticks = bar_ticks
        self._bars: list[Bar] = []
        self._heard: list[Bar] = []
        """What the composer was given to read, and nobody has to play."""
        self._until_tick: int | None = None if plays else 0
        """Where the model's turn ends."""
        self.turn_tick = 0
        """Where its latest turn begins, which may be still to come."""
        self._loop: Loop | None = None
        self.has_ended = False
        self.tokens = 0
        """How many were chosen and not thrown away."""

    @property
    def next_tick(self) -> int:
        """Up to where there is music."""
        return self._composer.next_tick

    @property
    def has_turn(self) -> bool:
        """Whether there is something to compose, now or later."""
        return not self.has_ended and (self._until_tick is None or self.next_tick < self._until_tick)

    def has_turn_at(self, tick: int) -> bool:
        """Whether there is something to compose from a tick on, once all before it is there."""
        if self.has_ended and tick >= self.next_tick:
            return False
        return self._until_tick is None or tick < self._until_tick

    def planned(self, from_tick: int) -> list[Bar]:
        """What the model plays from a tick on; of the bar that it lies in, the rest."""
        return _between_bars(self._bars, from_tick, self.next_tick)

    # --- composing -------------------------------------------------------------------------------------------------

    def next_bar(self) -> Bar | None:
        """The next bar of the model's turn: composed, or the one that goes round; None where the take is over."""
        bar = self._composer.compose() if self._loop is None else self._next_round(self._loop)
        self.has_ended = bar is None or bar.is_last
        if bar is None:
            return None
        self._bars.append(bar)
        self.tokens += len(bar.ids)
        if self._until_tick is not None and bar.end_tick > self._until_tick:
            self.take_back(self._until_tick)
        return self._bars[-1]

    def _next_round(self, loop: Loop) -> Bar:
        start_tick = self.next_tick
        end_tick = (start_tick // self._bar_ticks + 1) * self._bar_ticks
        notes = loop.notes(start_tick, end_tick)
        # The network does not hear it again and again: it would believe that it has to go round for ever.
        self._composer.move(end_tick)
        return Bar(start_tick, end_tick, notes, (), self._composer.is_over)

    def take_back(self, tick: int) -> None:
        """Be where the music was at a tick: the composer has heard what sounds before it, and nothing else."""
        self.has_ended = False
        self.tokens -= sum(len(bar.ids) for bar in self._bars if bar.start_tick >= tick)
        self._bars, self._heard = (_before(bars, tick) for bars in (self._bars, self._heard))
        if tick < self.next_tick:
            self._go_back(tick)

    def stay(self, planned: list[Bar], at_tick: int, until_tick: int) -> None:
        """Have what was planned from one tick to another once more, which is played though it had been taken back."""
        self.take_back(at_tick)
        kept = _between_bars(planned, at_tick, until_tick)
        notes = tuple(note for bar in kept for note in bar.notes)
        self._composer.read(notes, kept[-1].end_tick)
        self._bars += kept
        self.tokens += sum(len(bar.ids) for bar in kept)
        self.has_ended = kept[-1].is_last

    def _go_back(self, tick: int) -> None:
        """Bring the composer to a tick that it has gone past."""
        mark = self._composer.checkpoint_before(tick)
        if mark is None:
            self._composer.move(tick // self._bar_ticks * self._bar_ticks)
            mark = self.next_tick
        else:
            self._composer.rewind(mark)
        if mark < tick:
            notes = [note for bar in (*self._bars, *self._heard) for note in bar.notes]
            self._composer.read(_between(notes, mark, tick), tick)

    def forget_before(self, tick: int) -> None:
        """Keep nothing of what was over by then."""
        for bars in (self._bars, self._heard):
            while bars and bars[0].end_tick < tick:
                del bars[0]

    # --- turns -----------------------------------------------------------------------------------------------------

    def end_turn(self, tick: int) -> None:
        """From here on the model has no turn."""
        self.take_back(tick)
        self._until_tick, self._loop = tick, None
        self.turn_tick = min(self.turn_tick, tick)

    def begin_turn(self, tick: int, bars: int | None) -> None:
        """From here on it has one, without end or of so many bars."""
        self._rest_until(tick)
        self.turn_tick = tick
        self._until_tick = None if bars is None else tick + bars * self._bar_ticks

    def read(self, notes: tuple[Note, ...], from_tick: int, until_tick: int) -> None:
        """The model hears these notes as the music from one tick to another, and silence before."""
        self._rest_until(from_tick)
        self._composer.read(notes, until_tick)
        self._heard.append(Bar(from_tick, until_tick, notes, ()))

    @property
    def can_recompose(self) -> bool:
        """Whether it is of any use to hear something: nothing goes round, and the take is not over."""
        return self._loop is None and self.has_turn

    def recompose(self, notes: tuple[Note, ...], from_tick: int, bar_tick: int) -> None:
        """Hear these notes together with the model's own since a tick, and be at a bar line."""
        own = [note for bar in self._bars for note in bar.notes]
        self.tokens -= sum(len(bar.ids) for bar in self._bars if bar.start_tick >= bar_tick)
        self._bars = _before(self._bars, bar_tick)
        if from_tick < self.next_tick:
            self._go_back(from_tick)
        self._composer.read(merged(_between(own, self.next_tick, bar_tick), notes), bar_tick)

    def move(self, tick: int, *, plays: bool) -> None:
        """The music goes on from a bar line elsewhere; nothing planned or heard lies anywhere any more."""
        self._bars, self._heard, self._loop, self.has_ended = [], [], None, False
        self._composer.move(tick)
        self.turn_tick = tick
        self._until_tick = None if plays else tick

    def _rest_until(self, tick: int) -> None:
        """Nothing sounds before a tick; of a long silence, the composer hears what is left of its bar."""
        if tick <= self.next_tick:
            return
        line = -(-self.next_tick // self._bar_ticks) * self._bar_ticks
        if tick > line + LONGEST_REST_BARS * self._bar_ticks:
            if line > self.next_tick:
                self._composer.read((), line)
            self._composer.move(tick // self._bar_ticks * self._bar_ticks)
        if tick > self.next_tick:
            self._composer.read((), tick)

    # --- going round -----------------------------------------------------------------------------------------------

    def loop_of(self, bars: int) -> Loop:
        """The latest bars, to go round in from here on; SettingsError where there is none yet."""
        first_tick = self._bars[0].start_tick if self._bars else self.next_tick
        bars = min(bars, (self.next_tick - first_tick) // self._bar_ticks)
        if not bars:
            raise SettingsError("freeze has nothing to go round in yet; wait for a bar")
        notes = tuple(note for bar in self._bars for note in bar.notes)
        return Loop(notes, self.next_tick - bars * self._bar_ticks, self.next_tick)

    def go_round(self, loop: Loop | None) -> None:
        """Play these bars again and again, or go on composing."""
        self._loop = loop


def _before(bars: list[Bar], tick: int) -> list[Bar]:
    """What of some bars begins before a tick."""
    kept = [bar for bar in bars if bar.start_tick < tick]
    if kept and kept[-1].end_tick > tick:
        last = kept[-1]
        notes = tuple(note for note in last.notes if note.start_tick < tick)
        kept[-1] = replace(last, end_tick=tick, notes=notes, is_last=False)
    return kept


def _between_bars(bars: list[Bar], from_tick: int, until_tick: int) -> list[Bar]:
    """What of some bars begins from one tick to before another; of the first, the rest."""
    found = []
    for bar in _before(bars, until_tick):
        if bar.start_tick >= from_tick:
            found.append(bar)
        elif bar.end_tick > from_tick:
            notes = tuple(note for note in bar.notes if note.start_tick >= from_tick)
            found.append(replace(bar, start_tick=from_tick, notes=notes, ids=()))
    return found


def _between(notes: list[Note], from_tick: int, until_tick: int) -> tuple[Note, ...]:
    return tuple(sorted(note for note in notes if from_tick <= note.start_tick < until_tick))
