import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.midi_files import ODD, midi, notes
from training.data.strip import strip

HEADER = bytes.fromhex("4d546864 00000006 0001 0001 01e0")  # MThd: format 1, 1 track, 480 ticks per quarter
TRACK = bytes.fromhex("4d54726b")  # MTrk


def one_track(events: str) -> bytes:
    data = bytes.fromhex(events)
    return HEADER + TRACK + len(data).to_bytes(4) + data


def test_notes_and_time_signatures_stay_at_their_ticks() -> None:
    data = one_track(
        "00 ff03 03 616263"  # track name
        "00 ff58 04 03021808"  # time signature 3/4
        "00 ff51 03 07a120"  # tempo
        "0a c0 28"  # 10: program
        "0a b0 40 7f"  # 20: pedal down
        "0a 90 3c 50"  # 30: note on
        "60 40 50"  # 126: another one, with running status
        "00 f0 03 7e7ff7"  # system exclusive
        "05 e0 00 40"  # 131: pitch bend
        "05 80 3c 00"  # 136: note off
        "8100 80 40 00"  # 264: note off
        "10 ff2f 00"  # end of track
    )
    assert strip(data) == one_track("00 ff58 04 03021808  1e 90 3c50  60 90 4050  0a 80 3c00  8100 80 4000  00 ff2f 00")


def test_long_delta_times_of_dropped_events_are_kept() -> None:
    data = one_track("ffffff7f b0 40 7f  01 90 3c 50  10 80 3c 00  00 ff2f 00")
    assert strip(data) == one_track("8180808000 90 3c50  10 80 3c00  00 ff2f 00")


def test_tracks_and_channels_keep_their_order() -> None:
    data = midi(
        [mido.MetaMessage("set_tempo", tempo=400_000)],
        notes(60, 62, channel=3),
        [mido.Message("control_change", control=7, value=3)],
        notes(64, channel=9),
    )
    assert strip(data) == midi([], notes(60, 62, channel=3), [], notes(64, channel=9))


def test_stripping_twice_changes_nothing_more() -> None:
    data = (ODD / "2000-tempo-changes.mid").read_bytes()
    once = strip(data)
    assert len(once) < 120 < len(data)
    assert strip(once) == once


@pytest.mark.parametrize(
    "events",
    [
        "00 3c 50",  # running status before any status
        "00 90 3c 50  00 ff01 01 61  60 3c 00",  # running status after a meta event
        "00 90 bc 50",  # a data byte above 127
        "00 f8  00 90 3c 50",  # a real-time byte
        "00 90 3c",  # cut off
        "ffffffff7f 90 3c 50",  # a variable-length quantity of five bytes
        "00 ff58 02 0302",  # a time signature of two bytes
        "00 f0 8f7f 7e7ff7",  # a system exclusive longer than the track
    ],
)
def test_an_invalid_track_is_returned_unchanged(events: str) -> None:
    data = one_track(events)
    assert strip(data) is data


@pytest.mark.parametrize(
    "name",
    [
        "division-0",
        "format-2-three-songs",
        "tracks-says-5-has-1",
        "unknown-chunk-between",
        "header-length-7-extra-byte",
    ],
)
def test_an_invalid_file_is_returned_unchanged(name: str) -> None:
    data = (ODD / f"{name}.mid").read_bytes()
    assert strip(data) is data


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_input_makes_it_fail_or_grow(noise: bytes, at: int) -> None:
    whole = midi([mido.Message("program_change", program=3), *notes(60, 62, 64)])
    for data in (noise, HEADER + TRACK + noise, whole[:at] + noise + whole[at:], whole[:at] + noise):
        stripped = strip(data)
        # Without running status a note takes one byte more; the end-of-track event adds 4 bytes.
        assert stripped is data or (stripped[:14] == data[:14] and len(stripped) <= 2 * len(data))
