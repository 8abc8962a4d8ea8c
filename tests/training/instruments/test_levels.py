"""Loudness, beginnings and ends of samples."""

from __future__ import annotations

import numpy as np
import pytest

from training.instruments.levels import begun, ended, loudness_db, target_db

SECONDS = np.arange(44_100) / 44_100


def tone(hz: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.stack([np.sin(2 * np.pi * hz * SECONDS)] * 2)


def test_a_tone_of_full_scale_has_a_loudness_of_0_db() -> None:
    assert loudness_db(tone(500)) == pytest.approx(0, abs=0.1)


def test_high_tones_are_louder_and_deep_tones_softer() -> None:
    assert loudness_db(tone(6000)) - loudness_db(tone(500)) == pytest.approx(4, abs=0.2)
    assert loudness_db(tone(30)) - loudness_db(tone(500)) < -5


@pytest.mark.parametrize(
    ("pitch", "velocity", "level_db"), [(60, 127, -16.0), (60, 40, -33.06), (84, 127, -16.0), (108, 127, -22.0)]
)
def test_a_note_is_as_loud_as_its_velocity_says(pitch: int, velocity: int, level_db: float) -> None:
    assert target_db(pitch, velocity) == pytest.approx(level_db, abs=0.01)


def test_a_decaying_sound_ends_where_it_is_soft_and_fades_out() -> None:
    sound = tone(500) * np.exp(-10 * SECONDS)
    # 40 dB below are reached after 0.46 s; the fade is a fifth of the whole.
    short = ended(sound, 40)
    assert short.shape[1] == pytest.approx(1.25 * 0.46 * 44_100, rel=0.03)
    assert np.abs(short[:, -1]).max() == 0
    np.testing.assert_array_equal(short[:, :20_000], sound[:, :20_000])


def test_a_sound_begins_from_nothing() -> None:
    risen = begun(np.ones((2, 100)), 0.001)
    assert risen[0, 0] == 0
    assert np.diff(risen[0, :44]).min() > 0
    assert risen[0, 44:].min() == 1
