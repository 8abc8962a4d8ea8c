"""Biases music in bars towards the register in which it began, when it has moved far from there.

A network that reads what it wrote itself has nothing that holds a register: over 256 bars its bass sank by up to 19
semitones (`training/LOG.md`). Composers move about as far as `TOLERANCE_SEMITONES` without a bias.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.chord_bias import log_sum
from musicgen_live.model.state import Floats

_PITCH = bar_tokens.ids_of("pitch")
_PITCHES = np.arange(len(_PITCH))

HOME_NOTES = 24
"""Without an opening, the register of this many notes is that in which the music began."""
MEMORY_NOTES = 48
"""Music this many notes ago counts 1/e of the latest."""
TOLERANCE_SEMITONES = 5.0
"""The mean of eight bars of nine in ten pieces stays within 7 semitones of that of the piece."""
STRENGTH = 0.2
"""The bias on pitches an octave apart, for each semitone beyond the tolerance."""
_OCTAVE, _WIDEST_SEMITONES = 12, 12
_HALF_GIVEN_NOTES = 4
"""The musician's notes that move the register half of the way to theirs."""

_State = tuple[float | None, float, int]


class RegisterBias:
    """Makes the pitches on the side of the first register more frequent while the music is far from it."""

    def __init__(self, opening: Iterable[int]) -> None:
        """Begin in the register of an opening; without notes in it, in that of the first notes that follow."""
        pitches = _pitches_of(opening)
        self._home: float | None = float(np.mean(pitches)) if pitches else None
        self._mean, self._notes = self._home or 0.0, len(pitches)

    def advance(self, token_id: int) -> None:
        """Follow the register."""
        if token_id not in _PITCH:
            return
        self._notes += 1
        self._mean += (token_id - _PITCH.start - self._mean) / min(self._notes, MEMORY_NOTES)
        if self._home is None and self._notes == HOME_NOTES:
            self._home = self._mean

    def settle(self, pitches: Sequence[int]) -> None:
        """Take the register of a musician's pitches, 0 to 127, as that of the music."""
        if self._home is not None and pitches:
            share = len(pitches) / (len(pitches) + _HALF_GIVEN_NOTES)
            self._home = self._mean = self._home + share * (float(np.mean(pitches)) - self._home)

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`; the pitches keep their sum of weights."""
        away = 0.0 if self._home is None else self._mean - self._home
        beyond = away - min(max(away, -TOLERANCE_SEMITONES), TOLERANCE_SEMITONES)
        before = logits[_PITCH.start : _PITCH.stop]
        if not beyond or not np.isfinite(before).any():
            return logits
        above = np.clip(_PITCHES - self._mean, -_WIDEST_SEMITONES, _WIDEST_SEMITONES)
        after = before - (STRENGTH * beyond / _OCTAVE * above).astype(np.float32)
        result = logits.copy()
        result[_PITCH.start : _PITCH.stop] = after + (log_sum(before) - log_sum(after))
        return result

    def snapshot(self) -> _State:
        """Return the state."""
        return self._home, self._mean, self._notes

    def restore(self, state: _State) -> None:
        """Return to a state."""
        self._home, self._mean, self._notes = state


def _pitches_of(token_ids: Iterable[int]) -> list[int]:
    return [token_id - _PITCH.start for token_id in token_ids if token_id in _PITCH]
