"""Ardour without its window, which records what it receives over PipeWire."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.jack import LIMIT_S
from tests.support.pipewire import QUANTUM_SAMPLES, PipeWireServer


def ardour() -> str | None:
    """Return the program that runs Lua scripts with Ardour's library; its name contains the version."""
    return next((found for version in (9, 8, 7, 6) if (found := shutil.which(f"ardour{version}-lua"))), None)


class Recording:
    """A recording Ardour, with the name of the input port of each track."""

    def __init__(self, process: subprocess.Popen[str], tracks: Sequence[str]) -> None:
        self._process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._output: list[str] = []
        self.missed_cycles = 0
        """The cycles in which Ardour was late; it loses the messages of such a cycle."""
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
        self.missed_cycles = round(int(self._wait_for("missed ").removeprefix("missed ")) / QUANTUM_SAMPLES)
        self._wait_for("saved")


class Studio:
    """A folder in which Ardour records what our `play` sends to it through a PipeWire server."""

    def __init__(self, server: PipeWireServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._recordings: list[Recording] = []

    def missed_cycles(self) -> int:
        """Return the number of cycles that Ardour missed in the recordings that were stopped."""
        return sum(recording.missed_cycles for recording in self._recordings)

    @contextmanager
    def recording(self, *tracks: str) -> Iterator[Recording]:
        """Run Ardour with a session in `session`, and record tracks, or the track that an action script makes."""
        script = str(Path(__file__).parent / "ardour_record.lua")
        home = self.folder / "home"
        home.mkdir()
        process = subprocess.Popen(
            ["pw-jack", str(ardour()), script, str(self.folder / "session"), *tracks],
            env=os.environ | self.server.environment | {"HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            recording = Recording(process, tracks)
            self._recordings.append(recording)
            yield recording
        finally:
            process.kill()
            process.communicate()

    def start_playing(self, *words: str) -> subprocess.Popen[str]:
        """Start a take that is recorded to take.mid."""
        return subprocess.Popen(
            [sys.executable, "-m", "musicgen_live", "play", *words, "--out", "take.mid"],
            cwd=self.folder,
            env=os.environ | self.server.our_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def play(self, *words: str) -> None:
        """Play a take to its end, and record it to take.mid."""
        with self.start_playing(*words) as played:
            try:
                output, errors = played.communicate(timeout=90)
            finally:
                played.kill()
        assert (played.returncode, errors) == (0, ""), output
