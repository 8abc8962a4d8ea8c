"""Delays the first notes of an entry that is a guess, so that a musician who plays on takes it back unheard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from musicgen_live.music.notes import PPQ, Note

if TYPE_CHECKING:
    # Imported for typing only: most starts have no musician.
    from musicgen_live.session.listening.decisions import StartTurn

HESITATION_S = 0.02
"""Musicians are seldom more than 20 ms late on a first beat, and nobody hears that an entry is."""

TRANSIT_S = 0.01
"""A bar that is ready reaches the player within this time."""


@dataclass(frozen=True)
class Hesitation:
    """A delay: notes that begin from `from_tick` to before `until_tick` begin at `until_tick`, and end as before.

    Notes that are over by then are left out: those of a very late bar would sound all at once.
    """

    from_tick: int
    until_tick: int

    def __call__(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """Return the notes to send."""
        return tuple(
            replace(note, start_tick=self.until_tick, duration_ticks=note.end_tick - self.until_tick)
            if self.from_tick <= note.start_tick < self.until_tick
            else note
            for note in notes
            if not (self.from_tick <= note.start_tick < self.until_tick and note.end_tick <= self.until_tick)
        )


def hesitation(turn: StartTurn, now_tick: int, tempo: float) -> Hesitation | None:
    """Return the delay of the first notes of a turn whose first bar is ready now; None without one.

    A guess has one. So has a turn that is too late, as its first notes would be dropped: musicians hold their last note
    over the bar line, and then the network has no time to compose.
    """
    ticks_per_s = tempo / 60 * PPQ
    until_tick = turn.at_tick + round(HESITATION_S * ticks_per_s) if turn.is_guess else turn.at_tick
    until_tick = max(until_tick, now_tick + round(TRANSIT_S * ticks_per_s))
    return Hesitation(turn.at_tick, until_tick) if until_tick > turn.at_tick else None
