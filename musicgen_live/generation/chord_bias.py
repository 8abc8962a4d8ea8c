"""Biases logits towards the chords of a progression; forbids nothing.

A pitch outside the chord at the start of its note loses `strength` of its logit. In music in bars, the pitches of the
chord gain what the others lose, so that about as many notes play as without it (at temperature 1, the expected number
is the same).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from musicgen_live.encodings import bar_tokens, chords
from musicgen_live.encodings.stateful import Stateful
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.model.state import Floats
from musicgen_live.music.chord_symbols import Chord, Progression

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")

_ABOVE_BASS = 0.33
"""The weight of the other notes of a chord where the bias favours its bass.

At strength 4 the bass begins 82 % of the bars of `sonatina` and of `nocturne`; with 0.5 it begins 74 and 60 %, with 1 a
third, with 0.25 85 and 83 %.
"""


class LogitBias(Stateful[Any], Protocol):
    """Follows a sequence of ids and changes the logits of the next one."""

    def advance(self, token_id: int) -> None:
        """Follow an id that was chosen."""
        ...

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`; minus infinity stays minus infinity."""
        ...


class BarsChordBias:
    """The bias of a progression on music in bars.

    It favours the bass of the chord for the first note that begins under the chord, the lowest of its onset.
    """

    def __init__(
        self, progression: Progression, strength: float, first_bar: int = 0, bar_units: int | None = None
    ) -> None:
        """Begin in bar `first_bar` of the progression, which repeats for ever; `strength` from 0.

        `bar_units` is the length of a bar that may have several bar tokens; without it, every bar token begins one.
        """
        self._progression = progression
        self._rows = [[_pitch_row(chord, strength) for chord in bar] for bar in progression.bars]
        self._bass_rows = [[_pitch_row(chord, strength, to_bass=True) for chord in bar] for bar in progression.bars]
        self._bar = first_bar - 1
        self._given_units = bar_units
        self._bar_units = self._ended_units = 0
        """The length of the open bar, and how much of it lies before its latest bar token."""
        self._piece_units = 0
        """The length of the latest bar token's bar."""
        self._chord = (0, 0)
        """The chord at the latest position: the bar of the progression, the number in it."""
        self._is_first = True

    def advance(self, token_id: int) -> None:
        """Find the chord at the position in the bar."""
        if token_id in _BAR:
            self._ended_units += self._piece_units
            self._piece_units = bar_tokens.BAR_UNITS[token_id - _BAR.start]
            if self._ended_units >= self._bar_units:
                self._bar += 1
                self._ended_units, self._bar_units = 0, self._given_units or self._piece_units
                self._is_first = True
        elif token_id in _POSITION:
            unit = bar_tokens.POSITIONS[token_id - _POSITION.start]
            chord = self._progression.place(self._bar, self._ended_units + unit, self._bar_units)
            self._is_first = self._is_first or chord != self._chord
            self._chord = chord
        elif token_id in _PITCH:
            self._is_first = False

    def apply(self, logits: Floats) -> Floats:
        """Return logits `(classes,)` with biased pitches, which keep their sum of weights if the chord has one of them.

        If it has none, because the pitches of the chord all lie below the last note, the others only lose.
        """
        row, number = self._chord
        return weighted(logits, (self._bass_rows if self._is_first else self._rows)[row][number])

    def snapshot(self) -> tuple[int, int, int, int, tuple[int, int], bool]:
        """Return the state."""
        return self._bar, self._bar_units, self._ended_units, self._piece_units, self._chord, self._is_first

    def restore(self, state: tuple[int, int, int, int, tuple[int, int], bool]) -> None:
        """Return to a state."""
        self._bar, self._bar_units, self._ended_units, self._piece_units, self._chord, self._is_first = state


class StepsChordBias:
    """The bias on the `chords` encoding: a token loses by the share of its pitch classes outside the chord."""

    def __init__(
        self,
        progression: Progression,
        strength: float,
        vocabulary: Vocabulary,
        step_ticks: int,
        bar_ticks: int,
        first_tick: int = 0,
    ) -> None:
        """Begin at `first_tick`; every token lasts `step_ticks`; `strength` from 0."""
        self._progression = progression
        self._step_ticks = step_ticks
        self._bar_ticks = bar_ticks
        classes = token_classes(vocabulary)
        self._rows = [[_token_row(chord, strength, classes) for chord in bar] for bar in progression.bars]
        self._tick = first_tick

    def advance(self, token_id: int) -> None:
        """Advance by a step."""
        del token_id
        self._tick += self._step_ticks

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`."""
        row, number = self._progression.place(*divmod(self._tick, self._bar_ticks), self._bar_ticks)
        result: Floats = logits + self._rows[row][number]
        return result

    def snapshot(self) -> int:
        """Return the state."""
        return self._tick

    def restore(self, state: int) -> None:
        """Return to a state."""
        self._tick = state


def token_classes(vocabulary: Vocabulary) -> list[set[int]]:
    """Return the pitch classes of every token of the `chords` encoding."""
    return [{pitch % 12 for pitch in chords.pitches_of(token)} for token in vocabulary.tokens]


def weighted(logits: Floats, weights: Floats) -> Floats:
    """Return logits `(classes,)` in bars with weights, 0 at most, added to the 128 pitches, which keep their sum.

    If no pitch of the highest weight may follow, the others only lose.
    """
    before = logits[_PITCH.start : _PITCH.stop]
    if not np.isfinite(before).any():
        return logits
    after = before + weights
    result = logits.copy()
    if np.isfinite(before[weights == weights.max()]).any():
        after += log_sum(before) - log_sum(after)
    else:
        # A velocity token would only lead to these pitches.
        result[_VELOCITY.start : _VELOCITY.stop] += weights.min()
    result[_PITCH.start : _PITCH.stop] = after
    return result


def _pitch_row(chord: Chord | None, strength: float, *, to_bass: bool = False) -> Floats:
    """Return the bias on the 128 pitches, 0 at most; `to_bass` favours the bass."""
    weights = np.ones(12)
    if chord is not None:
        for pitch_class in range(12):
            weights[pitch_class] = pitch_class in chord.classes
            if to_bass and chord.bass != pitch_class:
                weights[pitch_class] *= _ABOVE_BASS
    row: Floats = (strength * (weights - 1)).astype(np.float32)
    return row[np.arange(len(_PITCH)) % 12]


def _token_row(chord: Chord | None, strength: float, classes: list[set[int]]) -> Floats:
    """Return the bias on tokens with these pitch classes, 0 at most."""
    if chord is None:
        return np.zeros(len(classes), np.float32)
    shares = [len(token & chord.classes) / len(token) for token in classes]
    return np.array([strength * (share - 1) for share in shares], np.float32)


def log_sum(logits: Floats) -> np.float32:
    """Return the logarithm of the summed exponentials; at least one logit is above minus infinity."""
    highest = logits.max()
    return np.float32(highest + np.log(np.exp(logits - highest).sum()))
