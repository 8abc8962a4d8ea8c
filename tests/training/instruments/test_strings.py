"""Strings: their tuning, their inharmonicity, and a prompt sound that gives way to a slower aftersound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.instruments.curve import curve
from training.instruments.modes import Modes
from training.instruments.piano import GRAND
from training.instruments.strings import (
    frequency_hz,
    inharmonicity,
    partials_hz,
    stretch_cents,
    string_count,
    string_modes,
)

STRINGS = GRAND.strings


@pytest.mark.parametrize(("pitch", "stiffness"), [(21, 5e-4), (36, 1.74e-4), (60, 3.3e-4), (84, 2.85e-3), (108, 0.026)])
def test_inharmonicity_is_least_in_the_bass_and_grows_in_the_treble(pitch: int, stiffness: float) -> None:
    assert inharmonicity(STRINGS, pitch) == pytest.approx(stiffness, rel=0.06)


def test_a4_has_440_hz() -> None:
    assert frequency_hz(STRINGS, 69) == 440.0


def test_octaves_are_stretched_as_tuners_do_but_less() -> None:
    assert [round(stretch_cents(STRINGS, pitch), 1) for pitch in (21, 45, 57, 81, 108)] == [-5.7, -1.4, -0.8, 1.9, 31.4]


def test_partials_are_sharper_than_multiples() -> None:
    hz = partials_hz(STRINGS, 60)
    assert hz[0] == frequency_hz(STRINGS, 60)
    assert hz[9] / hz[0] == pytest.approx(10 * np.sqrt((1 + 100 * 3.3e-4) / (1 + 3.3e-4)), rel=0.001)
    assert hz[-1] < 16_000


def test_keys_have_one_string_in_the_bass_and_three_in_the_treble() -> None:
    assert [string_count(STRINGS, pitch) for pitch in (21, 30, 31, 46, 47, 108)] == [1, 1, 2, 2, 3, 3]


def rates_of(modes: Modes) -> list[float]:
    return sorted(-float(rate.real) for rate in modes.rates)


def test_three_equal_strings_decay_together_through_the_bridge_or_apart_without_it() -> None:
    equal = replace(
        STRINGS,
        detuning_cents=curve((0, 1e-9)),
        unevenness=0.0,
        air_rate=curve((0, 0.5)),
        friction_rate=curve((0, 1e-9)),
        bridge_rate=curve((0, 6.0)),
        sideways_amplitude=0.0,
        sideways_coupling=0.0,
    )
    first = np.zeros(len(partials_hz(equal, 60)))
    first[0] = 1.0
    modes = string_modes(equal, 60, first, np.ones(len(first)), np.random.default_rng(1))
    heard = np.abs(modes.amplitudes) > 1e-6
    # The three strings in phase lose 6 nepers a second to the bridge and 0.5 to the air.
    assert rates_of(Modes(modes.amplitudes[heard], modes.rates[heard])) == [pytest.approx(6.5)]
    assert np.sum(np.isclose(-modes.rates.real[:6], 0.5)) == 5


def level_db(modes: Modes, seconds: float) -> float:
    at = np.abs(np.sum(modes.amplitudes * np.exp(modes.rates * seconds)))
    return float(20 * np.log10(at))


def test_a_partial_decays_fast_at_first_and_slowly_later() -> None:
    hz = partials_hz(STRINGS, 72)
    first = np.zeros(len(hz))
    first[0] = 1.0
    modes = string_modes(STRINGS, 72, first, np.ones(len(hz)), np.random.default_rng(1))
    early_db_s = (level_db(modes, 0.0) - level_db(modes, 0.3)) / 0.3
    late_db_s = (level_db(modes, 2.0) - level_db(modes, 4.0)) / 2
    assert early_db_s > 2.5 * late_db_s
    assert 15 < early_db_s < 40
