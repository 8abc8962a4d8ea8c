"""The click of a count-in: a short wooden knock, computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.sound.sample_tables import Table
from musicgen_live.sound.synthesizer import RATE_HZ

_SECONDS = 0.12
_PARTIALS = ((1_050.0, 1.0, 60.0), (2_420.0, 0.6, 90.0), (3_910.0, 0.3, 140.0))
"""Frequency in hertz, amplitude, and decay per second: a small bar of wood, whose overtones are inharmonic."""
_ATTACK_PER_S = 2_500.0


def click_table() -> Table:
    """Return the click as a table; it begins and ends at silence."""
    time_s = np.arange(round(_SECONDS * RATE_HZ)) / RATE_HZ
    knock = sum(
        amplitude * np.exp(-decay * time_s) * np.sin(2 * np.pi * frequency_hz * time_s)
        for frequency_hz, amplitude, decay in _PARTIALS
    )
    shaped = np.asarray(knock) * (1 - np.exp(-_ATTACK_PER_S * time_s)) * np.linspace(1, 0, len(time_s))
    samples: NDArray[np.int16] = np.round(shaped / np.abs(shaped).max() * 32_000).astype(np.int16)
    return Table(np.column_stack((samples, samples)), None, 1.0)
