"""The take on disk: its bytes, and its survival of every failure."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from pathlib import Path

import mido
import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.recorder import Recorder
from musicgen_live.music.time_signature import TimeSignature
from tests.support.jack import wait_until

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
        recorder = Recorder(tmp_path / name, name="toy", live=live, rewrite_every_s=0.001)
        for tick in range(0, 480_000, 480):
            recorder.send(tick, ON)
            recorder.send(tick + 240, OFF)
        recorder.close()
    assert (tmp_path / "rendered.mid").read_bytes() == (tmp_path / "played.mid").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["played.mid", "rendered.mid"]


def test_during_a_take_the_file_is_valid_and_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "take.mid"
    recorder = Recorder(path, live=True, rewrite_every_s=0.001)
    assert sounding_and_length(path) == (0, 0)
    recorder.send(480, ON)
    wait_until(lambda: sounding_and_length(path) == (1, 480), "the note in the file")
    recorder.advance(1920)
    wait_until(lambda: sounding_and_length(path) == (1, 1920), "the note to be longer")
    recorder.close()


def sounding_and_length(path: Path) -> tuple[int, int]:
    """Return the number of notes of a file, all of which need a note-off, and its length in ticks."""
    messages = list(mido.MidiFile(path).tracks[1])
    ons = sum(message.type == "note_on" for message in messages)
    assert sum(message.type == "note_off" for message in messages) == ons
    return ons, sum(message.time for message in messages)


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "take.mid", live=True)
    recorder.close()
    (tmp_path / "take.mid").unlink()
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_message_never_reach_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="90 3c"):
        Recorder(tmp_path / "take.mid").send(0, bytes.fromhex("90 3c"))


@pytest.mark.parametrize("live", [True, False])
def test_a_path_that_cannot_be_written_is_a_take_error(tmp_path: Path, live: bool) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.mid").mkdir()
    for wrong, reason in (("file/take.mid", 'file" for the take cannot be made'), ("folder.mid", "Is a directory")):
        with pytest.raises(TakeError, match=rf"{reason}.*--out FILE\.mid"):
            Recorder(tmp_path / wrong, live=live).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.mid"]


def test_a_vanished_folder_ends_the_recording_with_one_warning(tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    warnings: list[str] = []
    recorder = Recorder(folder / "take.mid", live=True, warn=warnings.append, rewrite_every_s=0.001)
    (folder / "take.mid").unlink()
    folder.rmdir()
    for tick in range(200):
        recorder.send(tick, ON)
    wait_until(lambda: warnings != [], "the warning")
    recorder.send(300, OFF)
    recorder.close()
    assert len(warnings) == 1
    assert str(folder / "take.mid") in warnings[0]
    assert "No such file or directory. The music goes on" in warnings[0]
    assert recorder.failure is not None
    assert not folder.exists()


def test_a_folder_that_comes_back_in_time_gets_the_whole_take(tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    warnings: list[str] = []
    recorder = Recorder(folder / "take.mid", live=True, warn=warnings.append, rewrite_every_s=0.001)
    recorder.send(0, ON)
    wait_until(lambda: sounding_and_length(folder / "take.mid") == (1, 0), "the first note")
    folder.rename(tmp_path / "elsewhere")
    recorder.send(480, ON)
    wait_until(lambda: warnings != [], "the warning")
    (tmp_path / "elsewhere").rename(folder)
    recorder.send(960, OFF)
    recorder.send(960, OFF)
    recorder.close()
    assert sounding_and_length(folder / "take.mid") == (2, 960)
    assert warnings[1:] == [f"The take could be written after all, and whole: {folder / 'take.mid'}"]
    assert recorder.failure is None


FULL_DISK = """
    import resource, sys, time
    from pathlib import Path
    from musicgen_live.midi.recorder import Recorder

    # No file of this process may grow beyond 4 KiB: a write then fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    warnings = []
    recorder = Recorder(Path(sys.argv[1]), live=True, warn=warnings.append, rewrite_every_s=0.01)
    tick = 0
    while not warnings:
        recorder.send(tick, bytes((0x90, 60, 64)))
        recorder.send(tick + 1, bytes((0x80, 60, 0)))
        tick += 2
        time.sleep(0.0005)
    for later in range(tick, tick + 1000):
        recorder.send(later, bytes((0x80, 60, 0)))
    recorder.close()
    print(*warnings, sep="\\n")
"""


def test_a_full_disk_ends_the_recording_and_not_the_music(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    warnings = done.stdout.splitlines()
    assert len(warnings) == 1
    assert "File too large. The music goes on; what is on disk ends here." in warnings[0]
    # The last version that fitted is complete, and there is no partly written file beside it.
    assert sounding_and_length(path)[0] > 10
    assert list(tmp_path.iterdir()) == [path]


RECORDING = """
    import sys, time
    from pathlib import Path
    from musicgen_live.midi.recorder import Recorder

    recorder = Recorder(Path(sys.argv[1]), live=True, rewrite_every_s=0.02)
    began = time.monotonic()
    while True:
        tick = int(1000 * (time.monotonic() - began))    # a tick is a millisecond here
        recorder.send(tick, bytes((0x90, 60, 64)))
        recorder.send(tick, bytes((0x90, 67, 64)))
        recorder.send(tick, bytes((0x80, 60, 0)))
        sys.stdout.write(f"{tick}\\n")
        sys.stdout.flush()
        time.sleep(0.001)
"""


def test_after_a_kill_the_take_is_valid_but_for_a_second(tmp_path: Path) -> None:
    chance = random.Random(7)
    for number in range(12):
        path = tmp_path / f"{number}.mid"
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(RECORDING), str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            killed_at = chance.randrange(1, 250)
            for line in process.stdout:
                if int(line) >= killed_at:
                    break
            process.kill()
            # The process continued between the decision and its end.
            sent = [int(line), *(int(rest) for rest in process.stdout if rest.endswith("\n"))]
        notes, length = sounding_and_length(path)
        assert length > sent[-1] - 1000
        assert notes > 0 or sent[-1] < 1000


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
