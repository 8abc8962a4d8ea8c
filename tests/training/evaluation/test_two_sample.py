"""Accuracy of the classifiers on music of one kind, and of two kinds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.support.bar_datasets import C_MAJOR, ids_of, melody
from training.evaluation.two_sample import Features, features_of, two_sample

PIECES = 24


pytestmark = pytest.mark.usefixtures("few_trees")


def passages(first_seed: int, pitches: tuple[int, ...] = C_MAJOR) -> Features:
    return np.stack([features_of(ids_of(melody(first_seed + i, 8, pitches=pitches))) for i in range(PIECES)])


@pytest.fixture(scope="module")
def music() -> Features:
    return passages(0)


def test_two_halves_of_the_same_music_are_indistinguishable(music: Features) -> None:
    found = two_sample(music, passages(1000), [str(i // 2) for i in range(PIECES)])
    assert set(found) == {"logistic regression", "random forest"}
    for accuracy in found.values():
        assert abs(accuracy.mean - 0.5) < 2.5 * accuracy.standard_error
        assert accuracy.standard_error == pytest.approx(math.sqrt(accuracy.mean * (1 - accuracy.mean) / (2 * PIECES)))


def test_other_music_is_distinguished(music: Features) -> None:
    found = two_sample(
        music, passages(1000, pitches=(60, 61, 63, 66, 68, 70, 73)), [str(i // 2) for i in range(PIECES)]
    )
    for accuracy in found.values():
        assert accuracy.mean > 0.95


def test_two_pieces_are_enough_and_the_seed_repeats(music: Features) -> None:
    groups = ["a", "b"] * (PIECES // 2)
    once, again = (two_sample(music, passages(1000), groups, seed=3) for _ in range(2))
    assert once == again
    assert abs(once["logistic regression"].mean - 0.5) < 0.2


def test_a_passage_without_notes_has_features_too() -> None:
    from musicgen_live.music.score import Score

    found = features_of(ids_of(Score((), (), 4 * 480 * 2)))
    assert np.isfinite(found).all()
    assert len(found) == len(features_of(ids_of(melody(0, 4))))
