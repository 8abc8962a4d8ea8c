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
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.protocol import Command, Report, from_line, to_line
from musicgen_live.player.timing import CLOSE_LIMIT_S

_LAST_WORDS_LINES = 40


@dataclass(frozen=True)
class Gone:
    """A player process has ended; no more of its reports will come."""


class RunningPlayer(Protocol):
    """A player that runs somewhere else. Used by one thread."""

    def send(self, command: Command) -> None:
        """Send a command; PlayerError if nobody is there to take it."""
        ...

    def receive(self, timeout_s: float = 0.0) -> Report | Gone | None:
        """Return the next report, None if none arrives in time, `Gone` when there will be no more."""
        ...

    def kill(self) -> None:
        """End it at once; what it had reported can still be received."""
        ...

    def close(self) -> None:
        """End it in good order, and wait for that."""
        ...

    def failure(self) -> PlayerError:
        """Return how it ended, once it has."""
        ...


StartPlayer = Callable[[PlayerConfig, Callable[[], None]], RunningPlayer]
"""Starts a player by a config; it calls the function, from a thread of its own, whenever a report has arrived."""


class PlayerProcess:
    """A `RunningPlayer` in a process. Start it early: it opens its ports while the model is loaded here."""

    def __init__(self, config: PlayerConfig, wake: Callable[[], None]) -> None:
        """Start the process and send it its config; `wake` is called from a thread when a report has arrived."""
        # -P: a file of the user's that is called like a module of ours must not be imported in its place.
        # A session of its own, where there are such: what is killed with this process's group must not take it along.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "musicgen_live.player.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._wake = wake
        self._reports: SimpleQueue[Report | Gone] = SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)
        self._threads = [
            threading.Thread(target=self._read_reports, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._write(config.to_line())

    def send(self, command: Command) -> None:
        """Send a command; PlayerError if nobody is there to take it."""
        self._write(to_line(command))

    def receive(self, timeout_s: float = 0.0) -> Report | Gone | None:
        """Return the next report, None if none arrives in time, `Gone` when there will be no more."""
        try:
            return self._reports.get(timeout=timeout_s) if timeout_s > 0 else self._reports.get_nowait()
        except Empty:
            return None

    def kill(self) -> None:
        """End the process at once; what it had reported can still be received."""
        self._process.kill()

    def close(self, timeout_s: float = CLOSE_LIMIT_S) -> None:
        """Close the pipe, which ends the player, and wait for it; kill one that does not end in time."""
        if self._process.stdin and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):  # It has gone already: that is what was wanted.
                self._process.stdin.close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            # A MIDI server that died can hold a send for ever; its port is gone with it.
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def failure(self) -> PlayerError:
        """Return how the process ended, once it has: its exit status and its last words."""
        self._process.wait()
        for thread in self._threads:
            thread.join()
        last_words = "".join(self._last_words).strip() or "it said nothing"
        return PlayerError(
            f"the process that plays ended with status {self._process.returncode}. Its last words: {last_words}"
        )

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as exc:
            raise self.failure() from exc

    def _read_reports(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._reports.put(from_line(line))  # type: ignore[arg-type]
            self._wake()
        self._reports.put(Gone())
        self._wake()

    def _read_stderr(self, stream: IO[bytes]) -> None:
        # What MIDI libraries write there in C is not for the user; the end of it is kept in case the process dies.
        for line in stream:
            self._last_words.append(line.decode(errors="replace"))
