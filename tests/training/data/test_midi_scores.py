"""Reading of MIDI files into scores with music21, compared with mido on the same bytes."""

from __future__ import annotations

import random
from dataclasses import replace

import mido
import pytest

from musicgen_live.encodings import bars
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.midi_files import ODD, QUARTER, chord, midi, notes
from tests.support.mido_reading import mido_score
from tests.support.skips import CORPORA
from training.data import midi_scores
from training.data.rewriting import rewritten


def read_score(data: bytes) -> Score:
    return midi_scores.read_score(rewritten(data).data)


def bar_tokens(data: bytes, *, hands: bool = False) -> list[str]:
    return midi_scores.bar_tokens(rewritten(data).data, hands=hands)


def time_signature(numerator: int, denominator: int, time: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator, time=time)


def note_messages(pitch: int, velocity: int, ticks: int = QUARTER) -> list[mido.Message]:
    return [
        mido.Message("note_on", note=pitch, velocity=velocity),
        mido.Message("note_off", note=pitch, time=ticks),
    ]


def test_the_higher_track_is_the_right_hand_in_any_order() -> None:
    for tracks in ((notes(72, 74), notes(48, 50)), (notes(48, 50), notes(72, 74))):
        right, left = read_score(midi(*tracks)).parts
        assert [note.pitch for note in right] == [72, 74]
        assert [note.pitch for note in left] == [48, 50]


def test_one_track_is_the_right_hand() -> None:
    assert read_score(midi(notes(40))).parts == ((Note(0, 480, 40, 88),), ())


def test_a_note_over_a_bar_line_is_one_note() -> None:
    score = read_score(midi([time_signature(3, 4)], notes(60, ticks=7 * QUARTER)))
    assert score == Score(((Note(0, 3360, 60, 88),), ()), (TimeSignatureChange(0, TimeSignature(3, 4)),), 3360)


def test_thirty_seconds_and_triplets_keep_their_ticks() -> None:
    score = read_score(midi([*notes(60, 62, 64, 65, ticks=60), *notes(67, 69, 71, ticks=80)]))
    assert [note.start_tick for note in score.notes] == [0, 60, 120, 180, 240, 320, 400]


def test_a_file_with_a_single_velocity_has_no_dynamics() -> None:
    assert {note.velocity for note in read_score(midi(note_messages(60, 100) + note_messages(62, 100))).notes} == {88}
    assert [note.velocity for note in read_score(midi(note_messages(60, 100) + note_messages(62, 30))).notes] == [
        100,
        30,
    ]


def test_ticks_are_scaled_to_480_per_quarter() -> None:
    file = mido.MidiFile(ticks_per_beat=96)
    file.tracks.append(mido.MidiTrack([*note_messages(60, 80, ticks=96), *note_messages(62, 80, ticks=32)]))
    path = midi(*file.tracks).replace((480).to_bytes(2), (96).to_bytes(2), 1)
    assert [(note.start_tick, note.duration_ticks) for note in read_score(path).notes] == [(0, 480), (480, 160)]


def test_time_signatures_change_at_the_ticks_of_the_file() -> None:
    data = (ODD / "meta-timesig-5-8-7-16-changes.mid").read_bytes()
    assert read_score(data).time_signatures == (
        TimeSignatureChange(0, TimeSignature(5, 8)),
        TimeSignatureChange(3840, TimeSignature(7, 16)),
    )
    # The second time signature shortens a bar to an eighth.
    found = [token.removeprefix("bar ") for token in bar_tokens(data) if token.startswith("bar ")]
    assert found == ["5/8"] * 3 + ["1/8"] + ["7/16"] * 5


def test_invalid_time_signatures_are_skipped() -> None:
    assert read_score((ODD / "meta-timesig-0-4.mid").read_bytes()).time_signatures == ()
    assert read_score((ODD / "meta-timesig-denominator-2pow40.mid").read_bytes()).time_signatures == ()


def test_drums_are_left_out() -> None:
    score = read_score(midi(notes(36, 38, channel=9), notes(60)))
    assert [note.pitch for note in score.notes] == [60]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no-notes-only-tempo", "no notes in it"),
        ("only-drums-channel-10", "only drums in it"),
        ("ten-hour-silence", "nothing begins for 72,000 quarters in it"),
    ],
)
def test_a_file_without_usable_music_is_an_error(name: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        read_score((ODD / f"{name}.mid").read_bytes())
    assert str(error.value) == reason


def test_both_variants_read_the_same_music() -> None:
    data = midi(chord(72, 76), chord(48, 52))
    assert bar_tokens(data) == [
        "bar 4/4", "position 0", "pitch 48", "duration 24", "pitch 52", "duration 24",
        "pitch 72", "duration 24", "pitch 76", "duration 24", "end",
    ]  # fmt: skip
    assert bar_tokens(data, hands=True) == [
        "bar 4/4", "position 0", "hand left", "pitch 48", "duration 24", "pitch 52", "duration 24",
        "hand right", "pitch 72", "duration 24", "pitch 76", "duration 24", "end",
    ]  # fmt: skip


def unmarked(score: Score) -> list[Note]:
    """Return the notes of a score, with the default velocity if all have the same one."""
    one = len({note.velocity for note in score.notes}) == 1
    return [replace(note, velocity=88) if one else note for note in score.notes]


@pytest.mark.corpora
@pytest.mark.parametrize(
    "name",
    [
        "mutopia-pd-ragtime/JoplinS-maple.mid",
        "mutopia-pd-baroque/BachJS-BWV-117a.mid",
        "mutopia-pd-classical/BeethovenLv-pathetique-3.mid",
    ],
)
def test_music21_and_mido_find_the_same_notes(name: str) -> None:
    path = CORPORA / name
    ours, theirs = read_score(path.read_bytes()), mido_score(path)
    assert list(ours.notes) == unmarked(theirs)
    assert (ours.time_signatures, ours.end_tick) == (theirs.time_signatures, theirs.end_tick)


def test_pedalled_notes_have_their_full_length() -> None:
    pedal = [mido.Message("control_change", control=64, value=value) for value in (127, 0)]
    arpeggio = [message for pitch in (60, 64, 67) for message in note_messages(pitch, 80, QUARTER // 4)]
    pedal[1].time = QUARTER
    score = read_score(midi([pedal[0], *arpeggio, pedal[1]]))
    assert [(note.start_tick, note.duration_ticks) for note in score.notes] == [(0, 840), (120, 720), (240, 600)]


def test_a_key_struck_again_ends_its_first_note() -> None:
    on, off = mido.Message("note_on", note=60, velocity=80), mido.Message("note_off", note=60, time=QUARTER)
    score = read_score(midi([on, on.copy(time=QUARTER), off, off]))
    assert [(note.start_tick, note.duration_ticks) for note in score.notes] == [(0, 480), (480, 480)]


def test_tracks_that_name_themselves_drums_are_left_out() -> None:
    drums = [mido.MetaMessage("track_name", name="Drum Kit 1"), *notes(36, 38)]
    assert [note.pitch for note in read_score(midi(drums, notes(60))).notes] == [60]


@pytest.mark.corpora
def test_encoded_corpora_round_trip_exactly() -> None:
    paths = sorted(path for path in CORPORA.glob("*/*.mid") if path.stat().st_size < 12_000)
    for path in random.Random(0).sample(paths, 40):
        score = mido_score(path)
        for hands in (False, True):
            tokens = bars.encode(score, hands=hands)
            written = bars.decode(tokens)
            assert bars.encode(written, hands=hands) == tokens, path.name
            assert bars.decode(bars.encode(written, hands=hands)) == written, path.name
            # Unisons become one note, as on a piano.
            note_ons = {(note.start_tick, note.pitch) for note in score.notes}
            assert 0.99 * len(note_ons) <= len(written.notes) <= len(note_ons), path.name
