from __future__ import annotations

import pytest

from tests.support.passages import chord, passage
from training.evaluation.theory.rhythm import figures_of, longest_stuck, rhythm_features


def test_a_figure_is_times_and_intervals() -> None:
    tune = passage((0, 1, 60), (1, 0.5, 62), (1.5, 0.5, 64), (2, 2, 60), bars=1)
    assert figures_of(tune) == [(24, 12, 12, 2, 2, -4)]
    assert figures_of(tune, 1) == [(24, 2), (12, 2), (12, -4)]


def test_a_figure_is_the_same_in_another_key_and_place() -> None:
    here = passage((0, 1, 60), (1, 1, 62), (2, 1, 64), (3, 1, 60), bars=2)
    there = passage((2, 1, 67), (3, 1, 69), (4, 1, 71), (5, 1, 67), bars=2)
    assert figures_of(here) == figures_of(there)


def test_three_notes_have_no_figure_of_three_steps() -> None:
    assert figures_of(passage(*chord(0, 1, 60, 64, 67), bars=1)) == []
    assert figures_of(passage(bars=1)) == []


def test_a_chord_that_is_stuck() -> None:
    again = [note for beat in range(3) for note in chord(beat, 1, 60, 64)]
    assert longest_stuck(passage(*again, *chord(3, 1, 60, 65), bars=1)) == 3
    assert longest_stuck(passage(bars=1)) == 0


def test_density_lengths_and_places() -> None:
    features = rhythm_features(passage(*chord(0, 1, 48, 64), (1.75, 0.25, 65), (2, 3, 67), bars=2))
    assert features["notes a quarter"] == 4 / 8
    assert features["onsets a quarter"] == 3 / 8
    assert features["notes an onset"] == pytest.approx(4 / 3)
    assert features["lengths in use"] == 3
    assert features["mean length"] == pytest.approx((1 + 1 + 0.25 + 3) / 4)
    assert features["onsets off the eighths"] == 0.25
    assert features["bars with a note on the bar line"] == 0.5
    assert features["notes held over a bar line"] == 0.25
