"""Sums of decaying sinusoids, pulses and filters."""

from __future__ import annotations

import numpy as np
import pytest

from training.instruments.modes import Modes, convolved, pulse


def test_a_sum_in_blocks_is_the_sum_sinusoid_by_sinusoid() -> None:
    modes = Modes(np.array([1.0, 0.5j]), np.array([-3 + 2j * np.pi * 440, -10 + 2j * np.pi * 1000]))
    seconds = np.arange(5000) / 44_100
    expected = np.exp(-3 * seconds) * np.sin(2 * np.pi * 440 * seconds)
    expected += 0.5 * np.exp(-10 * seconds) * np.cos(2 * np.pi * 1000 * seconds)
    np.testing.assert_allclose(modes.sound(5000), expected, atol=1e-9)


def test_a_filtered_sound_is_as_long_as_before() -> None:
    np.testing.assert_allclose(convolved(np.array([1.0, 0, 0, 2]), np.array([1.0, 0.5])), [1, 0.5, 0, 2], atol=1e-12)


@pytest.mark.parametrize(("order", "fall_db"), [(2, 6.0), (3, 9.0)])
def test_a_pulse_falls_by_3_db_an_order_at_its_corner(order: int, fall_db: float) -> None:
    spectrum = np.abs(np.fft.rfft(pulse(200, order), 44_100))
    assert spectrum[0] == pytest.approx(1)
    assert 20 * np.log10(spectrum[0] / spectrum[200]) == pytest.approx(fall_db, abs=0.3)
