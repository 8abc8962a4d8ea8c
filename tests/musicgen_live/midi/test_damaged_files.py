"""Reading damaged files as far as they go, or refusing them with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.music.notes import Note
from tests.support.midi_bytes import HEADER, read, track


def test_a_song_that_is_cut_off_is_said_too(tmp_path: Path) -> None:
    songs = track("00 FF5103 0927C0") + track("00 90 3C 50", "60 3C 00")[:-6]
    music = read(tmp_path, HEADER[:9] + b"\x02" + HEADER[10:] + songs)
    assert music.remarks == (
        "it holds 2 songs (MIDI format 2); song 2 is read",
        "track 2 ends too early, and is read up to there",
    )


def test_a_damaged_track_costs_only_itself(tmp_path: Path) -> None:
    good, damaged = track("00 90 3C 50", "60 3C 00"), track("00 90 30 50", "60 30 00", "00 F4 00")
    music = read(tmp_path, HEADER + damaged + good)
    assert music.score.parts == ((Note(0, 480, 60, 80),),)
    assert music.remarks == ("track 1 is damaged (the byte f4 stands where a message should begin) and left out",)
    music = read(tmp_path, HEADER + damaged + good + damaged)
    assert music.remarks == (
        "2 of 3 tracks are damaged; the first: track 1 is damaged (the byte f4 stands where a message should begin) "
        "and left out",
    )


def test_a_track_that_is_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    music = read(tmp_path, (HEADER + track("00 90 3C 50", "60 3C 00", "00 3E 50", "60 3E 00"))[:-6])
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(480, 1, 62, 80)),)
    assert music.remarks == ("track 1 ends too early, and is read up to there",)


@pytest.mark.parametrize("length", [0, 1, 5, 7, 30, 1_000, 2**32 - 1])
def test_a_wrong_length_of_a_track_costs_no_other_track(tmp_path: Path, length: int) -> None:
    first, wrong, last = (track(f"00 90 {pitch:02X} 50", f"60 {pitch:02X} 00") for pitch in (60, 62, 64))
    wrong = wrong[:4] + length.to_bytes(4, "big") + wrong[8:]
    music = read(tmp_path, HEADER[:11] + b"\x03" + HEADER[12:] + first + wrong + last)
    assert [part[0].pitch for part in music.score.parts] == [60, 62, 64]
    assert music.remarks == ()


@pytest.mark.parametrize("name", [b"MTrx", b"\0\0\0\0", b"\xff\xff\xff\xff"])
def test_a_track_that_is_not_found_is_missed(tmp_path: Path, name: bytes) -> None:
    first, unknown, last = (track(f"00 90 {pitch:02X} 50", f"60 {pitch:02X} 00") for pitch in (60, 62, 64))
    music = read(tmp_path, HEADER[:11] + b"\x03" + HEADER[12:] + first + name + unknown[4:] + last)
    assert [part[0].pitch for part in music.score.parts] == [60, 64]
    assert music.remarks == ("only 2 of its 3 tracks are found",)


@pytest.mark.parametrize(
    "meta",
    ["00 FF5902 09 00", "00 FF5102 0102", "00 FF5804 00 02 18 08", "00 FF5804 04 FF 18 08", "00 FF5103 000000"],
    ids=["9 sharps", "a short tempo", "0/4", "4/2**255", "tempo 0"],
)
def test_wrong_meta_events_are_ignored(tmp_path: Path, meta: str) -> None:
    music = read(tmp_path, HEADER + track(meta, "00 90 3C 50", "60 3C 00"))
    assert (music.score.time_signatures, music.tempos) == ((), ((0, 120.0),))


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
        (b"<!DOCTYPE html>", "cannot be read: an HTML page; the download went wrong"),
        (b"", r"cannot be read: empty \(0 bytes\)"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "cannot be read: a WAV sound file"),
        (HEADER[:10], "cannot be read: cut off within the header"),
        (
            (HEADER + track("00 90 3C 50"))[:-6],
            r"a damaged MIDI file \(it ends too early\); open it in a DAW and save it anew",
        ),
        (HEADER + track("00 3C 50"), r"damaged MIDI file \(the byte .. stands where a message should begin\)"),
        (HEADER + track("FFFFFFFF 7F 90 3C 50"), r"damaged MIDI file \(a number has more than four bytes\)"),
        (HEADER[:12] + b"\xe7\x28" + track("00 90 3C 50"), "its time is counted in film frames, not in beats"),
        (HEADER[:12] + b"\x00\x00" + track("00 90 3C 50"), r"damaged MIDI file \(a beat lasts no time in it\)"),
        (HEADER + track("00 FF0101 41"), "cannot be read: no notes in it"),
    ],
)
def test_an_unreadable_file_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(TakeError, match=reason):
        read(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"there is no file .*none\.mid; give the path of a \.mid file"):
        read_midi(tmp_path / "none.mid")
    with pytest.raises(TakeError, match="cannot be read: it is a folder"):
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
