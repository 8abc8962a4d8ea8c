"""A JACK server without sound hardware, and an independent receiver, for tests of real ports.

Clients find the server through `JackServer.environment`; put it into `os.environ` (the `jack` fixture does) or pass it
to child processes. Stop a server with SIGTERM: killed otherwise it stays registered, and after eight such servers none
can be started.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from musicgen_live.midi.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE, NOTE_OFF, NOTE_ON, is_note_on

PERIOD_FRAMES = 256
RATE_HZ = 48_000
START_LIMIT_S = 15.0

LIMIT_S = 40.0
"""The longest wait for something that must happen: programs took 12 s to start on a machine that trains a network."""

_numbers = itertools.count(1)


def is_installed() -> bool:
    """Return True if jackd and its tools are installed."""
    return all(shutil.which(tool) for tool in ("jackd", "jack_lsp", "jack_connect"))


def wait_until(is_so: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> None:
    """Poll every 10 ms until `is_so` returns True; AssertionError that names `what` after `limit_s`."""
    end_s = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end_s:
            raise AssertionError(f"waited {limit_s} s in vain for {what}")
        time.sleep(0.01)


class JackServer:
    """A process of jackd with the dummy driver and a unique name; with real-time priority for root."""

    def __init__(self, log: Path, period_frames: int = PERIOD_FRAMES) -> None:
        # The name must differ from all clients' names: a server `x` with a client `x` breaks both.
        self.name = f"musicgen-test-{os.getpid()}-{next(_numbers)}"
        self.log = log
        self._period_frames = period_frames
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a client finds this server and does not start another one."""
        return {"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> Self:
        wipe_leftovers()
        priority = ["-R", "-P", "20"] if os.geteuid() == 0 else ["--no-realtime"]
        driver = ["-d", "dummy", "-r", str(RATE_HZ), "-p", str(self._period_frames)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["jackd", *priority, "-n", self.name, *driver],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Not jack_wait, which polls once per second: a server is up after 0.4.
        try:
            wait_until(self._answers, f"jackd to answer; it said: {self.log.read_text()[-500:]}", START_LIMIT_S)
        except AssertionError:
            self.stop()
            raise
        return self

    def _answers(self) -> bool:
        try:
            return self._run_tool("jack_lsp").returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        wipe_leftovers()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def ports(self) -> list[str]:
        """Return the full names of all ports."""
        run = self._run_tool("jack_lsp")
        assert run.returncode == 0, run.stderr
        return run.stdout.split("\n")[:-1]

    def missed_cycles(self) -> int:
        """Return the number of late cycles so far; messages in them may be lost or doubled."""
        return self.log.read_text(errors="replace").count("Process error")

    def connect(self, source: str, destination: str) -> None:
        """Connect two ports, as a user does in a patch bay, as soon as both exist."""
        wait_until(lambda: {source, destination} <= set(self.ports()), f"the ports {source} and {destination}")
        run = self._run_tool("jack_connect", source, destination)
        assert run.returncode == 0, run.stderr

    def _run_tool(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)


def wipe_leftovers() -> None:
    """Remove the shared memory of killed servers, unless a running jackd may own it."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        # Processes may end meanwhile.
        with contextlib.suppress(OSError):
            name, state = status.read_text().partition("(")[2].rpartition(") ")[::2]
            if name == "jackd" and state[:1] != "Z":
                return
    for left in Path("/dev/shm").glob("jack*"):
        with contextlib.suppress(OSError):
            shutil.rmtree(left) if left.is_dir() else left.unlink()


@dataclass(frozen=True)
class Received:
    """A message at the receiver: the moment on `time.monotonic`, which all processes share, and the bytes."""

    at_s: float
    message: bytes


class Receiver:
    """An independent process with a JACK input port, `NAME:in`, that reports each message on arrival.

        with Receiver(server) as receiver:
            server.connect("musicgen-live:take", receiver.port)
            ...
            receiver.wait_for(20)
            assert receiver.messages() == [...]

    After the block the process has ended and all its messages are known.
    """

    def __init__(self, server: JackServer, name: str = "stranger") -> None:
        self.name = name
        self.port = f"{name}:in"
        self._environment = os.environ | server.environment
        self._received: list[Received] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("receive.py")), self.name],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "the receiver could not open its port"
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(10)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at_s, message = json.loads(line)
            self._received.append(Received(at_s, bytes.fromhex(message)))

    def kill(self) -> None:
        """Kill the process, so that its port disappears like an unplugged device."""
        self._process.kill()
        self._process.wait()

    @property
    def received(self) -> list[Received]:
        """All messages so far, in order, with their moments."""
        return list(self._received)

    def messages(self) -> list[bytes]:
        """Return all messages so far, in order."""
        return [received.message for received in self._received]

    def wait_for(self, count: int, limit_s: float = LIMIT_S) -> None:
        """Wait until `count` messages have arrived; AssertionError after `limit_s`."""
        try:
            wait_until(lambda: len(self._received) >= count, f"{count} messages", limit_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; {len(self._received)} arrived: {self.messages()}") from None

    def wait_until_sent(self, message: bytes, times: int, limit_s: float = LIMIT_S) -> None:
        """Wait until a message has arrived that many times."""
        wait_until(lambda: self.messages().count(message) >= times, f"{message.hex(' ')}, {times} times", limit_s)

    def sounding(self) -> set[tuple[int, int]]:
        """Return the sounding notes, as (channel, pitch): neither released nor silenced."""
        return sounding_after(self.messages())


def sounding_after(messages: Iterable[bytes]) -> set[tuple[int, int]]:
    """Return the notes that sound after some messages, as (channel, pitch)."""
    held: set[tuple[int, int]] = set()
    for message in messages:
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if is_note_on(message):
            held.add((channel, message[1]))
        elif kind in (NOTE_OFF, NOTE_ON):
            held.discard((channel, message[1]))
        elif kind == CONTROL_CHANGE and message[1] in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            held = {note for note in held if note[0] != channel}
    return held
