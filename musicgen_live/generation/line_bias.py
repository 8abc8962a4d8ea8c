"""Biases music in bars against what a network draws too often: clashes, a top line that stays, immediate loops.

Drawn by chance, notes of low probability make the clashes, and those of high probability the loops, so no cut of the
distribution mends both (`training/LOG.md`). These biases aim at each on its own; they forbid nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.chord_bias import weighted
from musicgen_live.generation.cycles import LONGEST_CYCLE, Cycles, Numbers
from musicgen_live.generation.sounding import Sounding, SoundingPitches
from musicgen_live.model.state import Floats

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")
_CLASSES = np.arange(len(_PITCH)) % 12
_SEMITONES = (1, 11)
"""A minor second, a major seventh and their octaves, as distances of pitch classes."""

MOST = math.log(100)
"""The greatest strength of a bias, that of a factor of 100."""
_LOOP_POWER = 2
"""A loop's next note is rarer by this power of the factor for the note of the top line."""
_FEWEST_IDS = 8
"""A repetition of fewer ids, about three notes, is no loop yet."""
_ROUNDS = 0.5
"""A cycle is a loop when this much of it has played again."""
_LOOP_FROM_IDS = np.maximum(_ROUNDS * np.arange(1, LONGEST_CYCLE + 1), _FEWEST_IDS)
"""The ids of a cycle that have to have played again, by its length."""


class ClashBias:
    """Makes pitches rarer, or more frequent, that lie a semitone from a sounding one, in any octave."""

    def __init__(self, factor: float) -> None:
        """Multiply their odds by a factor, 0 to 100; 1 changes nothing."""
        self._weight = _log(factor)
        self._sounding = SoundingPitches()

    def advance(self, token_id: int) -> None:
        """Follow what sounds."""
        self._sounding.advance(token_id)

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`; the pitches keep their sum of weights if one of them does not clash."""
        clashing = {(pitch + distance) % 12 for pitch in self._sounding.pitches() for distance in _SEMITONES}
        if not 0 < len(clashing) < 12:
            return logits
        classes = np.zeros(12, np.float32)
        classes[list(clashing)] = self._weight
        return weighted(logits, (classes - classes.max())[_CLASSES])

    def snapshot(self) -> Sounding:
        """Return the state."""
        return self._sounding.snapshot()

    def restore(self, state: Sounding) -> None:
        """Return to a state."""
        self._sounding.restore(state)


class RepetitionBias:
    """Makes notes rarer, or more frequent, that repeat the top line's latest note or continue a loop.

    A loop is a cycle of up to `LONGEST_CYCLE` ids, about three bars, of which half has played again, whatever the
    velocities. Phrases that return after other music, or in answer to a longer one, are none.
    """

    def __init__(self, factor: float) -> None:
        """Multiply the odds of the top line's note by a factor, 0 to 100, those of a loop's id by its square."""
        self._weight = _log(factor)
        self._cycles = Cycles()
        self._top = self._pitch = -1
        """The highest pitch of the onset before, and the latest pitch of this one; -1 before the first."""

    def advance(self, token_id: int) -> None:
        """Follow the top line and the cycles."""
        self._follow_top(token_id)
        if _is_in_loop(token_id):
            self._cycles.advance(token_id)

    def follow(self, token_ids: Sequence[int]) -> None:
        """Follow the music before the first id, all at once."""
        for token_id in token_ids:
            self._follow_top(token_id)
        self._cycles = Cycles.after([token_id for token_id in token_ids if _is_in_loop(token_id)])

    def _follow_top(self, token_id: int) -> None:
        if token_id in _PITCH:
            self._pitch = token_id - _PITCH.start
        elif token_id in _POSITION:
            self._top = self._pitch

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`; a note of the top line leaves the sum of the pitches' weights as it is."""
        if self._top >= 0:
            weights = np.zeros(len(_PITCH), np.float32)
            weights[self._top] = self._weight
            logits = weighted(logits, weights - weights.max())
        counts = self._cycles.counts
        looping = counts >= _LOOP_FROM_IDS[: len(counts)]
        if not looping.any():
            return logits
        result = logits.copy()
        result[self._cycles.before[looping]] += np.float32(_LOOP_POWER * self._weight)
        return result

    def snapshot(self) -> tuple[tuple[Numbers, Numbers], int, int]:
        """Return the state."""
        return self._cycles.snapshot(), self._top, self._pitch

    def restore(self, state: tuple[tuple[Numbers, Numbers], int, int]) -> None:
        """Return to a state."""
        cycles, self._top, self._pitch = state
        self._cycles.restore(cycles)


def _is_in_loop(token_id: int) -> bool:
    """Return True if an id counts in loops: those of velocities and control tokens do not."""
    return token_id >= _BAR.start and token_id not in _VELOCITY


def _log(factor: float) -> float:
    """Return the logarithm of a factor, within `MOST`."""
    return max(math.log(factor), -MOST) if factor > 0 else -MOST
