"""The soundboard: hundreds of damped modes that colour the strings, spread them over two channels, and knock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.instruments.modes import SAMPLE_RATE_HZ, Floats, Modes


@dataclass(frozen=True)
class BoardFigures:
    """The figures of a soundboard as two microphones hear it."""

    radiates_from_hz: float
    """Below this frequency the board radiates little, 12 dB an octave (Fletcher and Rossing 1998, section 12.8)."""
    dull_from_hz: float
    """Above this frequency the response falls, 6 dB an octave."""
    modes_a_khz: float
    """The density of modes; a grand's is about 50 a kHz (Fletcher and Rossing 1998, section 12.8)."""
    loss_factor: float
    """The damping of every mode: spruce with ribs has 0.01 to 0.03 (Fletcher and Rossing 1998)."""
    modal_level: float
    """The level of the modes beside the direct sound, as a factor."""
    width: float
    """The share of the modes' amplitude in which the channels differ, 0 to 1."""
    seed: int


def impulse_response(figures: BoardFigures) -> Floats:
    """Return the response of both channels to a push at the bridge, shape (2, frames): 1 s."""
    random = np.random.default_rng(figures.seed)
    hz = np.arange(45, 9000, 1000 / figures.modes_a_khz)
    hz = hz + random.uniform(-0.5, 0.5, len(hz)) * 1000 / figures.modes_a_khz
    signs = random.choice([-1.0, 1.0], len(hz))
    channels = []
    for _ in range(2):
        # Without damping losses, a mode's response grows with its frequency; the board radiates all alike.
        own = (1 - figures.width) * signs + figures.width * random.normal(0, 1, len(hz))
        rates = -np.pi * figures.loss_factor * hz - 8 + 2j * np.pi * hz
        levels = own * np.abs(rates.real) / np.sqrt(figures.loss_factor * hz * figures.modes_a_khz / 1000)
        modal = Modes((levels / SAMPLE_RATE_HZ).astype(np.complex128), rates).sound(SAMPLE_RATE_HZ)
        direct = np.zeros(SAMPLE_RATE_HZ)
        direct[0] = 1.0
        channels.append(_coloured(figures, direct + figures.modal_level * modal))
    return np.stack(channels)


def mobility(figures: BoardFigures, hz: Floats) -> Floats:
    """Return how well the bridge yields at some frequencies, around 1: within 4 dB in most places."""
    random = np.random.default_rng(figures.seed + 1)
    grid = np.arange(240)
    logarithms = random.normal(0, 0.45, len(grid))
    # 24 places an octave from 20 Hz on, between which it changes evenly.
    found: Floats = np.exp(np.interp(24 * np.log2(hz / 20), grid, logarithms))
    return found


def _coloured(figures: BoardFigures, response: Floats) -> Floats:
    spectrum = np.fft.rfft(response, 2 * len(response))
    hz = np.fft.rfftfreq(2 * len(response), 1 / SAMPLE_RATE_HZ)
    # Causal filters: a high-pass of the second order and a low-pass of the first, as analogue ones.
    high = 1j * hz / figures.radiates_from_hz
    low = 1j * hz / figures.dull_from_hz
    coloured: Floats = np.fft.irfft(spectrum * high**2 / (1 + 1.4 * high + high**2) / (1 + low))[: len(response)]
    return coloured
