"""Second thoughts: the music that a reroll has replaced, to be taken up again from its first bar on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.session.stretches import bars_between, notes_between, shifted_bar

CONTEXT_BARS = 4
"""The bars that the model reads before it continues music that it had left."""

MOST_REROLLS = 32
"""So many rerolls can be taken back."""

NOTHING_TO_UNDO = "there is no reroll to take back; undo is for these alone, and a stored scene brings values back"
NOTHING_TO_COMPARE = "there is no reroll to compare with that was not taken back; reroll first"


@dataclass(frozen=True)
class Continuation:
    """Bars from a bar line on, and the music right before them."""

    at_tick: int
    """The bar line at which they begin."""
    before: tuple[Note, ...]
    """The notes of `CONTEXT_BARS` before `at_tick`, or of as many as there are."""
    bars: tuple[Bar, ...]
    """Without a gap from `at_tick` on; at least one."""
    parts_at_line: bool = True
    """True if all music before `at_tick` is that of the other continuation too."""

    def at(self, tick: int) -> Continuation:
        """Return the same music at another bar line."""
        ticks = tick - self.at_tick
        before = tuple(note.later_by(ticks) for note in self.before)
        return Continuation(tick, before, tuple(shifted_bar(bar, ticks) for bar in self.bars))


class Continuations:
    """The continuations that rerolls have replaced, the latest last."""

    def __init__(self, meter: Meter) -> None:
        """Start without one, in a time signature."""
        self.meter = meter
        self._replaced: list[Continuation] = []
        self._can_compare = False

    @property
    def latest(self) -> Continuation:
        """The music that the latest reroll has replaced; SettingsError without one."""
        if not self._replaced:
            raise SettingsError(NOTHING_TO_UNDO)
        return self._replaced[-1]

    @property
    def other(self) -> Continuation:
        """The variant that is not played; SettingsError without one."""
        if not self._can_compare or not self._replaced:
            raise SettingsError(NOTHING_TO_COMPARE)
        return self._replaced[-1]

    def rerolled(self, at_tick: int, heard: Sequence[Bar], replaced: Sequence[Bar]) -> None:
        """Keep the bars that a reroll has replaced from a tick on; `heard` are those before."""
        line_tick = self.meter.line_after(at_tick)
        bars = tuple(bar for bar in replaced if bar.start_tick >= line_tick)
        if not bars:
            return
        notes = [note for bar in (*bars_between(list(heard), 0, at_tick), *replaced) for note in bar.notes]
        from_tick = line_tick - CONTEXT_BARS * self.meter.bar_ticks
        before = tuple(notes_between(notes, from_tick, line_tick))
        self._replaced = [*self._replaced, Continuation(line_tick, before, bars, at_tick == line_tick)][-MOST_REROLLS:]
        self._can_compare = True

    def undone(self) -> None:
        """Forget the latest reroll, as it was taken back."""
        self._replaced.pop()
        self._can_compare = False

    def exchanged(self, at_tick: int, heard: Sequence[Bar], replaced: Sequence[Bar]) -> None:
        """Keep the variant that was played up to a bar line in place of the one that is played from there on."""
        played = self._replaced.pop()
        bars = (*bars_between(list(heard), played.at_tick, at_tick), *replaced)
        if bars and bars[0].start_tick == played.at_tick:
            other = replace(played, bars=bars).at(at_tick)
            self._replaced.append(replace(other, parts_at_line=False))
        else:
            # The music has gone to another place meanwhile.
            self._can_compare = False
