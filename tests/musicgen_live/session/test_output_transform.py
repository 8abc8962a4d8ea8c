"""Transposing notes on their way to the player."""

from __future__ import annotations

from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.session.output_transform import OutputTransform

METER = Meter(0, 1, COMMON_TIME)
NOTES = (Note(0, 240, 60, 80), Note(240, 240, 125, 80), Note(480, 240, 3, 80))


def test_without_changes_notes_stay_the_same() -> None:
    assert OutputTransform()(NOTES, METER) == NOTES


def test_semitones_and_octaves_add_up() -> None:
    assert [note.pitch for note in OutputTransform(transpose=2, octave=-1)(NOTES[:1], METER)] == [50]


def test_a_pitch_out_of_range_moves_by_octaves() -> None:
    assert [note.pitch for note in OutputTransform(transpose=5)(NOTES, METER)] == [65, 118, 8]
    assert [note.pitch for note in OutputTransform(octave=-1)(NOTES, METER)] == [48, 113, 3]
    assert [note.pitch for note in OutputTransform(octave=4, transpose=48)(NOTES, METER)] == [120, 125, 99]


def test_the_first_beat_is_accented() -> None:
    notes = (Note(0, 240, 60, 80), Note(1920 + 59, 240, 60, 120), Note(480, 240, 60, 80))
    # Humanized notes come a little late.
    assert [note.velocity for note in OutputTransform(accent=16)(notes, METER)] == [96, 127, 80]


def test_an_accent_is_on_the_first_beat_of_the_time_signature() -> None:
    # Bar 3 of 3/4 begins behind two bars of 4/4.
    notes = tuple(Note(3840 + 480 * beat, 240, 60, 80) for beat in range(4))
    waltz = Meter(3840, 3, TimeSignature(3, 4))
    assert [note.velocity for note in OutputTransform(accent=16)(notes, waltz)] == [96, 80, 80, 96]


def test_a_velocity_curve_leaves_the_softest_and_the_loudest() -> None:
    notes = tuple(Note(480, 240, 60, velocity) for velocity in (1, 64, 127))
    assert [note.velocity for note in OutputTransform(velocity_curve=-0.5)(notes, METER)] == [1, 32, 127]
    assert [note.velocity for note in OutputTransform(velocity_curve=0.5)(notes, METER)] == [11, 90, 127]


def test_gate_shortens_and_lengthens_notes() -> None:
    assert [note.duration_ticks for note in OutputTransform(gate=50.0)(NOTES, METER)] == [120, 120, 120]
    assert [note.duration_ticks for note in OutputTransform(gate=150.0)(NOTES, METER)] == [360, 360, 360]
