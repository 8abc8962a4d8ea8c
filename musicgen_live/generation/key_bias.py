"""Draws notes towards a key, by weights on what may be chosen; forbids nothing, so there still are accidentals.

A pitch outside the scale loses `strength` of its logit, one of the scale outside the triad on the tonic a part of it:
weights on the scale alone make keys of the same notes, such as C major and A minor, no likelier apart.
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
"""What a note of the scale outside the triad loses, as a share of what one outside the scale does."""

_TRIADS = {"major": {0, 4, 7}, "minor": {0, 3, 7}, None: {0}}
_LEADING_TONE = 11


class KeyBias(Stateless):
    """The pull of one key on everything that comes."""

    def __init__(self, key: Key, strength: float, vocabulary: Vocabulary, *, has_bars: bool) -> None:
        """`strength` from 0; without bars, a chord weighs what its pitch classes weigh on average."""
        losses = class_losses(key)
        self._has_bars = has_bars
        if has_bars:
            weights = np.array([losses[pitch % 12] for pitch in range(len(_PITCH))])
        else:
            classes = token_classes(vocabulary)
            weights = np.array([sum(losses[c] for c in token) / len(token) for token in classes])
        self._row: Floats = (-strength * weights).astype(np.float32)

    def advance(self, token_id: int) -> None:
        """The key stays."""

    def apply(self, logits: Floats) -> Floats:
        """Logits `(classes,)` with other weights; in bars, about as many notes are struck as without them."""
        if self._has_bars:
            return weighted(logits, self._row)
        result: Floats = logits + self._row
        return result


def class_losses(key: Key) -> tuple[float, ...]:
    """What each of the 12 pitch classes loses in a key, 0 to 1; a minor key has its raised seventh too."""
    scale = {(pitch_class - key.tonic) % 12 for pitch_class in key.classes}
    if key.scale == "minor":
        scale.add(_LEADING_TONE)
    triad = scale & _TRIADS[key.mode]
    by_interval = [0.0 if i in triad else OUTSIDE_TRIAD if i in scale else 1.0 for i in range(12)]
    return tuple(by_interval[(pitch_class - key.tonic) % 12] for pitch_class in range(12))
