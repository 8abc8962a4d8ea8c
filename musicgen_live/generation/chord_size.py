"""Limits how many notes begin together: at any onset, and below middle C, where the left hand plays."""

from __future__ import annotations

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.grammar import Mask

_POSITION, _HAND = bar_tokens.ids_of("position"), bar_tokens.ids_of("hand")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")

MIDDLE_C = 60
MOST_NOTES = 128


class ChordSize:
    """Allows so many notes at an onset, and so many of them below middle C."""

    def __init__(self, notes: int = MOST_NOTES, left_notes: int = MOST_NOTES) -> None:
        """Allow `notes` at an onset, and `left_notes` of them below middle C; both from 1."""
        self._most, self._most_left = notes, left_notes
        self.reset()

    def reset(self) -> None:
        """Begin before the first onset."""
        self._notes = self._left_notes = 0

    def advance(self, token_id: int) -> None:
        """Count the notes of the onset."""
        if token_id in _POSITION:
            self.reset()
        elif token_id in _PITCH:
            self._notes += 1
            self._left_notes += token_id < _PITCH.start + MIDDLE_C

    def narrow(self, mask: Mask) -> None:
        """Remove the pitches that would be too many, and another velocity or hand if no pitch is left."""
        if self._left_notes >= self._most_left:
            mask[_PITCH.start : _PITCH.start + MIDDLE_C] = False
        if self._notes >= self._most:
            mask[_PITCH.start : _PITCH.stop] = False
        could_follow = mask[_VELOCITY.start : _VELOCITY.stop].any() or mask[_HAND.start : _HAND.stop].any()
        if self._notes and could_follow and not mask[_PITCH.start : _PITCH.stop].any():
            # Hands, velocities and pitches follow one another in the vocabulary.
            mask[_HAND.start : _PITCH.stop] = False

    def snapshot(self) -> tuple[int, int]:
        """Return the state."""
        return self._notes, self._left_notes

    def restore(self, state: tuple[int, int]) -> None:
        """Return to a state."""
        self._notes, self._left_notes = state
