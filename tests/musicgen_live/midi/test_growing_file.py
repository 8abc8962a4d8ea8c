"""A MIDI file that grows in place: whole after each of its writes, and cheap."""

from __future__ import annotations

import random
from pathlib import Path

import mido
import pytest

from musicgen_live.midi import growing_file
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.file_writer import Track, tempo_event, track_name_event
from musicgen_live.midi.growing_file import GrowingFile
from musicgen_live.midi.take_files import write_whole

Messages = list[tuple[int, bytes]]


def new_tracks() -> tuple[Track, Track]:
    tempos, notes = Track(), Track()
    tempos.add(0, tempo_event(120))
    notes.add(0, track_name_event("toy"))
    return tempos, notes


def messages_of(path: Path) -> Messages:
    """Return the messages of the second track with their ticks, and the end, as mido reads them."""
    tick, found = 0, []
    for message in mido.MidiFile(path).tracks[1]:
        tick += message.time
        if not message.is_meta or message.type == "end_of_track":
            found.append((tick, bytes(message.bytes()) if not message.is_meta else b"end"))
    return found


def ended(sent: Messages, end_tick: int) -> Messages:
    """Return messages with a note-off at the end for each note that sounds, and the end."""
    sounding = {}
    for _, message in sent:
        sounding[message[1]] = message[0] & 0xF0 == 0x90
    offs = [(end_tick, bytes((0x80, pitch, 0))) for pitch in sorted(sounding) if sounding[pitch]]
    return [*sent, *offs, (end_tick, b"end")]


def test_a_file_is_whole_with_room_and_without(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    file, (tempos, notes) = GrowingFile(path), new_tracks()
    notes.add(0, bytes.fromhex("90 3c 40"))
    file.write([(tempos, 0), (notes, 480)], durable=False)
    # Behind the note-off: a sequencer-specific event for non-commercial use, and the end 20 kB later.
    assert bytes.fromhex("00 90 3c 40  83 60 80 3c 00  00 ff 7f 80 81 9f 79 7d 00 00") in path.read_bytes()
    assert path.read_bytes().endswith(bytes.fromhex("00 00 00 ff 2f 00"))
    assert messages_of(path) == [(0, b"\x90\x3c\x40"), (480, b"\x80\x3c\x00"), (480, b"end")]
    notes.add(960, bytes.fromhex("80 3c 00"))
    file.write([(tempos, 0), (notes, 960)], durable=True)
    assert messages_of(path) == [(0, b"\x90\x3c\x40"), (960, b"\x80\x3c\x00"), (960, b"end")]
    file.finish([(tempos, 0), (notes, 960)])
    assert path.stat().st_size == 61
    assert messages_of(path) == [(0, b"\x90\x3c\x40"), (960, b"\x80\x3c\x00"), (960, b"end")]


def test_after_each_write_the_file_is_an_older_or_the_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, dice = tmp_path / "take.mid", random.Random(1)
    file, (tempos, notes) = GrowingFile(path), new_tracks()
    states: list[Messages] = []
    write_at = growing_file._write_at

    def watched(*arguments: object) -> None:
        write_at(*arguments)  # type: ignore[arg-type]
        states.append(messages_of(path))

    monkeypatch.setattr(growing_file, "_write_at", watched)
    monkeypatch.setattr(growing_file, "_PAGE_BYTES", 64)
    monkeypatch.setattr(growing_file, "_LEAST_ROOM_BYTES", 500)
    sent: Messages = []
    tick = crossed = 0
    before = ended(sent, 0)
    file.write([(tempos, 0), (notes, 0)], durable=False)
    for _ in range(400):
        for _ in range(dice.choice((0, 1, 3, 12))):
            tick += dice.choice((0, 1, 120, 480, 20_000))
            message = bytes((dice.choice((0x80, 0x90)), dice.randrange(60, 64), 64))
            is_sounding = (0, bytes((0x80, message[1], 0))) in ended(sent, 0)[len(sent) :]
            if is_sounding == (message[0] == 0x90):
                continue
            sent.append((tick, message))
            notes.add(*sent[-1])
        tick += dice.choice((0, 0, 240))
        states.clear()
        file.write([(tempos, 0), (notes, tick)], durable=False)
        after = ended(sent, tick)
        assert all(state in (before, after) for state in states)
        assert messages_of(path) == after
        crossed += len(states) == 2
        before = after
    assert crossed > 0
    assert read_midi(path).score.notes


def test_of_two_tracks_each_grows(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    file, (tempos, notes) = GrowingFile(path), new_tracks()
    for number in range(1, 4000):
        tempos.add(480 * number, tempo_event(60 + number % 60))
        notes.add(480 * number, bytes((0x90, 60, 64)))
        notes.add(480 * number + 240, bytes((0x80, 60, 0)))
        file.write([(tempos, tempos.last_tick), (notes, notes.last_tick)], durable=False)
    found = mido.MidiFile(path)
    assert sum(message.type == "set_tempo" for message in found.tracks[0]) == 4000
    assert sum(message.type == "note_on" for message in found.tracks[1]) == 3999


def test_hours_cost_a_few_times_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0
    write_at = growing_file._write_at

    def counted_at(file: object, offset: int, content: bytes) -> None:
        nonlocal written
        written += len(content)
        write_at(file, offset, content)  # type: ignore[arg-type]

    def counted_whole(path: Path, content: list[bytes], *, durable: bool) -> None:
        nonlocal written
        write_whole(path, content, durable=durable)
        written += path.stat().st_size

    monkeypatch.setattr(growing_file, "_write_at", counted_at)
    monkeypatch.setattr("musicgen_live.midi.growing_file.write_whole", counted_whole)
    file, (tempos, notes) = GrowingFile(tmp_path / "take.mid"), new_tracks()
    # Four hours at 120 BPM, eight notes a second, written twice a second.
    for half_second in range(4 * 3600 * 2):
        for tick in range(480 * half_second, 480 * (half_second + 1), 120):
            notes.add(tick, bytes((0x90, 60 + tick // 120 % 12, 64)))
            notes.add(tick + 119, bytes((0x80, 60 + tick // 120 % 12, 0)))
        file.write([(tempos, 0), (notes, 480 * (half_second + 1))], durable=False)
    file.finish([(tempos, 0), (notes, notes.last_tick)])
    assert written < 8 * (tmp_path / "take.mid").stat().st_size


def test_what_is_gone_or_foreign_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    file, (tempos, notes) = GrowingFile(path), new_tracks()
    tracks = [(tempos, 0), (notes, 480)]
    file.write(tracks, durable=False)
    path.write_bytes(b"foreign")
    file.write(tracks, durable=False)
    assert messages_of(path) == [(480, b"end")]
    path.unlink()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            file.write(tracks, durable=False)
    file.lay_out(tracks, durable=False)
    file.write(tracks, durable=False)
    assert messages_of(path) == [(480, b"end")]


def test_after_a_failed_write_all_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "take.mid"
    file, (tempos, notes) = GrowingFile(path), new_tracks()
    file.write([(tempos, 0), (notes, 0)], durable=False)
    notes.add(0, bytes.fromhex("90 3c 40"))

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(growing_file, "_write_at", fail)
        with pytest.raises(OSError, match="Input/output error"):
            file.write([(tempos, 0), (notes, 0)], durable=False)
    assert messages_of(path) == [(0, b"end")]
    file.write([(tempos, 0), (notes, 240)], durable=False)
    assert messages_of(path) == ended([(0, b"\x90\x3c\x40")], 240)
