"""What is done to notes on their way out."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.session.output_transform import OutputTransform

NOTES = (Note(0, 240, 60, 80), Note(240, 240, 125, 80), Note(480, 240, 3, 80))


def test_as_they_are() -> None:
    assert OutputTransform()(NOTES) == NOTES


def test_moved_by_semitones_and_octaves_together() -> None:
    assert [note.pitch for note in OutputTransform(transpose=2, octave=-1)(NOTES[:1])] == [50]


def test_a_note_that_would_leave_the_range_stays_in_the_nearest_octave_that_has_it() -> None:
    assert [note.pitch for note in OutputTransform(transpose=5)(NOTES)] == [65, 118, 8]
    assert [note.pitch for note in OutputTransform(octave=-1)(NOTES)] == [48, 113, 3]
    assert [note.pitch for note in OutputTransform(octave=4, transpose=48)(NOTES)] == [120, 125, 99]


def test_muted_nothing_goes_out() -> None:
    assert OutputTransform(mute=True, transpose=3)(NOTES) == ()
