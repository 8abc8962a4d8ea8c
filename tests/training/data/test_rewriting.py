"""A file as music21 gets it: the music as our reader understands it, in the ticks of the file, and nothing else."""

import io

import mido
import pytest

from musicgen_live.midi.file_type import UnreadableError
from tests.support.midi_files import chord, midi, notes
from training.data import rewriting


def rewritten(data: bytes) -> bytes:
    return rewriting.rewritten(data).data


def mido_messages(data: bytes) -> list[mido.Message]:
    return [message for message in mido.MidiFile(file=io.BytesIO(data)).tracks[1] if not message.is_meta]


def test_notes_and_time_signatures_stay_at_their_ticks() -> None:
    conductor = [
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.MetaMessage("set_tempo", tempo=400_000, time=480),
        mido.MetaMessage("time_signature", numerator=4, denominator=4, time=960),
    ]
    played = [mido.Message("program_change", program=3), *notes(60, 62), mido.Message("pitchwheel", pitch=9)]
    bare = [conductor[0], conductor[2].copy(time=1440)]
    assert rewritten(midi(conductor, played)) == rewritten(midi(bare, notes(60, 62)))


def test_tracks_and_channels_keep_their_order() -> None:
    data = midi(
        [], notes(60, 62, channel=3), [mido.Message("control_change", control=7, value=3)], notes(64, channel=8)
    )
    assert rewritten(data) == midi([], notes(60, 62, channel=3), notes(64, channel=8))


def test_chords_keep_the_order_of_the_file() -> None:
    strikes = [message for message in mido_messages(rewritten(midi([], chord(67, 60, 64)))) if message.velocity]
    assert [message.note for message in strikes] == [67, 60, 64]


def test_rewriting_twice_changes_nothing_more() -> None:
    once = rewritten(midi(notes(60, 60, 62), notes(48, ticks=100)))
    assert rewritten(once) == once


def test_drums_alone_are_refused() -> None:
    with pytest.raises(UnreadableError, match="only drums in it"):
        rewritten(midi(notes(36, channel=9)))


def test_remarks_say_what_was_left_out() -> None:
    cut_off = midi(notes(60, 62), [mido.MetaMessage("track_name", name="Drums"), *notes(36)])[:-6]
    assert rewriting.rewritten(cut_off).remarks == (
        "track 2 ends too early, and is read up to there",
        "drums are left out (Drums)",
    )
    assert rewriting.rewritten(midi(notes(60))).remarks == ()
