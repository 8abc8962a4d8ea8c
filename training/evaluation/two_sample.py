"""Whether a small classifier can tell two kinds of music apart: at best half right, if they are the same.

The two-sample test by a classifier (Lopez-Paz & Oquab 2017), in the small: the music is described by numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings.bar_tokens import DURATIONS, POSITIONS, UNITS
from training.data.dataset import Ids
from training.evaluation.metrics import metrics_of
from training.evaluation.passages import passage_of

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

Features = NDArray[np.float64]

FOLDS = 5
REPEATS = 3
"""Whole cross-validations, each with other folds, whose accuracies are averaged."""
TREES = 200
WIDEST_INTERVAL = 12
PITCH_BIN = 6
"""Semitones that are counted together, so that the range counts and the key hardly does."""


@dataclass(frozen=True)
class Accuracy:
    """The share of passages that a classifier puts right, cross-validated, 0 to 1, and its standard error.

    0.5 is what guessing gives. The error is that of as many independent guesses as there are passages.
    """

    mean: float
    standard_error: float


def features_of(ids: Ids) -> Features:
    """A passage in numbers: its metrics, and shares of pitches, durations, intervals and places in the quarter."""
    passage = passage_of(ids)
    steps = np.clip(np.diff(passage.pitches), -WIDEST_INTERVAL, WIDEST_INTERVAL) + WIDEST_INTERVAL
    places = (passage.onsets - passage.bar_starts[passage.bar_of(passage.onsets)]) % UNITS
    return np.concatenate(
        [
            np.array(astuple(metrics_of(ids)), np.float64),
            _shares(passage.pitches // PITCH_BIN, 128 // PITCH_BIN + 1),
            _shares(np.array(DURATIONS).searchsorted(passage.durations), len(DURATIONS)),
            _shares(steps, 2 * WIDEST_INTERVAL + 1),
            _shares(np.array(POSITIONS).searchsorted(places), sum(place < UNITS for place in POSITIONS)),
        ]
    )


def _shares(values: NDArray[np.integer], kinds: int) -> Features:
    shares: Features = np.bincount(values, minlength=kinds) / max(1, len(values))
    return shares


def two_sample(one: Features, other: Features, groups: Sequence[str], seed: int = 0) -> dict[str, Accuracy]:
    """How often each classifier tells a row of `one` from a row of `other`, which it has not learned from.

    Both are `(passages, features)`, at least 5 rows each. `groups` names for every row of `one`, and the row of
    `other` that answers it, the piece they come from: where there are five pieces or more, a classifier is tested on
    pieces that it has not seen; where there are fewer, on pairs.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = list(groups) if len(set(groups)) >= FOLDS else [str(i) for i in range(len(one))]
    features = np.concatenate([one, other])
    labels = np.repeat([0, 1], [len(one), len(other)])
    classifiers = {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)),
        "random forest": RandomForestClassifier(TREES, random_state=seed),
    }
    return {
        name: _accuracy(classifier, features, labels, [*names, *names], seed)
        for name, classifier in classifiers.items()
    }


def _accuracy(
    classifier: ClassifierMixin, features: Features, labels: NDArray[np.int64], groups: Sequence[str], seed: int
) -> Accuracy:
    from sklearn.model_selection import StratifiedGroupKFold

    right = 0
    for repeat in range(REPEATS):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        for train, test in folds.split(features, labels, groups):
            classifier.fit(features[train], labels[train])
            right += int((classifier.predict(features[test]) == labels[test]).sum())
    mean = right / (REPEATS * len(labels))
    return Accuracy(mean, math.sqrt(mean * (1 - mean) / len(labels)))
