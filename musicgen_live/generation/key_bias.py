"""Biases logits towards a key; forbids nothing, so accidentals remain.

A pitch outside the scale loses `strength` of its logit, one of the scale outside the tonic triad a part of it: a bias
on the scale alone cannot separate keys of the same notes, such as C major and A minor.
"""

from __future__ import annotations

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.stateful import Stateless
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.chord_bias import token_classes, weighted
from musicgen_live.model.state import Floats
from musicgen_live.music.scales import Key

_PITCH = bar_tokens.ids_of("pitch")

OUTSIDE_TRIAD = 0.4
"""The loss of a note of the scale outside the triad, as a share of the loss outside the scale."""

_TRIADS = {"major": {0, 4, 7}, "minor": {0, 3, 7}, None: {0}}
_LEADING_TONE = 11


class KeyBias(Stateless):
    """The bias of one key on everything that follows."""

    def __init__(self, key: Key, strength: float, vocabulary: Vocabulary, *, has_bars: bool) -> None:
        """Use a `strength` from 0; without bars, a chord loses the mean of what its pitch classes lose."""
        losses = class_losses(key)
        self._has_bars = has_bars
        if has_bars:
            weights = np.array([losses[pitch % 12] for pitch in range(len(_PITCH))])
        else:
            classes = token_classes(vocabulary)
            weights = np.array([sum(losses[c] for c in token) / len(token) for token in classes])
        self._row: Floats = (-strength * weights).astype(np.float32)

    def advance(self, token_id: int) -> None:
        """Do nothing: the key stays."""

    def apply(self, logits: Floats) -> Floats:
        """Return biased logits `(classes,)`; in bars, about as many notes play as without the bias."""
        if self._has_bars:
            return weighted(logits, self._row)
        result: Floats = logits + self._row
        return result


def class_losses(key: Key) -> tuple[float, ...]:
    """Return the loss of each of the 12 pitch classes in a key, 0 to 1; a minor key has its raised seventh too."""
    scale = {(pitch_class - key.tonic) % 12 for pitch_class in key.classes}
    if key.scale == "minor":
        scale.add(_LEADING_TONE)
    triad = scale & _TRIADS[key.mode]
    by_interval = [0.0 if i in triad else OUTSIDE_TRIAD if i in scale else 1.0 for i in range(12)]
    return tuple(by_interval[(pitch_class - key.tonic) % 12] for pitch_class in range(12))
