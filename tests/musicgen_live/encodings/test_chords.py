"""The recipe's tokens: their meaning, the voicing of chords, the decoded notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.encodings.chords import (
    HIGHEST_VOICED,
    LOWEST_VOICED,
    PITCHES,
    ChordsDecoder,
    pitches_of,
    voice,
)
from musicgen_live.music.notes import Note


@pytest.mark.parametrize(
    ("token", "pitches"),
    [
        ("C4", (60,)),
        ("A4", (69,)),
        ("E-5", (75,)),
        ("F#3", (54,)),
        ("B-2", (46,)),
        ("C-1", (0,)),
        ("G9", (127,)),
        ("0.4.7", (0, 4, 7)),
        ("11.2", (11, 2)),
        ("5", (5,)),
    ],
)
def test_a_token_is_a_pitch_or_the_pitch_classes_of_a_chord(token: str, pitches: tuple[int, ...]) -> None:
    assert pitches_of(token) == pitches


def test_an_ambiguous_name_is_the_pitch_that_a_piano_has() -> None:
    assert pitches_of("E-1") == (27,)  # E flat in octave 1, not E in octave -1
    assert pitches_of("B-1") == (34,)


@pytest.mark.parametrize("token", ["", "H4", "0.4.", "12", "0.-1", "C", "note_60"])
def test_another_encodings_token_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="pitch"):
        pitches_of(token)


def test_a_chord_is_voiced_near_the_last_notes() -> None:
    assert voice((0, 4, 7), 60) == (55, 60, 64)
    assert voice((0, 4, 7), 70) == (67, 72, 76)
    assert voice((7, 11, 2, 5), 60) == (55, 59, 62, 65)


def test_a_folded_octave_is_played_as_an_octave() -> None:
    assert voice((0,), 60) == (48, 60)
    assert voice((9,), 62) == (57, 69)


@given(st.sets(st.integers(0, 11), min_size=1, max_size=12), st.floats(0, 127))
def test_every_chord_has_a_playable_voicing(classes: set[int], near: float) -> None:
    chord = voice(tuple(classes), near)
    assert {pitch % 12 for pitch in chord} == classes
    assert list(chord) == sorted(set(chord))
    assert chord[0] >= LOWEST_VOICED
    assert chord[-1] <= HIGHEST_VOICED


def test_tokens_become_notes_a_step_long_one_after_another() -> None:
    decoder = ChordsDecoder(step_ticks=240, velocity=80)
    assert decoder.decode("C4") == [Note(0, 240, 60, 80)]
    assert decoder.decode("0.4.7") == [Note(240, 240, 55, 80), Note(240, 240, 60, 80), Note(240, 240, 64, 80)]
    assert decoder.decode("C6") == [Note(480, 240, 84, 80)]
    assert decoder.decode("0.4.7") == [Note(720, 240, 72, 80), Note(720, 240, 76, 80), Note(720, 240, 79, 80)]
    assert decoder.until_tick == 960


def test_a_run_of_chords_does_not_drift() -> None:
    decoder = ChordsDecoder(step_ticks=240, velocity=80)
    lowest = [min(n.pitch for n in decoder.decode("0.4.7")) for _ in range(200)]
    assert lowest[-1] == lowest[20]


def test_every_pitch_has_a_name_and_chords_never_look_like_one() -> None:
    assert len(set(PITCHES.values())) >= 126
    assert not any(name[0].isdigit() for name in PITCHES)


def test_a_decoder_goes_back_to_a_snapshot() -> None:
    decoder = ChordsDecoder(240, 80)
    decoder.decode("C6")
    state = decoder.snapshot()
    first = [decoder.decode(token) for token in ("0.4.7", "C2", "2.5.9")]
    decoder.restore(state)
    assert [decoder.decode(token) for token in ("0.4.7", "C2", "2.5.9")] == first
