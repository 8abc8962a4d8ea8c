"""Keeps music from repeating the same bars, or the same notes and chords, for ever, whatever the sampler."""

from __future__ import annotations

from collections import deque

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.cycles import Cycles, Numbers
from musicgen_live.generation.grammar import Mask

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")

LONGEST_PHRASE_BARS = 8
ROUNDS = 3
"""The number of times that a phrase may play in a row."""
SHORTEST_STEPS = 12
"""The number of notes and chords that phrases of one to three may fill in a row without bars. Composers exceed this or
`ROUNDS` with 0.5 % of their notes (60 pieces of the classical set)."""


_State = tuple[tuple[tuple[int, ...], ...], tuple[int, ...], tuple[int, ...], tuple[tuple[int, ...], ...]]
"""The state of a `RepetitionGuard`: the latest bars, their matches, the open bar, the bars that may not come next."""


class RepetitionGuard:
    """Prevents that a bar, or a phrase of up to `LONGEST_PHRASE_BARS` bars, plays a fourth time in a row.

    Bars are the same if position, hand, pitch and duration of all their notes are; velocities do not count. Within a
    bar nothing can repeat, as positions and pitches rise, so bars are all that needs a guard.

    The bar that would complete the fourth round changes at the first note from its middle on that has another pitch to
    change to, at the latest at its last note, which then gets another duration. A bar without notes gets one; if no
    note may begin in it, because all voices are held, it stays as it is.

    Must follow all other constraints, because it counts the ids that they leave.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all bars."""
        self._bars: deque[tuple[int, ...]] = deque(maxlen=LONGEST_PHRASE_BARS)
        self._matches = [0] * (LONGEST_PHRASE_BARS + 1)
        self._content: list[int] = []
        self._fourth: list[tuple[int, ...]] = []

    def advance(self, token_id: int) -> None:
        """Follow the bar, and at its end find the bars that must not come next."""
        if token_id in _VELOCITY:
            return
        if token_id in _BAR:
            if self._content:
                self._end_bar(tuple(self._content))
            self._content = [token_id]
        else:
            self._content.append(token_id)
        if self._fourth:
            at = len(self._content) - 1
            self._fourth = [bar for bar in self._fourth if len(bar) > at and bar[at] == token_id]

    def _end_bar(self, ended: tuple[int, ...]) -> None:
        # For each length, count the latest bars that equal the bar `length` before, as `GreedyWithLoopGuard` does ids.
        for length, before in enumerate(reversed(self._bars), start=1):
            self._matches[length] = self._matches[length] + 1 if ended == before else 0
        self._bars.append(ended)
        self._fourth = [
            bar
            for length, bar in enumerate(reversed(self._bars), start=1)
            if self._matches[length] >= ROUNDS * length - 1
        ]

    def snapshot(self) -> _State:
        """Return the state."""
        return tuple(self._bars), tuple(self._matches), tuple(self._content), tuple(self._fourth)

    def restore(self, state: _State) -> None:
        """Return to a state."""
        bars, matches, content, fourth = state
        self._bars = deque(bars, LONGEST_PHRASE_BARS)
        self._matches, self._content, self._fourth = list(matches), list(content), list(fourth)

    def narrow(self, mask: Mask) -> None:
        """Remove the ids that would complete a bar that has played often enough."""
        at = len(self._content)
        for bar in self._fourth:
            if at == len(bar):
                if mask[_POSITION.start : _POSITION.stop].any():
                    mask[_BAR.start : _BAR.stop] = False
            elif at == len(bar) - 1:
                mask[bar[at]] = False
            elif at >= len(bar) // 2 and bar[at] in _PITCH:
                pitches = int(mask[_PITCH.start : _PITCH.stop].sum())
                mask[bar[at]] = pitches == 1 and mask[bar[at]]


class StepsRepetitionGuard:
    """The same without bars: no phrase of up to 128 notes and chords plays a fourth time in a row.

    A shorter phrase than four may go on until it has filled `SHORTEST_STEPS`.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all notes."""
        self._cycles = Cycles()

    def advance(self, token_id: int) -> None:
        """Follow a note or chord."""
        self._cycles.advance(token_id)

    def narrow(self, mask: Mask) -> None:
        """Remove the ids that would begin another round, unless no other is left."""
        lengths = self._cycles.lengths
        played = self._cycles.counts + lengths
        often = played >= np.maximum(ROUNDS * lengths, SHORTEST_STEPS)
        if often.any():
            narrowed = mask.copy()
            narrowed[self._cycles.before[often]] = False
            if narrowed.any():
                mask &= narrowed

    def snapshot(self) -> tuple[Numbers, Numbers]:
        """Return the state."""
        return self._cycles.snapshot()

    def restore(self, state: tuple[Numbers, Numbers]) -> None:
        """Return to a state."""
        self._cycles.restore(state)
