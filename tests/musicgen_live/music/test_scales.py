"""Names of notes, pitches and keys."""

from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import SCALES, Key, parse_key, parse_pitch, pitch_name


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("C major", {0, 2, 4, 5, 7, 9, 11}),
        ("D dorian", {2, 4, 5, 7, 9, 11, 0}),
        ("Bb minor", {10, 0, 1, 3, 5, 6, 8}),
        ("F# harmonic minor", {6, 8, 9, 11, 1, 2, 5}),
        ("A melodic minor", {9, 11, 0, 2, 4, 6, 8}),
        ("E phrygian", {4, 5, 7, 9, 11, 0, 2}),
        ("F lydian", {5, 7, 9, 11, 0, 2, 4}),
        ("G mixolydian", {7, 9, 11, 0, 2, 4, 5}),
        ("B locrian", {11, 0, 2, 4, 5, 7, 9}),
        ("Eb major pentatonic", {3, 5, 7, 10, 0}),
        ("E minor pentatonic", {4, 7, 9, 11, 2}),
        ("A blues", {9, 0, 2, 3, 4, 7}),
        ("C whole tone", {0, 2, 4, 6, 8, 10}),
        ("C octatonic", {0, 2, 3, 5, 6, 8, 9, 11}),
        ("C half-whole octatonic", {0, 1, 3, 4, 6, 7, 9, 10}),
        ("C chromatic", set(range(12))),
    ],
)
def test_a_key_has_the_pitch_classes_of_its_scale(text: str, classes: set[int]) -> None:
    assert parse_key(text).classes == classes


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("F#", Key(6, "major")),
        ("Am", Key(9, "minor")),
        ("AM", Key(9, "major")),
        ("E maj", Key(4, "major")),
        ("F# min", Key(6, "minor")),
        ("b minor", Key(11, "minor")),
        ("Bb", Key(10, "major")),
        ("Cb major", Key(11, "major")),
        ("B♭ Natural  Minor", Key(10, "minor")),
        ("c# whole-tone", Key(1, "whole tone")),
        ("G pentatonic", Key(7, "major pentatonic")),
        ("G harmonic_minor", Key(7, "harmonic minor")),
    ],
)
def test_people_write_keys_in_many_ways(text: str, key: Key) -> None:
    assert parse_key(text) == key


@pytest.mark.parametrize("text", ["", "H dorian", "D dorain", "major", "C## major", "Bblues", "5 major"])
def test_a_wrong_key_is_refused_with_an_example_and_the_scales(text: str) -> None:
    with pytest.raises(SettingsError, match=r'key is .*such as "D dorian".* the scales are major, minor, .*chromatic'):
        parse_key(text)


def test_a_key_is_major_or_minor_by_its_third() -> None:
    modes = {scale: Key(0, scale).mode for scale in SCALES}
    assert [scale for scale, mode in modes.items() if mode == "major"] == [
        "major", "ionian", "lydian", "mixolydian", "major pentatonic", "whole tone",
    ]  # fmt: skip
    assert [scale for scale, mode in modes.items() if mode is None] == ["half-whole octatonic", "chromatic"]


@pytest.mark.parametrize(
    ("text", "pitch"),
    [("C4", 60), ("c4", 60), ("C-1", 0), ("G9", 127), ("Bb2", 46), ("F#5", 78), ("b3", 59), ("21", 21)],
)
def test_middle_c_is_c4(text: str, pitch: int) -> None:
    assert parse_pitch(text, "low") == pitch


@pytest.mark.parametrize("text", ["", "H4", "C", "G#9", "Cb-1", "128", "-1", "C4.5", "C 4"])
def test_a_wrong_pitch_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(SettingsError, match=r"low is .*write a note from C-1 to G9.*middle C is C4"):
        parse_pitch(text, "low")


def test_every_pitch_name_reads_back() -> None:
    assert [pitch_name(pitch) for pitch in (0, 60, 61, 70, 127)] == ["C-1", "C4", "C#4", "Bb4", "G9"]
    assert [parse_pitch(pitch_name(pitch), "low") for pitch in range(128)] == list(range(128))


@pytest.mark.parametrize("name", ["Db major", "C# minor", "F# major", "Ab major", "G# minor", "Bb minor", "D dorian"])
def test_a_key_name_reads_back(name: str) -> None:
    assert parse_key(name).name == name
