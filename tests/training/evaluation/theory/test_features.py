from __future__ import annotations

import numpy as np
import pytest

from tests.support.bar_datasets import ids_of, melody
from tests.support.passages import passage
from training.evaluation.passages import Passage, passage_of
from training.evaluation.theory.features import features_of_style, theory_features, vector


@pytest.mark.parametrize(
    "music",
    [passage_of(ids_of(melody(1, 16))), passage(bars=16), passage((0, 1, 60), bars=1), passage((3, 9, 60), bars=2)],
)
def test_every_passage_has_the_same_finite_features(music: Passage) -> None:
    features = theory_features(music)
    assert len(features) == 73
    assert list(features) == list(theory_features(passage_of(ids_of(melody(2, 16)))))
    assert np.isfinite(vector(features)).all()


def test_a_style_has_no_features_of_an_ending() -> None:
    names = set(features_of_style(passage(bars=2)))
    assert not any(name.startswith("ends") or name == "closes" for name in names)
    assert len(names) == 66
