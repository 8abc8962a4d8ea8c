"""Reading a file as parts, time signatures and tempos."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from musicgen_live.midi.file_reader import MidiMusic, read_midi
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.midi_bytes import HEADER, read, track


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


def test_a_file_with_as_many_tempos_as_notes_is_timed_at_once() -> None:
    count = 20_000
    notes = tuple(Note(480 * number, 480, 60, 80) for number in range(count))
    tempos = tuple((480 * number, 60.0 if number % 2 else 120.0) for number in range(count))
    music = MidiMusic(Score((notes,), (TimeSignatureChange(0, TimeSignature(4, 4)),), 480 * count), ("",), tempos)
    # Half a second and a second by turns. To add up all tempos before each note took minutes.
    seconds = [music.seconds_at(note.end_tick) for note in notes]
    assert seconds[:4] == [0.5, 1.5, 2.0, 3.0]
    assert seconds[-1] == 0.75 * count


def test_running_status_continues_after_other_events(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 00", "00 FF0101 41", "00 3E 50", "00 F8", "60 3E 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(480, 480, 62, 80)),)


def test_a_strike_of_a_key_that_sounds_ends_its_note(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 40", "60 3C 00", "60 3C 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(480, 480, 60, 64)),)


def test_a_lost_note_off_costs_one_note(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 50", "30 3C 00", "30 3C 50", "30 3C 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(480, 240, 60, 80), Note(960, 240, 60, 80)),)


def test_a_note_off_before_its_note_on_costs_no_other_note(tmp_path: Path) -> None:
    # A note without length, whose note-off stands before its note-on, and two usual ones.
    lone = "00 90 3C 00", "00 3C 50"
    music = read(tmp_path, HEADER + track(*lone, "60 3C 50", "30 3C 00", "30 3C 50", "30 3C 00"))
    assert music.score.parts == ((Note(0, 1, 60, 80), Note(480, 240, 60, 80), Note(960, 240, 60, 80)),)


def test_a_note_off_after_the_next_note_on_costs_no_note(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 40", "00 3C 00", "60 3C 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(480, 480, 60, 64)),)


def test_a_note_without_length_gets_the_shortest(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "00 3C 00", "60 3C 50", "60 3C 00"))
    assert music.score.parts == ((Note(0, 1, 60, 80), Note(480, 480, 60, 80)),)


def test_two_voices_in_unison_are_one_note(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 40", "00 3C 50", "60 3C 00", "60 3C 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80),),)


def test_notes_last_until_the_pedal_comes_up_or_the_next_strike(tmp_path: Path) -> None:
    music = read(
        tmp_path,
        HEADER
        + track(
            "00 B0 40 7F",  # the pedal goes down
            "00 90 3C 50",
            "18 3C 00",
            "00 3E 50",
            "18 3E 00",
            "30 3C 50",  # C4 again, half a quarter later
            "30 B0 40 00",  # the pedal comes up while C4 is held
            "30 90 3C 00",
        ),
    )
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(120, 600, 62, 80), Note(480, 480, 60, 80)),)


def test_the_pedal_of_a_channel_is_that_of_all_its_tracks(tmp_path: Path) -> None:
    pedal = track("00 B0 40 7F", "8100 B0 40 00")
    one_channel, another = track("00 90 3C 50", "60 3C 00"), track("00 91 30 50", "60 30 00")
    music = read(tmp_path, HEADER + pedal + one_channel + another)
    assert music.score.parts == ((Note(0, 640, 60, 80),), (Note(0, 480, 48, 80),))


@pytest.mark.parametrize("controller", ["78", "7B", "7C", "7F"])
def test_all_notes_off_ends_the_notes_of_its_channel(tmp_path: Path, controller: str) -> None:
    off = f"60 B0 {controller} 00"
    music = read(tmp_path, HEADER + track("00 90 3C 50", "00 91 30 50", off, "60 90 3E 50", "60 3E 00"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(960, 480, 62, 80)), (Note(0, 1440, 48, 80),))


def test_reset_all_controllers_lets_the_pedal_up(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 B0 40 7F", "00 90 3C 50", "30 3C 00", "30 B0 79 00", "60 90 3E 50"))
    assert music.score.parts[0][0] == Note(0, 480, 60, 80)


def test_drums_are_known_by_channel_or_name(tmp_path: Path) -> None:
    named = "00 FF03 05 44 72 75 6D 73"  # Drums
    file = HEADER + track("00 90 3C 50", "60 3C 00") + track(named, "00 90 24 50", "60 24 00")
    music = read(tmp_path, file + track("00 99 26 50", "60 26 00"))
    assert music.drums == (False, True, True)
    assert music.parts_without_drums == [(Note(0, 480, 60, 80),)]
    assert music.drums_remarks == ("drums are left out (Drums; track 3, channel 10)",)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Schlagwerk",
            "Ударная установка",
            "ドラムス",
            "ﾄﾞﾗﾑ",
            "드럼",
            "鼓组",
            "Bateri\u0301a",
            "E-Drums",
            "Drumset 2",
        ),
        *("Trommer", "Rummut", "Davul", "Batterie acoustique", "Drums L", "TR-808 drum machine", "Bębny"),
        *("Snare Drum", "Bass Drum", "Drum Kit (Standard)", "DRUMS_1", "Bicie", "Dob", "Slagtøj", "Trống"),
    ],
)
def test_drums_are_known_in_many_languages(tmp_path: Path, name: str) -> None:
    data = name.encode()
    named = f"00 FF03 {len(data):02x} {data.hex()}"
    assert read(tmp_path, HEADER + track(named, "00 90 24 50", "60 24 00")).drums == (True,)


def test_what_is_perhaps_drums_is_said_to_be_read_as_notes(tmp_path: Path) -> None:
    def remarks_of(name: str) -> tuple[str, ...]:
        named = f"00 FF03 {len(name):02x} {name.encode().hex()}"
        return read(tmp_path, HEADER + track(named, "00 90 24 50", "60 24 00")).drums_remarks

    assert remarks_of("Bob (drums)") == ("Bob (drums) is read as notes, not as drums",)
    assert remarks_of("Steel Drums") == ("Steel Drums is read as notes, not as drums",)
    assert remarks_of("Piano") == ()


@pytest.mark.parametrize("bank", ["78", "7F"], ids=["General MIDI 2", "Yamaha XG"])
def test_a_bank_of_drum_kits_makes_a_channel_drums(tmp_path: Path, bank: str) -> None:
    kit = track(f"00 B1 00 {bank}", "00 C1 00", "00 91 24 50", "60 24 00")
    assert read(tmp_path, HEADER + track("00 90 3C 50", "60 3C 00") + kit).drums == (False, True)


def test_of_separate_songs_one_with_more_than_drums_is_read(tmp_path: Path) -> None:
    songs = track("00 99 24 50", "60 24 00") + track("00 90 3C 50", "60 3C 00")
    music = read(tmp_path, HEADER[:9] + b"\x02" + HEADER[10:] + songs)
    assert music.remarks == ("it holds 2 songs (MIDI format 2); song 2 is read",)
    only_drums = track("00 FF0101 41") + track("00 99 24 50", "60 24 00")
    assert read(tmp_path, HEADER[:9] + b"\x02" + HEADER[10:] + only_drums).drums == (True,)


def test_of_separate_songs_the_first_with_notes_is_read(tmp_path: Path) -> None:
    songs = track("00 FF5103 0927C0") + track("00 90 3C 50", "60 3C 00") + track("00 FF5103 07A120", "00 90 40 50")
    music = read(tmp_path, HEADER[:9] + b"\x02" + HEADER[10:] + songs)
    assert music.score.parts == ((Note(0, 480, 60, 80),),)
    assert music.tempos == ((0, 120.0),)
    assert music.remarks == ("it holds 3 songs (MIDI format 2); song 2 is read",)


def test_large_files_are_read_without_mido_alike(tmp_path: Path) -> None:
    events = "00 FF5804 03 02 18 08", "00 FF5902 FD01", "00 FF0305 50 69 61 6E 6F", "00 90 3C 50", "60 3C 00"
    small = HEADER + track(*events)
    large = small + b"XFIH" + (400_000).to_bytes(4, "big") + bytes(400_000)
    assert read(tmp_path, large) == read(tmp_path, small)


def test_latin_names_are_read(tmp_path: Path) -> None:
    for name in (b"Fl\xf6te", "Flöte".encode()):
        meta = f"00 FF03 {len(name):02x} {name.hex()}"
        assert read(tmp_path, HEADER + track(meta, "00 90 3C 50", "60 3C 00")).names == ("Flöte",)


def test_a_note_without_a_note_off_ends_with_its_track(tmp_path: Path) -> None:
    music = read(tmp_path, HEADER + track("00 90 3C 50", "60 3E 50", "60 3E 00"))
    assert music.score.parts == ((Note(0, 960, 60, 80), Note(480, 480, 62, 80)),)


def test_a_name_is_one_short_line(tmp_path: Path) -> None:
    text = "Left\nhand\x00: " + "x" * 60
    data = text.encode()
    name = f"00 FF03 {len(data):02x} {data.hex()}"
    music = read(tmp_path, HEADER + track(name, "00 90 3C 50", "60 3C 00"))
    assert music.names == ("Left hand : " + "x" * 28,)


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
