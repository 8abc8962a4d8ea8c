"""Biases logits towards the density and the texture that settings request: a soft closed loop.

The network reads the same requests as words, but follows them only as far as its prompt lets it. So this counts the
notes that were written and asks for more or fewer by as much as they miss the request. Metre and harmony stay the
network's: all pitches gain alike, and positions by their distance from the latest onset alone.
"""

from __future__ import annotations

import math

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.chord_bias import log_sum
from musicgen_live.generation.sounding import WrittenPosition
from musicgen_live.model.state import Floats

SPARSE_BELOW_NOTES_PER_QUARTER = 3.5
DENSE_FROM_NOTES_PER_QUARTER = 5.6
THIN_BELOW_NOTES_PER_ONSET = 1.75
FULL_FROM_NOTES_PER_ONSET = 2.4
"""Each pair divides 16-bar passages of baroque, classical, romantic and ragtime piano music into thirds."""

MEMORY_QUARTERS = 16
"""Music this long ago counts 1/e of the latest."""
SETTLED_QUARTERS = 4
"""The counts begin as if music of this length had been what is requested."""
GAIN = 8.0
"""The strength of the bias, as a multiple of the logarithm of requested over measured."""
MOST = 5.0
"""The greatest strength."""

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")
_POSITIONS = np.array(bar_tokens.POSITIONS)
_NEAREST_UNITS = 3
"""Smaller distances between onsets gain no more than this one."""


_State = tuple[tuple[float, float, float], tuple[int, int], tuple[int, int, int]]
"""The state of a `DensityBias`: its counts, its times, its position."""


def _targets(values: tuple[str, ...], below: float, from_: float) -> dict[str, float]:
    """Return the middle of each class on a logarithmic scale; the outer ones are taken to be as wide as the inner."""
    middle = math.sqrt(below * from_)
    return dict(zip(values, (below**2 / middle, middle, from_**2 / middle), strict=True))


NOTES_PER_QUARTER = _targets(
    bar_tokens.CONTROL_TOKENS["density"], SPARSE_BELOW_NOTES_PER_QUARTER, DENSE_FROM_NOTES_PER_QUARTER
)
NOTES_PER_ONSET = _targets(bar_tokens.CONTROL_TOKENS["texture"], THIN_BELOW_NOTES_PER_ONSET, FULL_FROM_NOTES_PER_ONSET)


class DensityBias:
    """The bias towards a density, a texture or both, on music in bars."""

    def __init__(self, density: str | None, texture: str | None) -> None:
        """Ask for values of `density` and `texture` in `bar_tokens.CONTROL_TOKENS`; None leaves it to the network."""
        self._per_quarter = None if density is None else NOTES_PER_QUARTER[density]
        self._per_onset = None if texture is None else NOTES_PER_ONSET[texture]
        self._quarters = float(SETTLED_QUARTERS)
        self._notes = SETTLED_QUARTERS * (self._per_quarter or 1.0)
        self._onsets = self._notes / (self._per_onset or 1.0)
        self._counted_until = self._latest_onset = 0
        """In units from the first bar line."""
        self._position = WrittenPosition()

    def advance(self, token_id: int) -> None:
        """Count a note, an onset or the time that passed."""
        if token_id in _PITCH:
            self._notes += 1
            return
        self._position.advance(token_id)
        self._pass(self._position.now)
        if token_id in _POSITION:
            self._onsets += 1
            self._latest_onset = self._position.now

    def _pass(self, now: int) -> None:
        if now == self._counted_until:
            return
        quarters = (now - self._counted_until) / bar_tokens.UNITS
        kept = math.exp(-quarters / MEMORY_QUARTERS)
        self._notes, self._onsets = self._notes * kept, self._onsets * kept
        self._quarters = self._quarters * kept + quarters
        self._counted_until = now

    def apply(self, logits: Floats) -> Floats:
        """Return logits `(classes,)`: notes here weighed against what follows, and near onsets against far ones."""
        sooner = _strength(self._per_quarter, self._notes, self._quarters)
        fuller = _strength(self._per_onset, self._notes, self._onsets) if self._per_onset else sooner
        result = logits.copy()
        result[_VELOCITY.start : _PITCH.stop] += np.float32(fuller)
        if sooner:
            times = result[_BAR.start : _POSITION.stop]
            if np.isfinite(times).any():
                before = log_sum(times)
                at = np.concatenate([np.full(len(_BAR), self._position.next_bar), self._position.bar + _POSITIONS])
                distances = np.maximum(at - self._latest_onset, _NEAREST_UNITS) / bar_tokens.UNITS
                times -= (sooner * np.log(distances)).astype(np.float32)
                times += before - log_sum(times)
        return result

    def snapshot(self) -> _State:
        """Return the state."""
        counts = self._quarters, self._notes, self._onsets
        return counts, (self._counted_until, self._latest_onset), self._position.snapshot()

    def restore(self, state: _State) -> None:
        """Return to a state."""
        (self._quarters, self._notes, self._onsets), (self._counted_until, self._latest_onset), position = state
        self._position.restore(position)


def _strength(target: float | None, notes: float, of: float) -> float:
    """Return how strongly to ask for more notes, below 0 for fewer; 0 without a target."""
    if target is None:
        return 0.0
    return min(max(GAIN * math.log(target * of / max(notes, 0.5)), -MOST), MOST)
