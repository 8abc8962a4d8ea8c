"""The session's end of a player process: starts it, sends it commands, and keeps its reports until they are read."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import IO, Protocol

from musicgen_live.errors import PlayerError
from musicgen_live.player.commands import Command
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.json_lines import from_line, to_line
from musicgen_live.player.reports import Report
from musicgen_live.player.timing import CLOSE_LIMIT_S

_STDERR_LINES = 40

_KILLED = -9
"""The status of a process that was killed, except on Windows."""


@dataclass(frozen=True)
class Gone:
    """A player process has ended; no more of its reports will come."""


class RunningPlayer(Protocol):
    """A player in another process. Used by one thread."""

    def send(self, command: Command) -> None:
        """Send a command; PlayerError if the player has ended."""
        ...

    def receive(self, timeout_s: float = 0.0) -> Report | Gone | None:
        """Return the next report, None if none arrives in time, `Gone` when there will be no more."""
        ...

    def kill(self) -> None:
        """Kill it; reports that it has written can still be received."""
        ...

    def close(self) -> None:
        """Let it finish the take, and wait for its end."""
        ...

    def failure(self) -> PlayerError:
        """Wait for its end and return the reason."""
        ...

    def was_killed_by_others(self) -> bool:
        """Return True if another program killed it; call it after `failure`."""
        ...


StartPlayer = Callable[[PlayerConfig, Callable[[], None]], RunningPlayer]
"""Starts a player with a config; the second argument is called on another thread when a report has arrived."""


class PlayerProcess:
    """A `RunningPlayer` in a child process. Start it early: it opens its ports while this process loads the model."""

    def __init__(self, config: PlayerConfig, wake: Callable[[], None]) -> None:
        """Start the process and send it its config; `wake` is called on another thread when a report has arrived."""
        # -P: a user's file with the name of a module of ours must not be imported in its place.
        # A new session, on POSIX: a signal that kills the process group must not kill the player.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "musicgen_live.player.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._was_killed = False
        self._wake = wake
        self._reports: SimpleQueue[Report | Gone] = SimpleQueue()
        self._stderr_lines: deque[str] = deque(maxlen=_STDERR_LINES)
        self._threads = [
            threading.Thread(target=self._read_reports, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True),
        ]
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write_lines, args=(self._process.stdin,), daemon=True)
        for thread in (*self._threads, self._writer):
            thread.start()
        self._lines.put(config.to_line())

    def send(self, command: Command) -> None:
        """Send a command, without waiting for a player that hangs; PlayerError if the process has ended."""
        if self._process.poll() is not None:
            raise self.failure()
        self._lines.put(to_line(command))

    def receive(self, timeout_s: float = 0.0) -> Report | Gone | None:
        """Return the next report, None if none arrives in time, `Gone` when there will be no more."""
        try:
            return self._reports.get(timeout=timeout_s) if timeout_s > 0 else self._reports.get_nowait()
        except Empty:
            return None

    def kill(self) -> None:
        """Kill the process; reports that it has written can still be received."""
        self._was_killed = self._process.poll() is None
        self._process.kill()

    def close(self, timeout_s: float = CLOSE_LIMIT_S) -> None:
        """Close the pipe, which ends the player, and wait for it; kill it after `timeout_s`."""
        self._lines.put(None)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            # A MIDI server that died can block a send for ever; its port is gone with it.
            self._process.kill()
            self._process.wait()
        for thread in (*self._threads, self._writer):
            thread.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def failure(self) -> PlayerError:
        """Wait for the end of the process; return its exit status and the last lines of its standard error."""
        self._process.wait()
        for thread in self._threads:
            thread.join()
        last_words = "".join(self._stderr_lines).strip() or "it said nothing"
        return PlayerError(
            f"the process that plays ended with status {self._process.returncode}. Its last words: {last_words}"
        )

    def was_killed_by_others(self) -> bool:
        """Return True if another program killed the process; call it after `failure`."""
        return self._process.poll() == _KILLED and not self._was_killed

    def _write_lines(self, stream: IO[bytes]) -> None:
        """Write lines until None, on a separate thread: a player that hangs does not read them."""
        with contextlib.suppress(BrokenPipeError), stream:  # The end of the process is reported by `Gone`.
            while (line := self._lines.get()) is not None:
                stream.write(line)
                stream.flush()

    def _read_reports(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._reports.put(from_line(line))  # type: ignore[arg-type]
            self._wake()
        self._reports.put(Gone())
        self._wake()

    def _read_stderr(self, stream: IO[bytes]) -> None:
        # Messages of MIDI libraries are not for the user; the last ones are kept in case the process dies.
        for line in stream:
            self._stderr_lines.append(line.decode(errors="replace"))
