"""The bias of a key: small losses of pitches, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.key_bias import KeyBias, class_losses
from musicgen_live.music.scales import parse_key


@pytest.mark.parametrize(
    ("key", "losses"),
    [
        # C, C#, D, ... B
        ("C major", (0, 1, 0.4, 1, 0, 0.4, 1, 0, 1, 0.4, 1, 0.4)),
        ("D major", (1, 0.4, 0, 1, 0.4, 1, 0, 0.4, 1, 0, 1, 0.4)),
        # A minor key has both sevenths: G and G#.
        ("A minor", (0, 1, 0.4, 1, 0, 0.4, 1, 0.4, 0.4, 0, 1, 0.4)),
        ("A dorian", (0, 1, 0.4, 1, 0, 1, 0.4, 0.4, 1, 0, 1, 0.4)),
        # Without a third, there is no triad.
        ("C whole tone", (0, 1, 0.4, 1, 0, 1, 0.4, 1, 0.4, 1, 0.4, 1)),
        ("C chromatic", (0, *[0.4] * 11)),
    ],
)
def test_the_triad_loses_nothing_the_scale_two_fifths(key: str, losses: tuple[float, ...]) -> None:
    assert class_losses(parse_key(key)) == losses


def test_in_bars_only_pitches_change_and_keep_their_sum() -> None:
    logits = np.full(len(VOCABULARY), -np.inf, np.float32)
    allowed = ("pitch 60", "pitch 61", "pitch 62", "position 24", "bar 4/4")
    logits[VOCABULARY.encode(allowed)] = 0.0
    after = KeyBias(parse_key("C major"), 1.0, VOCABULARY, has_bars=True).apply(logits)
    found = [float(after[VOCABULARY.ids[token]]) for token in allowed]
    # Of 3 notes, 1 + e^-1 + e^-0.4 is left, which is scaled up to 3: log(3 / 2.0382) is 0.3866.
    assert found == pytest.approx([0.3866, -0.6134, -0.0134, 0.0, 0.0], abs=1e-4)
    assert np.array_equal(np.isfinite(after), np.isfinite(logits))


def test_without_bars_a_chord_loses_the_mean_of_its_notes() -> None:
    vocabulary = Vocabulary(("0.4.7", "11.2.5", "1.6", "C4", "D4", "C#5"))
    bias = KeyBias(parse_key("C major"), 2.0, vocabulary, has_bars=False)
    bias.advance(0)
    after = bias.apply(np.zeros(6, np.float32))
    assert after.tolist() == pytest.approx([0.0, -0.8, -2.0, 0.0, -0.8, -2.0])
