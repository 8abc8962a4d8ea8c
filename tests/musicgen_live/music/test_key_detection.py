"""The key of notes, from how long their pitch classes sound and from a signature."""

from __future__ import annotations

import pytest

from musicgen_live.music.key_detection import detect_key
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.scales import Key, parse_key


def notes(*pitches: int, quarters: float = 1.0) -> list[Note]:
    return [Note(i * PPQ, round(quarters * PPQ), pitch, 80) for i, pitch in enumerate(pitches)]


# Frère Jacques, and "Ah! vous dirai-je, maman" in minor, with its cadence.
MAJOR = notes(60, 62, 64, 60, 60, 62, 64, 60, 64, 65, 67, 67, 64, 65, 67, 67)
MINOR = notes(57, 57, 64, 64, 65, 65, 64, 62, 62, 60, 60, 59, 56, 57, 57)


@pytest.mark.parametrize(
    ("semitones", "major", "minor"),
    [(0, "C major", "A minor"), (1, "Db major", "Bb minor"), (5, "F major", "D minor"), (9, "A major", "F# minor")],
)
def test_a_melody_is_in_its_key_after_any_transposition(semitones: int, major: str, minor: str) -> None:
    for melody, expected in ((MAJOR, major), (MINOR, minor)):
        moved = [Note(n.start_tick, n.duration_ticks, n.pitch + semitones, n.velocity) for n in melody]
        detected = detect_key(moved)
        assert detected is not None
        assert detected.name == expected
        assert parse_key(detected.name) == detected


def test_long_notes_count_for_more_than_short_ones() -> None:
    of_c, of_f_sharp = (60, 64, 67), (66, 70, 73)
    assert detect_key([*notes(*of_c, quarters=4), *notes(*of_f_sharp)]) == Key(0, "major")
    assert detect_key([*notes(*of_c), *notes(*of_f_sharp, quarters=4)]) == Key(6, "major")


# Without F and B, so it fits C major as well as G major.
PENTATONIC = notes(60, 62, 64, 67, 69, 67, 64, 62, 60)


def test_a_signature_decides_between_keys_of_equal_fit() -> None:
    assert detect_key(PENTATONIC) == Key(0, "major")
    assert detect_key(PENTATONIC, 1) == Key(7, "major")


def test_notes_win_against_a_signature_that_they_contradict() -> None:
    for sharps in (-5, -4, 4, 5, 6, 7):
        assert detect_key(MAJOR, sharps) == Key(0, "major")
    # A signature without accidentals counts for little, because many programs write it unasked.
    e_flat = [Note(n.start_tick, n.duration_ticks, n.pitch + 3, n.velocity) for n in MAJOR]
    assert detect_key(e_flat, 0) == Key(3, "major")


def test_a_signature_leaves_the_mode_to_the_notes() -> None:
    assert detect_key(MAJOR, 0) == Key(0, "major")
    assert detect_key(MINOR, 0) == Key(9, "minor")


@pytest.mark.parametrize("pitches", [(), (60,), (60, 64, 72, 76), tuple(range(60, 72))])
def test_too_few_or_equally_long_pitch_classes_have_no_key(pitches: tuple[int, ...]) -> None:
    assert detect_key(notes(*pitches)) is None
