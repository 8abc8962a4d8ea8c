from __future__ import annotations

import numpy as np
import pytest

from tests.support.passages import chord, passage
from training.evaluation.theory.keys import key_features, key_of

C_MAJOR, A_MINOR = (60, 62, 64, 65, 67, 69, 71, 72), (57, 59, 60, 62, 64, 65, 68, 69)


@pytest.mark.parametrize("up", [0, 1, 5, 11])
@pytest.mark.parametrize(("scale", "tonic", "mode"), [(C_MAJOR, 0, "major"), (A_MINOR, 9, "minor")])
def test_a_scale_that_rests_on_its_tonic_is_in_its_key(scale: tuple[int, ...], tonic: int, mode: str, up: int) -> None:
    lengths = np.array([48, 12, 24, 12, 24, 12, 12, 48])
    key = key_of(np.array(scale) + up, lengths)
    assert (key.tonic, key.mode) == ((tonic + up) % 12, mode)
    assert key.fit > 0.8


def test_without_notes_the_key_is_open() -> None:
    nothing = np.zeros(0, np.int64)
    key = key_of(nothing, nothing)
    assert (key.fit, key.share(nothing)) == (0, 1)


def test_minor_has_both_its_sevenths() -> None:
    key = key_of(np.array(A_MINOR), np.full(8, 24))
    assert key.mode == "minor"
    assert key.share(np.array([57, 67, 68])) == 1
    assert key.share(np.array([57, 61, 66, 70])) == 0.25
    assert key.triad == {9, 0, 4}


def test_a_modulation_shows_in_the_keys_of_4_bars() -> None:
    c_major = [note for bar in range(4) for note in chord(4 * bar, 4, 48, 52, 55, 59, 62, 65)]
    moved = [(onset + 16, length, pitch + 6) for onset, length, pitch in c_major]
    features = key_features(passage(*c_major, *moved, bars=8))
    assert features["keys of 4 bars"] == 1
    assert features["notes in the key of 4 bars"] == 1
    assert features["notes in the key"] < 0.8
    assert key_features(passage(*c_major, bars=4))["notes in the key"] == 1
