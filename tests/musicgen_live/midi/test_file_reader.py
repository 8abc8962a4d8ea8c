"""Reading any file as parts, time signatures and tempos, or refusing it with a reason."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import MidiMusic, read_midi
from musicgen_live.music.notes import Note
from musicgen_live.music.score import TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

HEADER = bytes.fromhex("4D546864 00000006 0000 0001 0060")  # type 0, one track, 96 ticks per quarter
END = bytes.fromhex("00 FF2F00")


def track(*events: str) -> bytes:
    """Return a track chunk of events in hex, each with its delta time, and the end of the track."""
    data = b"".join(map(bytes.fromhex, events)) + END
    return b"MTrk" + len(data).to_bytes(4, "big") + data


def read(folder: Path, content: bytes) -> MidiMusic:
    path = folder / "some.mid"
    path.write_bytes(content)
    return read_midi(path)


def test_one_track_of_several_channels_is_several_parts(tmp_path: Path) -> None:
    music = read(
        tmp_path,
        HEADER
        + track(
            "00 FF0305 50 69 61 6E 6F",  # the name Piano
            "00 FF5804 03 02 18 08",  # 3/4
            "00 FF5103 0927C0",  # 600,000 microseconds a quarter: 100 BPM
            "00 90 3C 50",  # C4 on the first channel
            "00 92 30 40",  # C3 on the third
            "60 90 3C 00",  # a note-on of velocity 0 is a note-off
            "60 82 30 00",
        ),
    )
    assert music.score.parts == ((Note(0, 480, 60, 80),), (Note(0, 960, 48, 64),))
    assert music.names == ("Piano", "Piano")
    assert music.channels == (1, 3)
    assert music.score.time_signatures == (TimeSignatureChange(0, TimeSignature(3, 4)),)
    assert music.tempos == ((0, 100.0),)
    assert music.seconds_at(960) == pytest.approx(1.2)


def test_several_tracks_with_time_signature_and_tempo_changes(tmp_path: Path) -> None:
    path = tmp_path / "some.mid"
    conductor = mido.MidiTrack(
        [
            mido.MetaMessage("time_signature", numerator=6, denominator=8),
            mido.MetaMessage("set_tempo", tempo=1_000_000, time=480),
            mido.MetaMessage("time_signature", numerator=2, denominator=2, time=480),
        ]
    )
    hands = [
        mido.MidiTrack([mido.Message("note_on", note=n), mido.Message("note_off", note=n, time=240)]) for n in (72, 48)
    ]
    mido.MidiFile(ticks_per_beat=240, tracks=[conductor, *hands]).save(path)
    music = read_midi(path)
    assert [part[0].pitch for part in music.score.parts] == [72, 48]
    assert [part[0].duration_ticks for part in music.score.parts] == [480, 480]
    assert music.score.time_signatures == (
        TimeSignatureChange(0, TimeSignature(6, 8)),
        TimeSignatureChange(1920, TimeSignature(2, 2)),
    )
    assert music.tempos == ((0, 120.0), (960, 60.0))
    assert music.seconds_at(480) == pytest.approx(0.5)
    assert music.seconds_at(1440) == pytest.approx(2.0)


def test_running_status_continues_after_other_events(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 00", "00 FF0101 41", "00 3E 50", "00 F8", "60 3E 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(480, 480, 62, 80)),)


def test_overlapping_notes_of_one_pitch_end_in_their_order(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 40", "60 3C 00", "60 3C 00"))
    assert music.score.parts == ((Note(0, 960, 60, 80), Note(480, 960, 60, 64)),)


def test_a_note_without_a_note_off_ends_with_its_track(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3E 50", "60 3E 00"))
    assert music.score.parts == ((Note(0, 960, 60, 80), Note(480, 480, 62, 80)),)


@pytest.mark.parametrize(
    "meta",
    ["00 FF5902 09 00", "00 FF5102 0102", "00 FF5804 00 02 18 08", "00 FF5804 04 FF 18 08", "00 FF5103 000000"],
    ids=["9 sharps", "a short tempo", "0/4", "4/2**255", "tempo 0"],
)
def test_wrong_meta_events_are_ignored(tmp_path: Path, meta: str) -> None:
    music = read(tmp_path, HEADER + track(meta, "00 90 3C 50", "60 3C 00"))
    assert (music.score.time_signatures, music.tempos) == ((), ((0, 120.0),))


def test_a_name_is_one_short_line(tmp_path: Path) -> None:
    text = "Left\nhand\x00: " + "x" * 60
    data = text.encode()
    name = f"00 FF03 {len(data):02x} {data.hex()}"
    music = read(tmp_path, HEADER + track(name, "00 90 3C 50", "60 3C 00"))
    assert music.names == ("Left hand : " + "x" * 28,)


def test_other_chunks_riff_and_trailing_bytes_are_harmless(tmp_path: Path) -> None:
    notes = track("00 90 3C 50", "60 3C 00")
    plain = read(tmp_path, HEADER + notes)
    stranger = b"XFIH" + (3).to_bytes(4, "big") + b"abc"
    assert read(tmp_path, HEADER + stranger + notes) == plain
    assert read(tmp_path, b"RIFF\x40\x00\x00\x00RMIDdata\x30\x00\x00\x00" + HEADER + notes) == plain
    assert read(tmp_path, HEADER + notes + bytes(40)) == plain


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html>", "is not a MIDI file: it does not begin with MThd"),
        (b"", "is not a MIDI file"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "is not a MIDI file"),
        (HEADER[:10], r"is a damaged MIDI file \(it ends too early\); open it in a DAW and save it anew"),
        ((HEADER + track("00 90 3C 50"))[:-5], r"is a damaged MIDI file \(it ends too early\)"),
        (HEADER + track("00 3C 50"), r"damaged MIDI file \(the byte .. stands where a message should begin\)"),
        (HEADER + track("FFFFFFFF 7F 90 3C 50"), r"damaged MIDI file \(a number has more than four bytes\)"),
        (HEADER[:12] + b"\xe7\x28" + track("00 90 3C 50"), "counts time in film frames, not in beats"),
        (HEADER[:12] + b"\x00\x00" + track("00 90 3C 50"), r"damaged MIDI file \(a beat lasts no time in it\)"),
        (HEADER + track("00 FF0101 41"), "has no notes in it; choose a .mid file that has some"),
    ],
)
def test_an_unreadable_file_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(TakeError, match=reason):
        read(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"there is no file .*none\.mid; give the path of a \.mid file"):
        read_midi(tmp_path / "none.mid")
    with pytest.raises(TakeError, match="cannot be read: "):
        read_midi(tmp_path)


def test_any_bytes_are_music_or_one_error(tmp_path: Path) -> None:
    import random

    chance, path = random.Random(1), tmp_path / "some.mid"
    good = HEADER + track("00 90 3C 50", "60 3C 00", "00 FF5103 0927C0", "00 90 40 50", "60 40 00")
    for _ in range(300):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(14, len(broken))] = chance.randrange(256)
        path.write_bytes(broken[: chance.randint(14, len(broken))])
        try:
            assert read_midi(path).score.notes
        except TakeError as error:
            assert str(error).startswith(str(path))  # noqa: PT017 (either is right)


@pytest.mark.corpora
def test_every_odd_file_is_music_or_one_error() -> None:
    from tests.support.skips import CORPORA

    files = [path for path in sorted((CORPORA / "odd-midi").rglob("*.mid")) if path.is_file()]
    read_well = 0
    for path in files:
        try:
            read_well += bool(read_midi(path).score.notes)
        except TakeError:
            continue
    assert 70 < read_well < len(files)


def test_key_signatures_are_sharps_or_flats_with_their_ticks(tmp_path: Path) -> None:
    music = read(
        tmp_path,
        HEADER
        + track(
            "00 FF5902 FD01",  # three flats, minor
            "00 90 3C 50",
            "60 80 3C 00",
            "00 FF5902 0200",  # two sharps, a quarter later
            "00 FF5902 0900",  # there are no nine sharps
        ),
    )
    assert music.signatures == ((0, -3), (480, 2))
