"""Follows ids of music in bars: where the music is, and which pitches sound there."""

from __future__ import annotations

from bisect import bisect_left

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.grammar import Mask

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_PITCH, _DURATION = bar_tokens.ids_of("pitch"), bar_tokens.ids_of("duration")


Sounding = tuple[tuple[int, int, int], dict[int, int], int]
"""The state of `SoundingPitches`."""


class WrittenPosition:
    """The position of the latest onset or bar line, in units from the first bar line."""

    def __init__(self) -> None:
        self.bar = self.now = self.next_bar = 0

    def advance(self, token_id: int) -> None:
        """Follow a bar or a position; other ids do not move."""
        if token_id in _BAR:
            self.bar = self.now = self.next_bar
            self.next_bar += bar_tokens.BAR_UNITS[token_id - _BAR.start]
        elif token_id in _POSITION:
            self.now = self.bar + bar_tokens.POSITIONS[token_id - _POSITION.start]

    def snapshot(self) -> tuple[int, int, int]:
        """Return the state."""
        return self.bar, self.now, self.next_bar

    def restore(self, state: tuple[int, int, int]) -> None:
        """Return to a state."""
        self.bar, self.now, self.next_bar = state

    def rest_until(self, mask: Mask, unit: int) -> None:
        """Remove the positions of this bar that lie before a unit."""
        if unit > self.bar:
            mask[_POSITION.start : _POSITION.start + bisect_left(bar_tokens.POSITIONS, unit - self.bar)] = False


class SoundingPitches:
    """The pitches that sound at the latest onset, with their ends."""

    def __init__(self) -> None:
        self.position = WrittenPosition()
        self.ends: dict[int, int] = {}
        """The end of each pitch in units from the first bar line; some may have passed."""
        self._pitch = 0

    def advance(self, token_id: int) -> None:
        """Follow an id."""
        if token_id in _PITCH:
            self._pitch = token_id - _PITCH.start
        elif token_id in _DURATION:
            end = self.position.now + bar_tokens.DURATIONS[token_id - _DURATION.start]
            self.ends[self._pitch] = max(end, self.ends.get(self._pitch, 0))
        else:
            self.position.advance(token_id)
            if token_id in _POSITION:
                self.ends = {pitch: end for pitch, end in self.ends.items() if end > self.position.now}

    def pitches(self) -> list[int]:
        """Return the pitches that sound now."""
        return [pitch for pitch, end in self.ends.items() if end > self.position.now]

    def snapshot(self) -> Sounding:
        """Return the state."""
        return self.position.snapshot(), self.ends.copy(), self._pitch

    def restore(self, state: Sounding) -> None:
        """Return to a state."""
        position, ends, self._pitch = state
        self.position.restore(position)
        self.ends = ends.copy()
