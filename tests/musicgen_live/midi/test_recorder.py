"""The take on disk: its bytes, and its survival of every failure."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from pathlib import Path

import mido
import pytest

from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.take_tracks import TakeTracks
from musicgen_live.music.time_signature import TimeSignature
from tests.support.jack import wait_until
from tests.support.playing import note_messages, notes_and_length

ON = bytes.fromhex("90 3c 40")
OFF = bytes.fromhex("80 3c 00")


def test_the_bytes_of_a_take(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, name="toy", tempo=100, time_signature=TimeSignature(3, 4))
    recorder.send(0, bytes.fromhex("c0 05"))
    recorder.send(0, ON)
    recorder.send(0, b"\xf8")  # clock: not recorded
    recorder.send(480, OFF)
    recorder.set_tempo(720, 50)
    recorder.send(960, bytes.fromhex("b0 07 64"))
    recorder.send(1200, bytes.fromhex("b0 7b 00"))  # All Notes Off: not recorded
    recorder.advance(1440)
    recorder.close()
    assert path.read_bytes() == bytes.fromhex(
        "4d 54 68 64  00 00 00 06  00 01  00 02  01 e0 "  # MThd, type 1, 2 tracks, 480 ticks per quarter
        "4d 54 72 6b  00 00 00 2c "  # MTrk, 44 bytes
        "00 ff 03 0d 6d 75 73 69 63 67 65 6e 2d 6c 69 76 65 "  # track name: musicgen-live
        "00 ff 58 04 03 02 18 08 "  # time signature 3/4
        "00 ff 51 03 09 27 c0 "  # tempo: 600,000 µs per quarter, 100 BPM
        "85 50 ff 51 03 12 4f 80 "  # 720 ticks later: 1,200,000 µs, 50 BPM
        "00 ff 2f 00 "  # end of track
        "4d 54 72 6b  00 00 00 1d "  # MTrk, 29 bytes
        "00 ff 03 03 74 6f 79 "  # track name: toy
        "00 c0 05 "  # program
        "00 90 3c 40 "  # note on
        "83 60 80 3c 00 "  # note off, 480 ticks later
        "83 60 b0 07 64 "  # volume
        "83 60 ff 2f 00"  # end of track, at the latest tick
    )


def test_a_take_reads_back_as_it_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    chance = random.Random(1)
    recorder = Recorder(path, tempo=174, time_signature=TimeSignature(7, 8))
    sent: list[tuple[int, bytes]] = []
    tick = 0
    for _ in range(20_000):
        tick += chance.choice((0, 0, 1, 120, 20_000))
        kind = chance.choice((0x80, 0x90, 0xB0, 0xC0, 0xE0)) | chance.randrange(16)
        data = bytes(chance.randrange(120) for _ in range(1 if kind & 0xF0 == 0xC0 else 2))
        sent.append((tick, bytes((kind,)) + data))
        recorder.send(*sent[-1])
    recorder.close()
    file = mido.MidiFile(path)
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 480, 2)
    received: list[tuple[int, bytes]] = []
    at_tick = 0
    for message in file.tracks[1]:
        at_tick += message.time
        if not message.is_meta:
            received.append((at_tick, bytes(message.bytes())))
    assert received[: len(sent)] == sent
    # Notes without a note-off end with the take.
    assert {(at, message[0] & 0xF0) for at, message in received[len(sent) :]} == {(tick, 0x80)}


def test_the_same_messages_give_the_same_bytes_live_or_not(tmp_path: Path) -> None:
    for name, live in (("rendered.mid", False), ("played.mid", True)):
        recorder = Recorder(tmp_path / name, name="toy", live=live, write_every_s=0.001)
        for tick in range(0, 480_000, 480):
            recorder.send(tick, ON)
            recorder.send(tick + 240, OFF)
        recorder.close()
    assert (tmp_path / "rendered.mid").read_bytes() == (tmp_path / "played.mid").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["played.mid", "rendered.mid"]


def test_during_a_take_the_file_is_valid_and_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "take.mid"
    recorder = Recorder(path, live=True, write_every_s=0.001)
    assert notes_and_length(path) == (0, 0)
    recorder.send(480, ON)
    wait_until(lambda: notes_and_length(path) == (1, 480), "the note in the file")
    recorder.advance(1920)
    wait_until(lambda: notes_and_length(path) == (1, 1920), "the note to be longer")
    recorder.close()


def test_a_note_is_as_long_as_it_was_heard_so_far(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, live=True, write_every_s=0.001)
    recorder.send(480, ON)
    recorder.sound_until(960)
    wait_until(lambda: notes_and_length(path) == (1, 960), "the note to be longer")
    recorder.send(720, OFF)
    recorder.close()
    assert note_messages(path)[-1] == OFF
    # The note ends at tick 720, and the take with its bar.
    assert notes_and_length(path) == (1, 1920)


@pytest.mark.parametrize(("last_tick", "end_tick"), [(1, 1440), (1440, 1440), (1561, 2640), (2640, 2640), (2761, 3840)])
@pytest.mark.parametrize("live", [True, False])
def test_a_take_ends_on_the_bar_line_behind_its_last_note(
    tmp_path: Path, live: bool, last_tick: int, end_tick: int
) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, live=live, time_signature=TimeSignature(3, 4))
    recorder.set_meter(1440, TimeSignature(5, 8))
    recorder.send(0, ON)
    recorder.send(last_tick, OFF)
    recorder.close()
    assert notes_and_length(path) == (1, end_tick)
    *_, note_off, end = mido.MidiFile(path).tracks[1]
    assert (note_off.type, end.type, end.time) == ("note_off", "end_of_track", end_tick - last_tick)


def test_a_last_note_that_passes_its_bar_line_by_a_sixteenth_makes_no_bar(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, live=False)
    recorder.send(0, ON)
    recorder.send(2040, OFF)
    recorder.close()
    assert notes_and_length(path) == (1, 2040)


def test_a_note_that_sounds_at_the_end_ends_there_and_the_take_with_the_bar(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path)
    recorder.send(0, ON)
    recorder.advance(700)
    recorder.close()
    *_, note_off, end = mido.MidiFile(path).tracks[1]
    assert (note_off.type, note_off.time, end.type, end.time) == ("note_off", 700, "end_of_track", 1220)


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "take.mid", live=True)
    recorder.close()
    (tmp_path / "take.mid").unlink()
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_message_never_reach_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="90 3c"):
        Recorder(tmp_path / "take.mid").send(0, bytes.fromhex("90 3c"))


def test_a_new_player_continues_the_take(tmp_path: Path) -> None:
    whole = Recorder(tmp_path / "whole.mid", name="toy")
    log = TakeTracks()
    messages = [(60 * number, (ON, OFF)[number % 2]) for number in range(40_001)]
    for tick, message in messages[:30_001]:
        log.send(tick, message)
        whole.send(tick, message)
    log.set_tempo(480, 90)
    whole.set_tempo(480, 90)
    second = Recorder(tmp_path / "second.mid", name="toy", resumed=log.packed())
    for tick, message in messages[30_001:]:
        second.send(tick, message)
        whole.send(tick, message)
    for recorder in (second, whole):
        recorder.close()
    assert (tmp_path / "second.mid").read_bytes() == (tmp_path / "whole.mid").read_bytes()
    assert notes_and_length(tmp_path / "second.mid") == (20_001, 2_400_000)


def test_a_take_that_a_new_player_continues_ends_on_a_bar_line_of_its_latest_time_signature(tmp_path: Path) -> None:
    log = TakeTracks()
    log.set_meter(1920, TimeSignature(3, 4))
    log.send(1920, ON)
    recorder = Recorder(tmp_path / "take.mid", resumed=log.packed())
    recorder.send(3500, OFF)
    recorder.close()
    assert notes_and_length(tmp_path / "take.mid") == (1, 1920 + 2 * 1440)


KILLED = """
    import os, random, signal, sys, time
    from pathlib import Path
    from musicgen_live.midi.recorder import Recorder

    def record(path, write):
        recorder = Recorder(path, live=True, write_every_s=0.002)
        began = time.monotonic()
        while True:
            tick = int(1000 * (time.monotonic() - began))    # a tick is a millisecond here
            for pitch in range(60, 70):
                recorder.send(tick, bytes((0x90, pitch, 64)))
            for pitch in range(60, 69):
                recorder.send(tick, bytes((0x80, pitch, 0)))
            if tick % 10 == 0:
                recorder.set_tempo(tick, 60 + tick % 60)
            os.write(write, b"%d\\n" % tick)
            time.sleep(0.0005)

    dice = random.Random(7)
    for number in range(int(sys.argv[2])):
        path = Path(sys.argv[1]) / f"{number}.mid"
        read, write = os.pipe()
        child = os.fork()
        if not child:
            record(path, write)
        os.close(write)
        with os.fdopen(read, "rb") as ticks:
            until = dice.randrange(1, 60)
            for line in ticks:
                if int(line) >= until:
                    break
            time.sleep(dice.random() / 500)
            os.kill(child, signal.SIGKILL)
            # The process continued between the decision and its end.
            last = [line, *(rest for rest in ticks if rest.endswith(b"\\n"))][-1]
        os.waitpid(child, 0)
        print(int(last))
"""


def test_after_a_kill_the_take_is_valid_but_for_a_second(tmp_path: Path) -> None:
    kills = 100
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), str(kills)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    last_ticks = [int(line) for line in done.stdout.split()]
    assert len(last_ticks) == kills
    found = [notes_and_length(tmp_path / f"{number}.mid") for number in range(kills)]
    assert all(length > last - 1000 for (_, length), last in zip(found, last_ticks, strict=True))
    assert sum(notes for notes, _ in found) > 10 * kills
    assert all(read_midi(tmp_path / f"{number}.mid").score.notes for number, (notes, _) in enumerate(found) if notes)


def test_a_count_in_is_no_part_of_the_take(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "take.mid")
    recorder.send(-480, bytes.fromhex("99 25 78"))
    recorder.send(-421, bytes.fromhex("89 25 00"))
    recorder.send(0, ON)
    recorder.close()
    messages = [message for message in mido.MidiFile(tmp_path / "take.mid").tracks[1] if not message.is_meta]
    assert [message.type for message in messages] == ["note_on", "note_off"]


def test_a_tempo_that_is_known_later_is_the_first(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "take.mid", tempo=None)
    recorder.send(0, ON)
    recorder.send(480, OFF)
    recorder.set_tempo(0, 90)
    recorder.set_tempo(480, 100)
    recorder.close()
    tempos, tick = [], 0
    for message in mido.MidiFile(tmp_path / "take.mid").tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            tempos.append((tick, round(mido.tempo2bpm(message.tempo), 3)))
    assert tempos == [(0, 90), (480, 100)]
