import struct

import pytest

from musicgen_live.midi.file_type import UnreadableError, midi_bytes
from tests.support.midi_files import ODD, tune


def odd(name: str) -> bytes:
    return (ODD / f"{name}.mid").read_bytes()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (odd("empty-0-bytes"), "empty (0 bytes)"),
        (bytes(300), "nothing but zeros (300 bytes)"),
        (odd("gzip-of-midi"), "a gzip archive; unpack it first"),
        (b"PK\x03\x04...", "a zip archive; unpack it first"),
        (odd("html-404-page-named-mid"), "an HTML page; the download went wrong"),
        (b"\xef\xbb\xbf\n <HTML lang='en'>", "an HTML page; the download went wrong"),
        (b"<?xml version='1.0'?><score-partwise/>", "an XML file, perhaps MusicXML"),
        (
            odd("git-lfs-pointer-named-mid"),
            "a git-lfs pointer, not the file itself; fetch it with: git lfs pull",
        ),
        (odd("riff-wav-named-mid"), "a WAV sound file"),
        (b"RIFF\x04\x00\x00\x00AVI ", "a RIFF file without MIDI in it"),
        (b"\x00\x05\x16\x07" + bytes(100), "a side file that macOS makes, without music"),
        (odd("magic-wrong"), "not a MIDI file (its first bytes are 4d 54 68 78, not 4d 54 68 64)"),
        (odd("one-byte"), "not a MIDI file (its first bytes are 4d, not 4d 54 68 64)"),
        (odd("header-truncated"), "cut off within the header"),
        (odd("header-says-1-track-none-there"), "cut off after the header"),
        (odd("header-only"), "cut off after the header"),
    ],
)
def test_the_error_names_the_actual_file_type(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        midi_bytes(data)
    assert str(error.value) == reason


def test_a_midi_file_is_returned_unchanged() -> None:
    assert midi_bytes(tune(1)) == tune(1)


def test_finds_the_file_in_a_riff_or_macbinary_wrapper() -> None:
    assert midi_bytes(odd("riff-rmid-container")) == odd("ok-scale")
    assert midi_bytes(odd("macbinary-128-byte-prefix")) == odd("ok-scale")


def test_finds_the_file_behind_other_riff_chunks() -> None:
    data = tune(1)
    chunks = b"DISP\x03\x00\x00\x00abc\x00" + b"data" + struct.pack("<I", len(data)) + data
    assert midi_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"RMID" + chunks) == data
