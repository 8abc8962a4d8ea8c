"""The soundboard: hundreds of damped modes that colour the strings, spread them over two channels, and knock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .modes import SAMPLE_RATE_HZ, Floats, Modes, convolved


@dataclass(frozen=True)
class BoardFigures:
    """The figures of a soundboard as two microphones hear it."""

    colour_db: tuple[tuple[float, float], ...]
    """The mean response: frequencies in Hz and levels, between which it changes evenly over octaves.

    Below 60 Hz the board radiates little, above 1 kHz less than below (Fletcher and Rossing 1998, section 12.8).
    """
    modes_a_khz: float
    """The density of modes; a grand's is about 50 a kHz (Fletcher and Rossing 1998, section 12.8)."""
    loss_factor: float
    """The damping of every mode: spruce with ribs has 0.01 to 0.03 (Fletcher and Rossing 1998)."""
    direct_level: float
    """The level of the sound that does not go through these modes, beside them, as a factor."""
    spread_s: float
    """The time constant with which the response rises: sound comes from all over the board, near and far."""
    width: float
    """The share of the modes' amplitude in which the channels differ, 0 to 1."""
    seed: int


def impulse_response(figures: BoardFigures) -> Floats:
    """Return the response of both channels to a push at the bridge, shape (2, frames): 0.7 s."""
    frames = round(0.7 * SAMPLE_RATE_HZ)
    random = np.random.default_rng(figures.seed)
    spacing_hz = 1000 / figures.modes_a_khz
    hz = np.arange(45, 12_000, spacing_hz)
    hz = hz + random.uniform(-0.5, 0.5, len(hz)) * spacing_hz
    # The rates of loss in the wood and of radiation; the latter is 10 to 30 a second (T60 of 0.3 s).
    rates = -np.pi * figures.loss_factor * hz - 20 + 2j * np.pi * hz
    # Such amplitudes make the mean response the same at all frequencies, whether modes overlap or not.
    levels = np.sqrt(np.abs(rates.real) * spacing_hz) / SAMPLE_RATE_HZ * 2
    rise = 1 - np.exp(-np.arange(frames) / SAMPLE_RATE_HZ / figures.spread_s)
    common = random.normal(0, 1, len(hz))
    channels = []
    for _ in range(2):
        own = random.normal(0, 1, len(hz))
        signs = np.sqrt(1 - figures.width) * common + np.sqrt(figures.width) * own
        response = Modes((levels * signs).astype(np.complex128), rates).sound(frames) * rise
        response[0] += figures.direct_level
        channels.append(convolved(response, _coloured(figures)))
    return np.stack(channels)


def mobility(figures: BoardFigures, hz: Floats) -> Floats:
    """Return how well the bridge yields at some frequencies, around 1: within 4 dB in most places."""
    random = np.random.default_rng(figures.seed + 1)
    grid = np.arange(240)
    logarithms = random.normal(0, 0.45, len(grid))
    # 24 places an octave from 20 Hz on, between which it changes evenly.
    found: Floats = np.exp(np.interp(24 * np.log2(hz / 20), grid, logarithms))
    return found


def _coloured(figures: BoardFigures) -> Floats:
    """Return a filter of minimum phase with the mean response."""
    size = 1 << 14
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    points_hz, points_db = np.array(figures.colour_db).T
    level_db = np.interp(np.log2(np.maximum(hz, 1)), np.log2(points_hz), points_db)
    # The phase of least delay is the Hilbert transform of the logarithm of the level (Oppenheim and Schafer).
    cepstrum = np.fft.irfft(level_db * np.log(10) / 20)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    response: Floats = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))
    return response[: size // 2]
