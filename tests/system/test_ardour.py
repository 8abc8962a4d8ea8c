"""A DAW, Ardour without its window, records our take over PipeWire; its file equals ours, note by note."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import mido
import pytest

from tests.support.jack import LIMIT_S, wait_until
from tests.support.models import toy_model
from tests.support.pipewire import PipeWireServer, is_installed, pipewire

TEMPO = 120
"""The tempo of a new session in Ardour."""


def ardour() -> str | None:
    """Return the program that runs Lua scripts with Ardour's library; its name contains the version."""
    return next((found for version in (9, 8, 7, 6) if (found := shutil.which(f"ardour{version}-lua"))), None)


pytestmark = [
    pytest.mark.midi,
    pytest.mark.skipif(ardour() is None, reason="no Ardour here (Debian, Ubuntu: sudo apt install ardour)"),
    pytest.mark.skipif(not is_installed(), reason="no PipeWire here (sudo apt install pipewire pipewire-jack)"),
]


class Recording:
    """A recording Ardour, with the name of the input port of each track."""

    def __init__(self, process: subprocess.Popen[str], tracks: Sequence[str]) -> None:
        self._process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._output: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.ports = ["ardour:" + self._wait_for("port ").removeprefix("port ") for _ in tracks]
        self._wait_for("recording")
        self.connected = [line.removeprefix("connected ") for line in self._output if line.startswith("connected ")]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip() or " ")
        self._lines.put("")

    def _wait_for(self, beginning: str) -> str:
        while True:
            try:
                line = self._lines.get(timeout=LIMIT_S)
            except queue.Empty:
                line = ""
            if line.startswith(beginning):
                return line
            assert line, f'waited in vain for Ardour to print "{beginning}"; it printed:\n' + "\n".join(self._output)
            self._output.append(line)

    def stop(self) -> None:
        """Stop, and wait until the recording is saved."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._wait_for("saved")


@contextmanager
def recording(server: PipeWireServer, folder: Path, *tracks: str) -> Iterator[Recording]:
    """Run Ardour with a session in `folder` / session, and record tracks, or the track that an action script makes."""
    script = str(Path(__file__).parents[1] / "support" / "ardour_record.lua")
    home = folder / "home"
    home.mkdir()
    process = subprocess.Popen(
        ["pw-jack", str(ardour()), script, str(folder / "session"), *tracks],
        env=os.environ | server.environment | {"HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Recording(process, tracks)
    finally:
        process.kill()
        process.communicate()


def notes(path: Path, track: str | None = None) -> list[tuple[int, int, int, int, int]]:
    """Return every note of a file, or of the track of a name, in order.

    Each note has its onset in eighths from the first note on, its duration in eighths, channel, pitch and velocity.
    """
    file = mido.MidiFile(path)
    eighth_ticks = file.ticks_per_beat // 2
    found: list[tuple[int, int, int, int, int]] = []
    sounding: dict[tuple[int, int], tuple[int, int]] = {}
    tick = 0
    for message in mido.merge_tracks(each for each in file.tracks if track in (None, each.name)):
        tick += message.time
        if message.type == "note_on" and message.velocity:
            sounding[message.channel, message.note] = (tick, message.velocity)
        elif message.type in ("note_on", "note_off"):
            began, velocity = sounding.pop((message.channel, message.note))
            found.append((began, tick - began, message.channel, message.note, velocity))
    assert sounding == {}
    first = min((note[0] for note in found), default=0)
    return sorted((round((n[0] - first) / eighth_ticks), round(n[1] / eighth_ticks), *n[2:]) for n in found)


def test_ardour_records_our_take_note_by_note(tmp_path: Path) -> None:
    take = ("--steps", "16", "--tempo", str(TEMPO), "--seed", "5", "--channel", "3", "--velocity", "101")
    with pipewire(tmp_path) as server, recording(server, tmp_path, "keys") as daw:
        model = ("--preset", "classic", "--model", str(toy_model(tmp_path)))
        play(server, tmp_path, *model, "--port", *daw.ports, *take)
        daw.stop()
    ours = notes(tmp_path / "take.mid")
    assert len(ours) >= 16
    assert recorded(tmp_path) == [ours]


def test_the_action_makes_a_track_connects_our_port_and_arms_it(tmp_path: Path) -> None:
    action = Path(__file__).parents[2] / "docs" / "daw" / "musicgen-live.lua"
    with pipewire(tmp_path) as server:
        take = ("--preset", "classic", "--model", str(toy_model(tmp_path)), "--steps", "1000", "--out", "take.mid")
        played = subprocess.Popen(
            [sys.executable, "-m", "musicgen_live", "play", *take],
            cwd=tmp_path,
            env=os.environ | server.our_environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: any("musicgen-live" in port for port in server.ports()), "our port")
            with recording(server, tmp_path, str(action)) as daw:
                assert [name for name in daw.connected if "musicgen-live" in name] == daw.connected != []
                time.sleep(4)
                daw.stop()
        finally:
            played.send_signal(signal.SIGINT)
            played.wait(LIMIT_S)
    (found,) = recorded(tmp_path)
    ours = Counter(note[3:] for note in notes(tmp_path / "take.mid"))
    assert len(found) >= 8
    assert Counter(note[3:] for note in found) <= ours


def test_ardour_records_three_parts_on_three_tracks(tmp_path: Path) -> None:
    names = ("melody", "bass", "chords")
    take = ("--preset", "chorale", "--bars", "3", "--meter", "4/4", "--tempo", str(TEMPO), "--seed", "5")
    with pipewire(tmp_path) as server, recording(server, tmp_path, *names) as daw:
        parts = [f"{name}:port={port}" for name, port in zip(names, daw.ports, strict=True)]
        play(server, tmp_path, *take, *(word for part in parts for word in ("--part", part)))
        daw.stop()
    ours = {name: notes(tmp_path / "take.mid", name) for name in names}
    assert all(len(part) >= 3 for part in ours.values())
    for name, channel in zip(names, range(3), strict=True):
        assert {note[2] for note in ours[name]} == {channel}
        assert recorded(tmp_path, f"*{name}*") == [ours[name]]


def play(server: PipeWireServer, folder: Path, *words: str) -> None:
    """Play a take to its end, and record it to take.mid."""
    played = subprocess.run(
        [sys.executable, "-m", "musicgen_live", "play", *words, "--out", "take.mid"],
        cwd=folder,
        env=os.environ | server.our_environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (played.returncode, played.stderr) == (0, ""), played.stdout


def recorded(folder: Path, pattern: str = "*") -> list[list[tuple[int, int, int, int, int]]]:
    """Return the notes of the takes that Ardour recorded, without the empty one of each time a track was armed."""
    files = (folder / "session" / "interchange").rglob(f"{pattern}.mid")
    return [found for found in map(notes, files) if found]
