"""Measures a recorded note: brightness, attack, decay, level, tuning, noise and width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE_HZ = 44_100
FINE = 128
"""Frames of a window for attacks: 3 ms."""
COARSE = 1102
"""Frames of a window for decays: 25 ms."""


@dataclass(frozen=True)
class NoteMeasures:
    """The figures of a note; NaN where it does not last long enough for one."""

    centroid_hz: float
    """The mean frequency of the power of the first 0.3 s."""
    attack_ms: float
    """From the beginning until the level is 3 dB below the highest of the first 0.2 s, in windows of 3 ms."""
    fall_10_s: float
    """From the highest level until it stays 10 dB below."""
    fall_20_s: float
    fall_30_s: float
    level_db: float
    """The highest level, in windows of 25 ms; 0 is a constant of full scale."""
    cents: float
    """The first partial above equal temperament at A4 = 440 Hz."""
    noise_db: float
    """The power of the first 60 ms beside the partials, below 8 kHz, relative to theirs."""
    correlation: float
    """Between the channels, in the first 0.5 s."""


def measure_note(sound: Floats, pitch: int) -> NoteMeasures:
    """Return the figures of a note of a MIDI pitch, shape (frames, 2), from its beginning on.

    Silence before the note, up to 3 % of its peak, is left out.
    """
    mono = sound.mean(axis=1)
    onset = int(np.argmax(np.abs(mono) > np.abs(mono).max() * 0.03))
    mono, sound = mono[onset:], sound[onset:]
    fine, coarse = _levels(mono, FINE), _levels(mono, COARSE)
    first_hz = _strongest_hz(mono, 440 * 2 ** ((pitch - 69) / 12))
    power, hz = _power(mono[: round(0.3 * RATE_HZ)])
    return NoteMeasures(
        centroid_hz=float((power * hz).sum() / power.sum()),
        attack_ms=float(np.argmax(fine > 0.7 * fine[: RATE_HZ // 5 // FINE].max()) * FINE / RATE_HZ * 1000),
        fall_10_s=_fall_s(coarse, 10),
        fall_20_s=_fall_s(coarse, 20),
        fall_30_s=_fall_s(coarse, 30),
        level_db=float(20 * np.log10(coarse.max())),
        cents=float(1200 * np.log2(first_hz / 440) - 100 * (pitch - 69)),
        noise_db=_noise_db(mono, first_hz),
        correlation=_correlation(sound[: RATE_HZ // 2]),
    )


def _levels(mono: Floats, window: int) -> Floats:
    blocks = len(mono) // window
    levels: Floats = np.sqrt(np.mean(mono[: blocks * window].reshape(blocks, window) ** 2, axis=1)) + 1e-9
    return levels


def _correlation(sound: Floats) -> float:
    left, right = sound.T
    return float(np.sum(left * right) / np.sqrt(np.sum(left**2) * np.sum(right**2)))


def _fall_s(levels: Floats, db: float) -> float:
    """Return the time from the highest level until it is lower by some dB for good; NaN if that never happens."""
    top = int(np.argmax(levels))
    last = int(np.flatnonzero(levels > levels[top] * 10 ** (-db / 20))[-1])
    return float("nan") if last + 1 >= len(levels) else (last + 1 - top) * COARSE / RATE_HZ


def _power(mono: Floats) -> tuple[Floats, Floats]:
    power: Floats = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 1 << 16)) ** 2 + 1e-15
    hz: Floats = np.arange(len(power)) * RATE_HZ / (1 << 16)
    return power, hz


def _strongest_hz(mono: Floats, near_hz: float) -> float:
    """Return the strongest frequency within 60 cents."""
    frames, size = min(len(mono), 3 * RATE_HZ), 1 << 19
    spectrum = np.abs(np.fft.rfft(mono[:frames] * np.hanning(frames), size))
    low, high = (round(near_hz * 2 ** (cents / 1200) * size / RATE_HZ) for cents in (-60, 60))
    return float((low + np.argmax(spectrum[low : high + 1])) * RATE_HZ / size)


def _noise_db(mono: Floats, first_hz: float) -> float:
    """Return the power between the partials beside theirs; NaN below 130 Hz, where 60 ms do not tell them apart."""
    if first_hz < 130:
        return float("nan")
    power, hz = _power(mono[: round(0.06 * RATE_HZ)])
    near = np.abs(hz / first_hz - np.maximum(np.round(hz / first_hz), 1)) * first_hz < max(34.0, first_hz * 0.2)
    return float(10 * np.log10(power[~near & (hz < 8000)].sum() / power[near & (hz < 8000)].sum()))
