"""Transposing notes on their way to the player."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.session.output_transform import OutputTransform

NOTES = (Note(0, 240, 60, 80), Note(240, 240, 125, 80), Note(480, 240, 3, 80))


def test_without_changes_notes_stay_the_same() -> None:
    assert OutputTransform()(NOTES) == NOTES


def test_semitones_and_octaves_add_up() -> None:
    assert [note.pitch for note in OutputTransform(transpose=2, octave=-1)(NOTES[:1])] == [50]


def test_a_pitch_out_of_range_moves_by_octaves() -> None:
    assert [note.pitch for note in OutputTransform(transpose=5)(NOTES)] == [65, 118, 8]
    assert [note.pitch for note in OutputTransform(octave=-1)(NOTES)] == [48, 113, 3]
    assert [note.pitch for note in OutputTransform(octave=4, transpose=48)(NOTES)] == [120, 125, 99]
