"""Levels: how loud a note is to the ear, where a sample may end, and how both are made alike over the keyboard."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .modes import SAMPLE_RATE_HZ, Floats

HEARD_FIRST_S = 0.15
"""The loudness of a note is that of its first 0.15 s: the ear sums over 0.1 to 0.2 s (Zwicker and Fastl 1999)."""
VELOCITY_EXPONENT = 1.7
"""A note's amplitude grows with this power of its velocity: 40 is 17 dB below 127."""
LOUDEST_DB = -16.0
"""The loudness of velocity 127: a single note then peaks at about -8 dBFS."""

TREBLE_DB = 0.25
"""The fall of loudness a semitone above C6: C8 is 6 dB softer (FluidR3's piano: 7 dB)."""


def loudness_db(sound: Floats) -> float:
    """Return the loudness of the beginning of a note in dB, shape (2, frames): energy as the ear weights it.

    A sine of 500 Hz at full scale in both channels has 0 dB. The weights are those of ITU-R BS.1770 (K): less below
    100 Hz, 4 dB more above 2 kHz.
    """
    frames = round(HEARD_FIRST_S * SAMPLE_RATE_HZ)
    spectrum = np.fft.rfft(sound[:, :frames], 4 * frames)
    hz = np.fft.rfftfreq(4 * frames, 1 / SAMPLE_RATE_HZ)
    power = np.sum(np.abs(spectrum * _k_weights(hz)) ** 2) / (2 * frames) / frames
    return float(10 * np.log10(power))


def target_db(pitch: int, velocity: int) -> float:
    """Return the loudness that a note has, in dB: the same on every key up to C6, and less above, as on a piano."""
    treble_db = TREBLE_DB * max(0, pitch - 84)
    return LOUDEST_DB + 20 * VELOCITY_EXPONENT * float(np.log10(velocity / 127)) - treble_db


def ended(sound: Floats, below_peak_db: float) -> Floats:
    """Return a decaying sound up to where it stays below its peak by some dB; its last fifth fades out."""
    blocks = sound.shape[1] // 512
    peaks = np.abs(sound[:, : blocks * 512]).reshape(2, blocks, 512).max(axis=(0, 2))
    last = int(np.flatnonzero(peaks > peaks.max() * 10 ** (-below_peak_db / 20))[-1]) + 1
    kept = sound[:, : min(last * 512 * 5 // 4, sound.shape[1])].copy()
    fade = kept.shape[1] // 5
    kept[:, -fade:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))
    return kept


def begun(sound: Floats, fade_s: float) -> Floats:
    """Return a sound that rises smoothly from nothing in its first moments."""
    fade = round(fade_s * SAMPLE_RATE_HZ)
    risen = sound.copy()
    risen[:, :fade] *= 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, fade))
    return risen


def _k_weights(hz: NDArray[np.floating[Any]]) -> Floats:
    """Return the factors of K-weighting: a shelf of 4 dB above 1.7 kHz and a high-pass at 38 Hz."""
    shelf = np.sqrt((1 + 10**0.4 * (hz / 1682) ** 4) / (1 + (hz / 1682) ** 4))
    high = (hz / 38.1) ** 2 / (1 + (hz / 38.1) ** 2)
    weights: Floats = shelf * high
    return weights
