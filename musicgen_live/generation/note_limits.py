"""Limits on the notes of music in bars: their pitches, how many sound at once, how often they begin.

Each follows where the music is and what sounds, and looks one token ahead, as `constraints` describes.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Sequence

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.grammar import Mask
from musicgen_live.generation.sounding import Sounding, SoundingPitches, WrittenPosition

_POSITION, _HAND = bar_tokens.ids_of("position"), bar_tokens.ids_of("hand")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")
_DURATION = bar_tokens.ids_of("duration")


class FreePitches:
    """Allows some pitches, at least one, such as those of a key or a range; none of them while it sounds.

    A pianist cannot strike a key that is down, and two notes of one pitch end each other at a synthesizer.
    """

    def __init__(self, pitches: Sequence[int] = range(128)) -> None:
        """Allow `pitches`, 0 to 127, rising; ValueError if there are none, as no note could play."""
        if not pitches:
            raise ValueError("no pitch is allowed")
        self._allowed = tuple(pitches)
        self._never = np.ones(len(_PITCH), np.bool_)
        self._never[list(pitches)] = False
        self.reset()

    def reset(self) -> None:
        """Begin in silence."""
        self._sounding = SoundingPitches()
        self._next = 0

    def advance(self, token_id: int) -> None:
        """Follow the pitches of the onset, where the next one lies above the last, and what sounds."""
        self._sounding.advance(token_id)
        if token_id in _PITCH:
            self._next = token_id - _PITCH.start + 1
        elif token_id in _POSITION or token_id in _HAND:
            self._next = 0

    def narrow(self, mask: Mask) -> None:
        """Remove the other pitches and the sounding ones, and everything that leads only to them."""
        sounding, ends = self._sounding.pitches(), self._sounding.ends
        pitches = mask[_PITCH.start : _PITCH.stop]
        pitches[self._never] = False
        pitches[sounding] = False
        highest = next((pitch for pitch in reversed(self._allowed) if pitch not in sounding), -1)
        if highest < self._next:
            mask[_VELOCITY.start : _VELOCITY.stop] = False
        if highest < 0:
            mask[_HAND.start : _HAND.stop] = False
        if len(ends) >= len(self._allowed):
            # Perhaps every allowed pitch sounds.
            self._sounding.position.rest_until(mask, min(ends.get(pitch, 0) for pitch in self._allowed))

    def snapshot(self) -> tuple[Sounding, int]:
        """Return the state."""
        return self._sounding.snapshot(), self._next

    def restore(self, state: tuple[Sounding, int]) -> None:
        """Return to a state."""
        sounding, self._next = state
        self._sounding.restore(sounding)


class Polyphony:
    """Limits the notes that sound at once, held ones included; a note that ends as others begin does not count."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` notes, from 1."""
        self._limit = limit
        self.reset()

    def reset(self) -> None:
        """Begin in silence."""
        self._position = WrittenPosition()
        self._ends: list[int] = []

    def advance(self, token_id: int) -> None:
        """Count the sounding notes."""
        if token_id in _DURATION:
            insort(self._ends, self._position.now + bar_tokens.DURATIONS[token_id - _DURATION.start])
            return
        self._position.advance(token_id)
        if token_id in _POSITION:
            del self._ends[: bisect_right(self._ends, self._position.now)]

    def narrow(self, mask: Mask) -> None:
        """Remove further notes here if all voices sound, and onsets before one of them ends."""
        if len(self._ends) >= self._limit:
            # Hands, velocities and pitches follow one another in the vocabulary.
            mask[_HAND.start : _PITCH.stop] = False
            self._position.rest_until(mask, self._ends[-self._limit])

    def snapshot(self) -> tuple[tuple[int, int, int], tuple[int, ...]]:
        """Return the state."""
        return self._position.snapshot(), tuple(self._ends)

    def restore(self, state: tuple[tuple[int, int, int], tuple[int, ...]]) -> None:
        """Return to a state."""
        position, ends = state
        self._position.restore(position)
        self._ends = list(ends)


class OnsetRate:
    """Limits the onsets in any stretch of a quarter note, wherever it begins.

    The number is the rate rounded down, at least 1, in the stretch that the rate gives for it: 1.5 is one onset in two
    thirds of a quarter, 0.25 one in four quarters.
    """

    def __init__(self, per_quarter: float) -> None:
        """Allow `per_quarter` onsets, above 0."""
        count = max(1, math.floor(per_quarter))
        self._stretch_units = math.ceil(count * bar_tokens.UNITS / per_quarter)
        self._latest: deque[int] = deque(maxlen=count)
        self.reset()

    def reset(self) -> None:
        """Begin without onsets."""
        self._position = WrittenPosition()
        self._latest.clear()

    def advance(self, token_id: int) -> None:
        """Remember the latest onsets."""
        self._position.advance(token_id)
        if token_id in _POSITION:
            self._latest.append(self._position.now)

    def narrow(self, mask: Mask) -> None:
        """Remove the positions that come too soon."""
        if len(self._latest) == self._latest.maxlen:
            self._position.rest_until(mask, self._latest[0] + self._stretch_units)

    def snapshot(self) -> tuple[tuple[int, int, int], tuple[int, ...]]:
        """Return the state."""
        return self._position.snapshot(), tuple(self._latest)

    def restore(self, state: tuple[tuple[int, int, int], tuple[int, ...]]) -> None:
        """Return to a state."""
        position, latest = state
        self._position.restore(position)
        self._latest = deque(latest, self._latest.maxlen)
