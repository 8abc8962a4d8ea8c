"""The feeding end of a player process: start it, send it commands, hear its reports."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import IO

from musicgen_live.errors import PlayerError
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.protocol import Command, Report, from_line, to_line

_LAST_WORDS_LINES = 40

CLOSE_LIMIT_S = 10.0
"""Longer than closing a port whose MIDI server hangs (3 s) and writing the take to a slow disk."""


class PlayerProcess:
    """A running player process. Start it early: it opens its ports while the model is loaded here."""

    def __init__(self, config: PlayerConfig, hear: Callable[[PlayerProcess, Report | None], None]) -> None:
        """`hear` is called, from a thread, with each report, and with None when there will be no more."""
        # -P: a file of the user's that is called like a module of ours must not be imported in its place.
        # A session of its own, where there are such: what is killed with this process's group must not take it along.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "musicgen_live.player.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._hear = hear
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)
        self._threads = [
            threading.Thread(target=self._read_reports, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._write(config.to_line())

    def send(self, command: Command) -> None:
        """Hand over a command; PlayerError if nobody is there to take it."""
        self._write(to_line(command))

    def kill(self) -> None:
        """End the process at once; what it had reported is still heard."""
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

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as exc:
            raise self.died() from exc

    def died(self) -> PlayerError:
        """Why it is gone, once it is: how its process ended, and its last words."""
        self._process.wait()
        for thread in self._threads:
            thread.join()
        last_words = "".join(self._last_words).strip() or "it said nothing"
        return PlayerError(
            f"the process that plays ended with status {self._process.returncode}. Its last words: {last_words}"
        )

    def _read_reports(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._hear(self, from_line(line))  # type: ignore[arg-type]
        self._hear(self, None)

    def _read_stderr(self, stream: IO[bytes]) -> None:
        # What MIDI libraries write there in C is not for the user; the end of it is kept in case the process dies.
        for line in stream:
            self._last_words.append(line.decode(errors="replace"))
