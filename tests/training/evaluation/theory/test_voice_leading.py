from __future__ import annotations

import pytest

from tests.support.passages import chord, passage
from training.evaluation.theory.voice_leading import (
    clashes_of,
    line_features,
    line_of,
    repeats_of,
    restrikes_of,
    voice_features,
)

TWO_VOICES = passage(
    *chord(0, 1, 48, 72), *chord(1, 1, 48, 72), *chord(2, 1, 43, 74), *chord(3, 1, 60, 71), *chord(4, 4, 48, 84), bars=2
)


def test_the_lines_are_the_outer_notes_of_every_onset() -> None:
    assert line_of(TWO_VOICES, top=True).tolist() == [72, 72, 74, 71, 84]
    assert line_of(TWO_VOICES, top=False).tolist() == [48, 48, 43, 60, 48]
    assert repeats_of(line_of(TWO_VOICES, top=True)) == 0.25


def test_how_lines_move() -> None:
    features = line_features(TWO_VOICES)
    assert features["top line: steps"] == 0.25
    assert features["top line: mean interval"] == pytest.approx((0 + 2 + 3 + 13) / 4)
    assert features["top line: leaps over an octave"] == 0.25
    assert features["top line: turns"] == 1
    assert features["bass: range"] == 17
    assert features["bass: height"] == pytest.approx((48 + 48 + 43 + 60 + 48) / 5)


@pytest.mark.parametrize(
    ("pitches", "share"), [((60, 61), 1), ((60, 71), 1), ((60, 73), 1), ((60, 62), 0), ((59, 72), 1)]
)
def test_a_second_clashes_in_any_octave(pitches: tuple[int, int], share: float) -> None:
    assert clashes_of(passage(*chord(0, 2, *pitches), bars=1)) == share


def test_only_moments_with_several_notes_can_clash() -> None:
    assert clashes_of(passage(*chord(0, 1, 60, 61), *chord(1, 1, 60, 64), (2, 2, 60), bars=1)) == 0.5
    assert clashes_of(passage((0, 4, 60), bars=1)) == 0


def test_a_note_struck_while_it_sounds() -> None:
    # The second C comes while the first sounds, the third as it ends; another pitch does not matter.
    notes = [(0.0, 2.0, 60), (1.0, 1.0, 60), (2.0, 1.0, 60), (0.5, 3.0, 62)]
    assert restrikes_of(passage(*notes, bars=1)) == 0.25


def test_features_of_voices() -> None:
    features = voice_features(TWO_VOICES)
    assert features["span of what sounds"] == pytest.approx((4 * 24 + 4 * 24 + 4 * 31 + 4 * 11 + 16 * 36) / 32)
    assert features["silence"] == 0
    assert voice_features(passage((0, 1, 60), bars=1))["silence"] == 0.75


def test_silence_has_no_voices() -> None:
    empty = passage(bars=1)
    assert voice_features(empty) == dict.fromkeys(voice_features(empty), 0) | {"silence": 1}
    assert set(line_features(empty).values()) == {0}
    assert (restrikes_of(empty), clashes_of(empty)) == (0, 0)
