from __future__ import annotations

import pytest

from tests.support.passages import chord, passage
from training.evaluation.theory.harmony import CHORDS, chords_of, harmony_features


def roots(*chords: list[tuple[float, float, int]], bars: int) -> list[int | None]:
    found, _ = chords_of(passage(*[note for notes in chords for note in notes], bars=bars))
    return [None if chord is None else CHORDS[chord][0] for chord in found]


def test_every_beat_has_the_chord_of_what_sounds() -> None:
    # C major held for two beats, G7 for one, then silence.
    assert roots(chord(0, 2, 48, 64, 67), chord(2, 1, 55, 59, 62, 65), bars=1) == [0, 0, 7, None]


def test_three_notes_are_no_seventh_chord() -> None:
    found, fits = chords_of(passage(*chord(0, 1, 60, 64, 67), bars=1))
    assert found[0] is not None
    assert CHORDS[found[0]] == (0, frozenset({0, 4, 7}))
    assert fits == [1]


def test_features_of_a_cadence() -> None:
    # A bar each of C, F, G, C: the roots move by a fourth, a second and a fourth, always at a bar line.
    bars = [(48, 52, 55), (53, 57, 60), (55, 59, 62), (48, 52, 55)]
    features = harmony_features(
        passage(*[n for i, pitches in enumerate(bars) for n in chord(4 * i, 4, *pitches)], bars=4)
    )
    assert features["fit of the chords"] == 1
    assert features["chord changes a beat"] == pytest.approx(3 / 15)
    assert features["chord changes at bar lines"] == 1
    assert features["roots move by a fifth"] == pytest.approx(2 / 3)
    assert features["roots fall by a fifth"] == pytest.approx(2 / 3)


def test_silence_has_no_chords() -> None:
    assert set(harmony_features(passage(bars=2)).values()) == {0}
