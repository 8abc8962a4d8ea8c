"""Sums decaying sinusoids, which are the modes of strings, bars and boards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

SAMPLE_RATE_HZ = 44_100
_BLOCK = 1024
"""Frames in a block: the phases of a block's frames are computed once for all blocks."""


@dataclass(frozen=True)
class Modes:
    """Modes as complex numbers: the sound is the imaginary part of the sum of `amplitudes * exp(rates * t)`."""

    amplitudes: Complexes
    """Shape (modes,)."""
    rates: Complexes
    """Shape (modes,), per second: minus the decay rate, plus i times the angular frequency."""

    def audible(self, floor_db: float) -> Modes:
        """Return the modes without those that begin `floor_db` below the loudest, and those above 18 kHz."""
        levels = np.abs(self.amplitudes)
        kept = (levels > levels.max() * 10 ** (floor_db / 20)) & (np.abs(self.rates.imag) < 2 * np.pi * 18_000)
        return Modes(self.amplitudes[kept], self.rates[kept])

    def sound(self, frames: int) -> Floats:
        """Return the sum of the modes from their beginning on, shape (frames,)."""
        # A sum over modes for every frame of every block is a product of two matrices: 30 times faster than sinusoid by
        # sinusoid.
        step = self.rates / SAMPLE_RATE_HZ
        blocks = -(-frames // _BLOCK)
        starts = self.amplitudes * np.exp(np.outer(np.arange(blocks) * _BLOCK, step))
        within = np.exp(np.outer(step, np.arange(_BLOCK)))
        sums: Floats = starts.real @ within.imag + starts.imag @ within.real
        return sums.reshape(-1)[:frames]


def joined(*several: Modes) -> Modes:
    """Return the modes of several together."""
    return Modes(
        np.concatenate([modes.amplitudes for modes in several]), np.concatenate([modes.rates for modes in several])
    )


def convolved(sound: Floats, response: Floats) -> Floats:
    """Return a sound, filtered by an impulse response, as long as the sound."""
    size = 1 << (len(sound) + len(response) - 2).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    filtered: Floats = np.fft.irfft(spectrum, size)[: len(sound)]
    return filtered
