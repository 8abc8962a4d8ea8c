"""The pull of a key: small weights on pitches, and none on anything else."""

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
        # Both sevenths are of a minor key: G and G#.
        ("A minor", (0, 1, 0.4, 1, 0, 0.4, 1, 0.4, 0.4, 0, 1, 0.4)),
        ("A dorian", (0, 1, 0.4, 1, 0, 1, 0.4, 0.4, 1, 0, 1, 0.4)),
        # No third, no triad.
        ("C whole tone", (0, 1, 0.4, 1, 0, 1, 0.4, 1, 0.4, 1, 0.4, 1)),
        ("C chromatic", (0, *[0.4] * 11)),
    ],
)
def test_notes_of_the_triad_lose_nothing_others_of_the_scale_two_fifths(key: str, losses: tuple[float, ...]) -> None:
    assert class_losses(parse_key(key)) == losses


def test_in_bars_pitches_lose_to_each_other_and_nothing_else_changes() -> None:
    logits = np.full(len(VOCABULARY), -np.inf, np.float32)
    allowed = ("pitch 60", "pitch 61", "pitch 62", "position 24", "bar 4/4")
    logits[VOCABULARY.encode(allowed)] = 0.0
    after = KeyBias(parse_key("C major"), 1.0, VOCABULARY, has_bars=True).apply(logits)
    heard = [float(after[VOCABULARY.ids[token]]) for token in allowed]
    # 3 notes have to share what 1 + e^-1 + e^-0.4 do: log(3 / 2.0382) is 0.3866.
    assert heard == pytest.approx([0.3866, -0.6134, -0.0134, 0.0, 0.0], abs=1e-4)
    assert np.array_equal(np.isfinite(after), np.isfinite(logits))


def test_without_bars_a_chord_weighs_what_its_pitch_classes_weigh_on_average() -> None:
    vocabulary = Vocabulary(("0.4.7", "11.2.5", "1.6", "C4", "D4", "C#5"))
    pull = KeyBias(parse_key("C major"), 2.0, vocabulary, has_bars=False)
    pull.advance(0)
    after = pull.apply(np.zeros(6, np.float32))
    assert after.tolist() == pytest.approx([0.0, -0.8, -2.0, 0.0, -0.8, -2.0])
