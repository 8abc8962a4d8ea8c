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
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.take_tracks import TakeTracks
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
    assert sounding_and_length(path) == (0, 0)
    recorder.send(480, ON)
    wait_until(lambda: sounding_and_length(path) == (1, 480), "the note in the file")
    recorder.advance(1920)
    wait_until(lambda: sounding_and_length(path) == (1, 1920), "the note to be longer")
    recorder.close()


def test_a_note_is_as_long_as_it_was_heard_so_far(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, live=True, write_every_s=0.001)
    recorder.send(480, ON)
    recorder.sound_until(960)
    wait_until(lambda: sounding_and_length(path) == (1, 960), "the note to be longer")
    recorder.send(720, OFF)
    recorder.close()
    assert sounding_and_length(path) == (1, 720)


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


def test_a_vanished_folder_is_made_again_with_the_whole_take(tmp_path: Path) -> None:
    path = tmp_path / "takes" / "take.mid"
    said: list[str] = []
    paths: list[Path | None] = []
    recorder = Recorder(path, live=True, warn=said.append, tell_path=paths.append, write_every_s=0.001)
    recorder.send(0, ON)
    wait_until(lambda: sounding_and_length(path) == (1, 0), "the first note")
    path.parent.rename(tmp_path / "away")
    wait_until(lambda: paths == [path], "the take to be there again")
    recorder.send(480, OFF)
    recorder.send(960, ON)
    recorder.close()
    assert sounding_and_length(path) == (2, 960)
    assert said == [f"The take was gone (No such file or directory). It is there again, and whole: {path}"]


class Stick:
    """A folder that a link leads to, so that it comes and goes at once."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "stick"
        self._behind, self._nothing, self._next = (tmp_path / name for name in ("behind", "nothing", "next"))
        self._behind.mkdir()
        self._nothing.touch()
        self.plug_in()

    def plug_in(self) -> None:
        self._lead_to(self._behind)

    def pull(self) -> None:
        self._lead_to(self._nothing)

    def _lead_to(self, target: Path) -> None:
        self._next.symlink_to(target)
        self._next.replace(self.folder)


def test_where_the_folder_cannot_come_back_it_goes_elsewhere(tmp_path: Path) -> None:
    stick, refuge = Stick(tmp_path), tmp_path / "home"
    path = stick.folder / "takes" / "take.mid"
    (refuge / "nowhere").mkdir(parents=True)
    (refuge / "take.mid").write_bytes(b"another take")
    said: list[str] = []
    paths: list[Path | None] = []
    refuges = (refuge / "nowhere" / "file", refuge)
    (refuge / "nowhere" / "file").touch()
    recorder = Recorder(
        path, live=True, warn=said.append, tell_path=paths.append, refuges=lambda: refuges, write_every_s=0.001
    )
    recorder.send(0, ON)
    wait_until(lambda: sounding_and_length(path) == (1, 0), "the first note")
    stick.pull()
    found = refuge / "take_02.mid"
    wait_until(lambda: paths == [found], "the take to be in the refuge")
    recorder.send(480, OFF)
    recorder.send(960, ON)
    wait_until(lambda: sounding_and_length(found) == (2, 960), "the take to go on there")
    recorder.close()
    assert sounding_and_length(found) == (2, 960)
    assert said == [
        f'The take cannot be written to "{path}": Not a directory. It goes on, and whole, in {found}',
    ]
    assert (refuge / "take.mid").read_bytes() == b"another take"
    assert str(recorder) == str(found)


def test_with_no_place_left_it_waits_until_there_is_one(tmp_path: Path) -> None:
    stick = Stick(tmp_path)
    path = stick.folder / "take.mid"
    said: list[str] = []
    paths: list[Path | None] = []
    recorder = Recorder(
        path, live=True, warn=said.append, tell_path=paths.append, refuges=lambda: (), write_every_s=0.001
    )
    recorder.send(0, ON)
    stick.pull()
    wait_until(lambda: paths == [None], "the end of all places")
    recorder.send(480, OFF)
    recorder.send(960, ON)
    stick.plug_in()
    wait_until(lambda: paths == [None, path], "the take to be there again")
    recorder.close()
    assert sounding_and_length(path) == (2, 960)
    assert said == [
        f'The take cannot be written to "{path}": Not a directory; nor to any other folder. The music goes on, and the '
        "take waits in memory until one can be written.",
        f"The take could be written after all, and whole: {path}",
    ]


def test_a_take_that_is_lost_in_the_end_is_said_to_be(tmp_path: Path) -> None:
    stick = Stick(tmp_path)
    path = stick.folder / "take.mid"
    said: list[str] = []
    paths: list[Path | None] = []
    recorder = Recorder(path, live=True, warn=said.append, tell_path=paths.append, refuges=lambda: (), write_every_s=60)
    stick.pull()
    recorder.close()
    assert said == [
        f'The take cannot be written to "{path}": Not a directory; nor to any other folder. '
        "So it is not on disk, or not to its end."
    ]
    assert paths == [None]


def test_a_take_that_another_program_has_written_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, live=True, write_every_s=0.001)
    recorder.send(0, ON)
    wait_until(lambda: sounding_and_length(path) == (1, 0), "the first note")
    for foreign in (b"", b"another file", bytes(path.stat().st_size), path.read_bytes()[:20_000]):
        path.write_bytes(foreign)
        wait_until(lambda foreign=foreign: path.read_bytes() != foreign, "the take")  # type: ignore[misc]
        assert sounding_and_length(path) == (1, 0)
    recorder.close()


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
    assert sounding_and_length(tmp_path / "second.mid") == (20_001, 2_400_000)


FULL_DISK = """
    import resource, sys, time
    from pathlib import Path
    from musicgen_live.midi.recorder import Recorder

    # No file of this process may grow beyond 48 KiB: a write then fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (49152, resource.RLIM_INFINITY))
    warnings = []
    recorder = Recorder(Path(sys.argv[1]), live=True, warn=warnings.append, refuges=lambda: (), write_every_s=0.01)
    tick = 0
    while not warnings:
        recorder.send(tick, bytes((0x90, 60, 64)))
        recorder.send(tick + 1, bytes((0x80, 60, 0)))
        tick += 2
        time.sleep(0.0005)
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
    assert len(warnings) == 2
    assert "File too large; nor to any other folder. The music goes on" in warnings[0]
    assert "File too large; nor to any other folder. So it is not on disk, or not to its end." in warnings[1]
    # The last version that fitted is complete, and there is no partly written file beside it.
    assert sounding_and_length(path)[0] > 1000
    assert list(tmp_path.iterdir()) == [path]


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
    found = [sounding_and_length(tmp_path / f"{number}.mid") for number in range(kills)]
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
