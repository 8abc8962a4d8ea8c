"""Transposing notes on their way to the player."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.session.output_transform import OutputTransform

NOTES = (Note(0, 240, 60, 80), Note(240, 240, 125, 80), Note(480, 240, 3, 80))


def test_without_changes_notes_stay_the_same() -> None:
    assert OutputTransform()(NOTES, 1920) == NOTES


def test_semitones_and_octaves_add_up() -> None:
    assert [note.pitch for note in OutputTransform(transpose=2, octave=-1)(NOTES[:1], 1920)] == [50]


def test_a_pitch_out_of_range_moves_by_octaves() -> None:
    assert [note.pitch for note in OutputTransform(transpose=5)(NOTES, 1920)] == [65, 118, 8]
    assert [note.pitch for note in OutputTransform(octave=-1)(NOTES, 1920)] == [48, 113, 3]
    assert [note.pitch for note in OutputTransform(octave=4, transpose=48)(NOTES, 1920)] == [120, 125, 99]


def test_the_first_beat_is_accented() -> None:
    notes = (Note(0, 240, 60, 80), Note(1920 + 59, 240, 60, 120), Note(480, 240, 60, 80))
    # Humanized notes come a little late.
    assert [note.velocity for note in OutputTransform(accent=16)(notes, 1920)] == [96, 127, 80]


def test_a_velocity_curve_leaves_the_softest_and_the_loudest() -> None:
    notes = tuple(Note(480, 240, 60, velocity) for velocity in (1, 64, 127))
    assert [note.velocity for note in OutputTransform(velocity_curve=-0.5)(notes, 1920)] == [1, 32, 127]
    assert [note.velocity for note in OutputTransform(velocity_curve=0.5)(notes, 1920)] == [11, 90, 127]


def test_gate_shortens_and_lengthens_notes() -> None:
    assert [note.duration_ticks for note in OutputTransform(gate=50.0)(NOTES, 1920)] == [120, 120, 120]
    assert [note.duration_ticks for note in OutputTransform(gate=150.0)(NOTES, 1920)] == [360, 360, 360]
