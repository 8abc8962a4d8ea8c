"""The bytes of the Standard MIDI File specification."""

from __future__ import annotations

import pytest

from musicgen_live.midi.file_writer import (
    Track,
    check_channel_message,
    tempo_event,
    time_signature_event,
    track_name_event,
    variable_length,
)
from musicgen_live.music.time_signature import TimeSignature


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0x00, "00"),
        (0x40, "40"),
        (0x7F, "7f"),
        (0x80, "81 00"),
        (0x2000, "c0 00"),
        (0x3FFF, "ff 7f"),
        (0x100000, "c0 80 00"),
        (0x1FFFFF, "ff ff 7f"),
        (0x8000000, "c0 80 80 00"),
        (0xFFFFFFF, "ff ff ff 7f"),
    ],
)
def test_lengths_and_delta_times(value: int, encoded: str) -> None:
    assert variable_length(value) == bytes.fromhex(encoded)


@pytest.mark.parametrize("value", [-1, 0x10000000])
def test_numbers_beyond_four_bytes_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        variable_length(value)


def test_meta_events() -> None:
    assert tempo_event(120) == bytes.fromhex("ff 51 03 07 a1 20")  # 500,000 µs
    assert tempo_event(3.6) == bytes.fromhex("ff 51 03 fe 50 2b")  # 16,666,667 µs
    assert time_signature_event(TimeSignature(4, 4)) == bytes.fromhex("ff 58 04 04 02 18 08")
    assert time_signature_event(TimeSignature(7, 8)) == bytes.fromhex("ff 58 04 07 03 18 08")
    assert track_name_event("Café") == bytes.fromhex("ff 03 05 43 61 66 c3 a9")


def test_a_long_name_is_cut_between_letters() -> None:
    event = track_name_event("é" * 101 + "x" + "é" * 500)
    assert event[2:4] == bytes.fromhex("81 48")  # 200 bytes
    assert event[4:].decode() == "é" * 100


@pytest.mark.parametrize("bpm", [3.5, 0.001, 1e9])
def test_a_tempo_beyond_the_format_is_refused(bpm: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        tempo_event(bpm)


@pytest.mark.parametrize(("beats", "unit"), [(0, 4), (256, 4), (4, 3), (4, 0)])
def test_an_impossible_time_signature_is_refused(beats: int, unit: int) -> None:
    with pytest.raises(ValueError, match="time signature"):
        time_signature_event(TimeSignature(beats, unit))


@pytest.mark.parametrize("message", ["", "90", "90 3c", "90 3c 80", "90 3c 40 00", "c0", "c0 01 02", "3c 40 00", "f8"])
def test_other_bytes_than_a_channel_message_are_refused(message: str) -> None:
    with pytest.raises(ValueError, match="not a MIDI channel message"):
        check_channel_message(bytes.fromhex(message))


def test_a_track_may_end_at_any_time_with_its_notes_released() -> None:
    track = Track()
    track.add(0, bytes.fromhex("90 3c 40"))
    track.add(0, bytes.fromhex("91 30 40"))
    track.add(96, bytes.fromhex("90 3c 50"))  # a second note-on while it sounds
    now = track.chunk(end_tick=480)
    track.add(480, bytes.fromhex("90 3c 00"))  # velocity 0 releases
    track.add(480, bytes.fromhex("80 3c 00"))
    track.add(480, bytes.fromhex("81 30 00"))
    later = track.chunk(end_tick=480)
    begun = "00 90 3c 40  00 91 30 40  60 90 3c 50 "
    assert now == b"MTrk" + bytes.fromhex(
        "00 00 00 1d" + begun + "83 00 80 3c 00  00 80 3c 00  00 81 30 00  00 ff 2f 00"
    )
    assert later == b"MTrk" + bytes.fromhex(
        "00 00 00 1d" + begun + "83 00 90 3c 00  00 80 3c 00  00 81 30 00  00 ff 2f 00"
    )


def test_time_does_not_run_backwards() -> None:
    track = Track()
    track.add(10, bytes.fromhex("90 3c 40"))
    track.add(5, bytes.fromhex("80 3c 40"))
    assert track.chunk(0)[8:] == bytes.fromhex("0a 90 3c 40  00 80 3c 40  00 ff 2f 00")
