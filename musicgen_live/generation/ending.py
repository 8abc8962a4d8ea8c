"""Leads a take to a close: the dominant in the last bar but one, and in the last a long tonic chord on a strong beat.

The network is told how many bars are left, and writes the close; this keeps it from running through the last bar line.
"""

from __future__ import annotations

from typing import Any

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import BAR_UNITS, DURATIONS, POSITIONS, UNITS
from musicgen_live.generation.chord_bias import BarsChordBias
from musicgen_live.generation.grammar import Mask
from musicgen_live.model.state import Floats
from musicgen_live.music.chord_symbols import parse_chords
from musicgen_live.music.scales import CLASS_NAMES, Key

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_DURATION = bar_tokens.ids_of("duration")

TONIC_STRENGTH, DOMINANT_STRENGTH = 4.0, 1.0
_FIFTH_SEMITONES = 7


class Ending:
    """A constraint and a bias on the last two bars of a take; none before, and none without an end."""

    def __init__(self, key: Key | None) -> None:
        """Close in a key; without one, the harmony is left to the network."""
        self._key = key
        self.reset()

    def reset(self) -> None:
        """Begin far from the end."""
        self._is_last = self._is_closed = False
        self._strong = self._half = self._now = 0
        """The last strong beat of the bar, half its length, and the latest position, in units."""
        self._bias: BarsChordBias | None = None

    def begin_bar(self, bars_left: int | None, heard: Key | None = None) -> None:
        """Expect a bar with so many bars up to the end, itself included; None if there is no end, or it is far.

        `heard` is the key of the music so far, in which it closes rather than in the one it was to have.
        """
        self._key = heard or self._key
        is_second_half = self._is_last and bars_left == 1
        self._is_last, self._is_closed = bars_left == 1, is_second_half
        self._bias = self._bias_of(bars_left)

    def _bias_of(self, bars_left: int | None) -> BarsChordBias | None:
        if self._key is None or bars_left not in (1, 2):
            return None
        if bars_left == 1:
            symbol = CLASS_NAMES[self._key.tonic] + ("m" if self._key.mode == "minor" else "")
            return BarsChordBias(parse_chords(symbol), TONIC_STRENGTH)
        symbol = CLASS_NAMES[(self._key.tonic + _FIFTH_SEMITONES) % 12] + "7"
        return BarsChordBias(parse_chords(symbol), DOMINANT_STRENGTH)

    def advance(self, token_id: int) -> None:
        """Follow an id that was allowed."""
        if token_id in _BAR:
            length = BAR_UNITS[token_id - _BAR.start]
            self._half, self._now = length // 2, 0
            # A bar of four quarters has a second strong beat.
            self._strong = self._half if length == 4 * UNITS else 0
        elif token_id in _POSITION:
            self._now = POSITIONS[token_id - _POSITION.start]
        elif token_id in _DURATION and self._now in (0, self._strong):
            self._is_closed = self._is_closed or DURATIONS[token_id - _DURATION.start] >= self._half
        if self._bias:
            self._bias.advance(token_id)

    def narrow(self, mask: Mask) -> None:
        """In the last bar, allow onsets up to its last strong beat, where long notes close it."""
        if not self._is_last:
            return
        positions = mask[_POSITION.start : _POSITION.stop]
        if self._is_closed:
            positions[:] = False
            return
        for i, position in enumerate(POSITIONS):
            if position > self._strong:
                positions[i:] = False
                break
        if self._now == self._strong:
            durations = mask[_DURATION.start : _DURATION.stop]
            for i, duration in enumerate(DURATIONS):
                durations[i] &= duration >= self._half
        if positions.any():
            mask[_BAR.start : _BAR.stop] = False

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`."""
        return self._bias.apply(logits) if self._bias else logits

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state."""
        bias = self._bias
        state = (self._key, self._is_last, self._is_closed, self._strong, self._half, self._now)
        return *state, bias, bias.snapshot() if bias else None

    def restore(self, state: tuple[Any, ...]) -> None:
        """Return to a state."""
        self._key, self._is_last, self._is_closed, self._strong, self._half, self._now, self._bias, bias = state
        if self._bias:
            self._bias.restore(bias)
