"""Runs `play --json` in a child process and reads its events, and `play --ui` on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from musicgen_live.midi.messages import NOTE_ON
from tests.support.jack import LIMIT_S, JackServer, wait_until
from tests.support.playing import PLAY, player_pids

EventLine = dict[str, Any]
"""An event as a line of JSON."""

ROWS, COLUMNS = 24, 80


class Show:
    """Runs `play --json` until the block ends; then it is ended by Ctrl-C, and must exit cleanly."""

    def __init__(self, jack: JackServer, folder: Path, *flags: str) -> None:
        self._command = [*PLAY, "--json", *flags]
        self._folder = folder
        self._environment = os.environ | jack.environment
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for("opened")
        except AssertionError:
            self._end()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(LIMIT_S)
        code = self.process.returncode
        errors = self._end()
        if kind is None:
            assert (code, errors) == (0, "")
            assert self.events[-1] == {"event": "ended"}

    def _end(self) -> str:
        self.process.kill()
        self.process.wait()
        self._reader.join(10)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        with self.process.stderr as stream:
            return stream.read()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)

    @property
    def events(self) -> list[EventLine]:
        """All events so far; ValueError on a line that is no JSON."""
        return [json.loads(line) for line in self._lines if line.endswith("\n")]

    def events_of(self, event: str, **values: object) -> list[EventLine]:
        """Return the events of a kind that have these values."""
        return [e for e in self.events if e["event"] == event and all(e[name] == v for name, v in values.items())]

    def wait_for(self, event: str, count: int = 1, limit_s: float = LIMIT_S, **values: object) -> list[EventLine]:
        """Wait until `count` events of a kind were published, and return them."""

        def is_so() -> bool:
            if self.process.poll() is not None:
                assert self.process.stderr is not None
                raise AssertionError(f"play has ended: {self.process.stderr.read()}")
            return len(self.events_of(event, **values)) >= count

        try:
            wait_until(is_so, f"{count} times {event} {values}", limit_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; of that kind there are: {self.events_of(event)}") from None
        return self.events_of(event, **values)

    def sent(self) -> list[tuple[int, bytes]]:
        """Return the tick of the take and the bytes of each message sent."""
        return [(e["take_tick"], bytes.fromhex(m)) for e in self.events_of("struck") for m in e["messages"]]

    def note_ons(self) -> list[tuple[int, int]]:
        """Return the tick of the take and the pitch of each note-on sent."""
        return [(tick, message[1]) for tick, message in self.sent() if message[0] & 0xF0 == NOTE_ON]

    def plan(self) -> list[tuple[int, int]]:
        """Return tick and pitch of each note by the latest plans."""
        plan: list[tuple[int, int]] = []
        for event in self.events_of("planned"):
            plan = [note for note in plan if note[0] < event["tick"]]
            plan += [(note[0], note[2]) for note in event["notes"]]
        return sorted(plan)

    def player_pid(self) -> int:
        """Return the id of the player process."""
        return player_pids(self.process.pid)[0]


class Terminal:
    """A pseudo-terminal of 80x24 on which `play` runs, by default with `--ui`; `shown` is all that was written."""

    def __init__(self, jack: JackServer, folder: Path, *flags: str, modes: Sequence[str] = ("--ui",)) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._was = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.shown = b""
        self.process = subprocess.Popen(
            [*PLAY, *modes, *flags],
            cwd=folder,
            env=os.environ | jack.environment | {"TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._theirs)
        os.close(self._ours)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def stop(self) -> None:
        """Take nothing more, as after Ctrl-S."""
        termios.tcflow(self._theirs, termios.TCOOFF)

    def wait_for(self, text: bytes) -> None:
        """Read until a text was written."""
        end_s = time.monotonic() + LIMIT_S
        while text not in self.shown:
            assert time.monotonic() < end_s, f"waited in vain for {text!r} in {self.shown[-2000:]!r}"
            self._read(0.1)

    def wait_for_end(self) -> int:
        """Read until the program has ended, and return its exit status."""
        end_s = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < end_s, "it does not end"
            self._read(0.1)
        self._read(0.0)
        return self.process.returncode

    def is_as_it_was(self) -> bool:
        """Return True if the terminal has its former settings, screen and cursor."""
        last_screen = self.shown.rfind(b"\x1b[?1049")
        last_cursor = self.shown.rfind(b"\x1b[?25")
        return (
            termios.tcgetattr(self._theirs) == self._was
            and self.shown[last_screen:].startswith(b"\x1b[?1049l")
            and self.shown[last_cursor:].startswith(b"\x1b[?25h")
        )

    def _read(self, timeout_s: float) -> None:
        while select.select([self._ours], [], [], timeout_s)[0]:
            self.shown += os.read(self._ours, 65536)
            timeout_s = 0.0
