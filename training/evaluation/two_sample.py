"""Classifier two-sample test: small classifiers try to distinguish two sets of passages.

The method is that of Lopez-Paz & Oquab (2017), on a vector of hand-made features per passage. The accuracy is about a
half if the music is the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings.bar_tokens import DURATIONS, POSITIONS, UNITS

from ..data.dataset import Ids
from .metrics import PLACES_A_QUARTER, metrics_of
from .passages import passage_of

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

Features = NDArray[np.float64]

FOLDS = 5
REPEATS = 3
"""Number of cross-validations, each with other folds; the accuracy is their mean."""
TREES = 200
WIDEST_INTERVAL = 12
PITCH_BIN = 6
"""Semitones per bin of the pitch histogram: wide bins show the pitch range, but hardly the key."""


@dataclass(frozen=True)
class Accuracy:
    """Cross-validated accuracy of a classifier, 0 to 1, and its standard error; guessing gives 0.5.

    The standard error is that of one independent guess per passage. `of_seeds` has the accuracy of every seed if there
    are several; then the mean and the standard error are their means.
    """

    mean: float
    standard_error: float
    of_seeds: tuple[float, ...] = ()

    @classmethod
    def over_seeds(cls, accuracies: Sequence[Accuracy]) -> Accuracy:
        """Join the accuracies of several seeds, or return that of one."""
        if len(accuracies) == 1:
            return accuracies[0]
        means = tuple(accuracy.mean for accuracy in accuracies)
        errors = [accuracy.standard_error for accuracy in accuracies]
        return cls(float(np.mean(means)), float(np.mean(errors)), means)

    @property
    def spread(self) -> float:
        """The standard deviation over the seeds if there are several, else the standard error."""
        return float(np.std(self.of_seeds, ddof=1)) if self.of_seeds else self.standard_error


def features_of(ids: Ids) -> Features:
    """Return the features of a passage: metrics, and histograms of pitch, duration, interval, position in a quarter."""
    passage = passage_of(ids)
    steps = np.clip(np.diff(passage.pitches), -WIDEST_INTERVAL, WIDEST_INTERVAL) + WIDEST_INTERVAL
    positions = (passage.onsets - passage.bar_starts[passage.bar_of(passage.onsets)]) % UNITS
    return np.concatenate(
        [
            np.array(astuple(metrics_of(ids)), np.float64),
            _histogram(passage.pitches // PITCH_BIN, 128 // PITCH_BIN + 1),
            _histogram(np.array(DURATIONS).searchsorted(passage.durations), len(DURATIONS)),
            _histogram(steps, 2 * WIDEST_INTERVAL + 1),
            _histogram(np.array(POSITIONS).searchsorted(positions), PLACES_A_QUARTER),
        ]
    )


def _histogram(values: NDArray[np.integer], bins: int) -> Features:
    shares: Features = np.bincount(values, minlength=bins) / max(1, len(values))
    return shares


def two_sample(one: Features, other: Features, groups: Sequence[str], seed: int = 0) -> dict[str, Accuracy]:
    """Return for each classifier the accuracy with which it distinguishes held-out rows of `one` and `other`.

    Both have the shape `(passages, features)`, with at least 5 rows. `groups` has for each row the piece of the
    passage in `one` and of its counterpart in `other`. With five pieces or more, test folds have pieces that the
    classifier was not trained on; with fewer, pairs.
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

    correct = 0
    for repeat in range(REPEATS):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        for train, test in folds.split(features, labels, groups):
            classifier.fit(features[train], labels[train])
            correct += int((classifier.predict(features[test]) == labels[test]).sum())
    mean = correct / (REPEATS * len(labels))
    return Accuracy(mean, math.sqrt(mean * (1 - mean) / len(labels)))
