"""The strings of a key: their tuning, their inharmonicity, and their decay through the bridge that couples them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .curve import Curve
from .modes import Complexes, Floats, Modes

MOST_PARTIALS = 120
A4 = 69


@dataclass(frozen=True)
class StringFigures:
    """The figures of an instrument's strings; curves are over MIDI pitches."""

    inharmonicity: tuple[tuple[float, float], tuple[float, float]]
    """Slope a semitone and intercept of the logarithm of B: of the bass bridge's strings and of the treble's.

    Rigaud, David and Daudet 2013 (J. Acoust. Soc. Am. 133), table of six pianos, sum of two exponentials.
    """
    two_strings_from: int
    three_strings_from: int
    detuning_cents: Curve
    """The standard deviation of the strings of a key (Weinreich 1977: unisons of about a cent)."""
    unevenness: float
    """The standard deviation of how hard the hammer meets each string, of which much of the aftersound comes."""
    air_rate: Curve
    """The decay rate of a string at low frequencies through air and its own friction, nepers a second."""
    friction_rate: Curve
    """The damping added to it at 1 kHz; it grows with the square of frequency (Fletcher and Rossing 1998, 2.12)."""
    bridge_rate: Curve
    """The decay rate through the bridge of all strings together, in phase, nepers a second."""
    sideways_amplitude: float
    """The amplitude of motion parallel to the soundboard, beside the motion that is perpendicular to it."""
    sideways_coupling: float
    """The share of the bridge's decay rate, and of the sound, that this motion has."""


def inharmonicity(figures: StringFigures, pitch: float) -> float:
    """Return B: partial n of a string stands at n * f0 * sqrt(1 + B * n**2)."""
    return float(sum(np.exp(slope * pitch + intercept) for slope, intercept in figures.inharmonicity))


@cache
def stretch_cents(figures: StringFigures, pitch: int) -> float:
    """Return the distance of a key's first partial from equal temperament at A4 = 440 Hz.

    Every octave is tuned so that the fourth partial of the lower key meets the second of the upper one, as tuners do
    in the middle of the keyboard, but half as much, because it plays together with instruments that are not stretched.
    """
    if pitch == A4:
        return 0.0
    step = 1 if pitch > A4 else -1
    neighbour = pitch - step
    low, high = sorted((pitch, neighbour))
    # The stretch of an octave, spread over its twelve semitones.
    lower, upper = inharmonicity(figures, low - 5.5), inharmonicity(figures, high + 5.5)
    octave_cents = 600 * np.log2((1 + 16 * lower) / (1 + lower) * (1 + upper) / (1 + 4 * upper))
    return stretch_cents(figures, neighbour) + step * 0.5 * float(octave_cents) / 12


def frequency_hz(figures: StringFigures, pitch: int) -> float:
    """Return the frequency of a key's first partial."""
    return float(440 * 2 ** ((pitch - A4 + stretch_cents(figures, pitch) / 100) / 12))


def partials_hz(figures: StringFigures, pitch: int) -> Floats:
    """Return the frequencies of a key's partials up to 16 kHz, at most 120."""
    order = np.arange(1, MOST_PARTIALS + 1)
    stiffness = inharmonicity(figures, pitch)
    found = frequency_hz(figures, pitch) * order * np.sqrt((1 + stiffness * order**2) / (1 + stiffness))
    below: Floats = found[found < 16_000]
    return below


def string_count(figures: StringFigures, pitch: int) -> int:
    """Return the number of strings of a key, one to three."""
    return 1 + (pitch >= figures.two_strings_from) + (pitch >= figures.three_strings_from)


def string_modes(
    figures: StringFigures, pitch: int, excitation: Floats, mobility: Floats, random: np.random.Generator
) -> Modes:
    """Return the modes of a key's strings as the bridge feels them, at the partials of `partials_hz`.

    `excitation` is the amplitude of each partial, `mobility` how well the bridge yields to it, around 1. Strings that
    share a bridge move in modes of which some push it together and decay fast, others against each other and decay
    slowly: the prompt sound and the aftersound (Weinreich 1977, J. Acoust. Soc. Am. 62). Motion parallel to the board
    decays slowly too.
    """
    hz = partials_hz(figures, pitch)
    count = string_count(figures, pitch)
    cents = random.normal(0, figures.detuning_cents.at(pitch), count)
    cents -= cents.mean()
    struck = 1 + random.normal(0, figures.unevenness, count)
    own_rates = figures.air_rate.at(pitch) + figures.friction_rate.at(pitch) * (hz / 1000) ** 2
    bridge_rates = figures.bridge_rate.at(pitch) / count * mobility
    # Motion parallel to the board has a slightly other frequency: the bridge is stiffer that way (0.2 cents).
    upright = _coupled(hz, cents, own_rates, bridge_rates, struck)
    sideways = _coupled(hz, cents + 0.2, own_rates, bridge_rates * figures.sideways_coupling, struck)
    share = figures.sideways_amplitude * figures.sideways_coupling**0.5
    amplitudes = np.concatenate([upright[0], share * sideways[0]], axis=1) * excitation[:, None] / count
    rates = np.concatenate([upright[1], sideways[1]], axis=1)
    return Modes(amplitudes.reshape(-1).astype(np.complex128), rates.reshape(-1))


def _coupled(
    hz: Floats, cents: Floats, own_rates: Floats, bridge_rates: Floats, struck: Floats
) -> tuple[Complexes, Complexes]:
    """Return amplitudes and rates of the modes of strings on a bridge, shape (partials, strings)."""
    count = len(cents)
    offsets = 1j * 2 * np.pi * hz[:, None] * (2 ** (cents / 1200))[None, :] - own_rates[:, None]
    motion = -np.broadcast_to(bridge_rates[:, None, None], (len(hz), count, count)).astype(np.complex128)
    motion[:, range(count), range(count)] += offsets
    rates, shapes = np.linalg.eig(motion)
    shares = np.linalg.solve(shapes, np.broadcast_to(struck.astype(np.complex128)[:, None], (len(hz), count, 1)))
    amplitudes: Complexes = shapes.sum(axis=1) * shares[:, :, 0]
    return amplitudes, rates
