"""Joins the features of music theory to a vector, for classifiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..passages import Passage
from .endings import ending_features
from .form import form_features
from .harmony import harmony_features
from .keys import key_features
from .rhythm import rhythm_features
from .voice_leading import line_features, voice_features


def theory_features(passage: Passage) -> dict[str, float]:
    """Return the 73 features of a passage by name."""
    return {**features_of_style(passage), **ending_features(passage)}


def features_of_style(passage: Passage) -> dict[str, float]:
    """Return the features that describe a style: all but those of the ending, which no passage within a piece has."""
    return {
        **form_features(passage),
        **key_features(passage),
        **harmony_features(passage),
        **line_features(passage),
        **voice_features(passage),
        **rhythm_features(passage),
    }


def vector(features: dict[str, float]) -> NDArray[np.float64]:
    """Return the values of features, in their order."""
    return np.array(list(features.values()), np.float64)
