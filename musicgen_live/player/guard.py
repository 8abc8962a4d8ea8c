"""The process that releases the notes of a player that was killed together with its session.

The player starts it, `python -P -m musicgen_live.player.guard`, and writes to it each message that a port gets. It
waits for the end of that pipe, and imports nothing of MIDI before. If the session lives on, it starts another player,
which silences the ports; if not, the guard does. It reaches ports that exist: a port that the player has created ends
with the player, and with it every connection.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import NOTE_OFF

RECORD_BYTES = 4
"""The number of a port, and a channel message, filled up to three bytes."""

RECENT_S = 0.5
"""A note-off of the last moment in which the player sent something is sent again: a JACK client that is killed before
the next cycle takes it along, and so does one that gives up to close its port, because the server hangs."""

SESSION_ENDS_S = 1.0
"""The time in which a session must end after its player to count as killed together with it."""

LOOK_EVERY_S = 0.02

_MOST_FILES = 4096


class Guard:
    """The player's end of the pipe. The process starts with the first `start` after a message."""

    def __init__(self) -> None:
        self._early = bytearray()
        self._is_started = False
        self._pipe: int | None = None
        self._pid: int | None = None

    def record(self, port: int, message: bytes) -> None:
        """Note a message that a port gets, by the number of the port. Never waits."""
        if message[0] >= 0xF0:
            return
        record = bytes((port, *message)).ljust(RECORD_BYTES, b"\0")
        if self._pipe is None:
            if not self._is_started:
                self._early += record
            return
        try:
            os.write(self._pipe, record)
        except (BlockingIOError, BrokenPipeError):
            # The guard stands still or was killed. The music does not need it.
            self.close()

    @property
    def awaits_start(self) -> bool:
        """True if a message was sent, and the process was not started yet."""
        return not self._is_started and bool(self._early)

    def start(self, ports: Sequence[str]) -> None:
        """Start the process for ports, by number, if it awaits that; takes a millisecond.

        If the system allows no other process, the music goes on without a guard.
        """
        if not self.awaits_start:
            return
        self._is_started = True
        read, write = os.pipe()
        try:
            self._pid = _spawn(read, ports)
        except OSError:
            os.close(write)
            return
        finally:
            os.close(read)
        self._pipe = write
        os.write(write, self._early)
        self._early.clear()
        os.set_blocking(write, False)

    def close(self) -> None:
        """End the process: the ports are silent, or nobody is there to silence them."""
        if self._pipe is None or self._pid is None:
            return
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._pipe)
        self._pipe = None


def _spawn(read: int, ports: Sequence[str]) -> int:
    """Start the process that reads from a pipe, and return its id."""
    spawn = os.posix_spawn
    if hasattr(os, "sched_setscheduler"):
        # The player's real-time priority is not for its children.
        spawn = partial(os.posix_spawn, scheduler=(os.SCHED_OTHER, os.sched_param(0)))
    # Not `subprocess`: to import it takes longer than to start the process.
    return spawn(
        sys.executable,
        [sys.executable, "-P", "-m", "musicgen_live.player.guard", str(os.getppid()), *ports],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, read, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )


class SoundingPort:
    """The notes that sound at a port, and those that were released just now."""

    def __init__(self) -> None:
        self._hanging = HangingNotes()
        self._latest: deque[tuple[float, bytes]] = deque(maxlen=128)
        self._updated_s = 0.0

    def update(self, at_s: float, message: bytes) -> None:
        """Take a message into account that the port got at a moment."""
        self._updated_s = at_s
        self._hanging.update(message)
        if message[0] & 0xF0 == NOTE_OFF:
            self._latest.append((at_s, message))

    def releases(self) -> list[bytes]:
        """Return the messages that release everything."""
        latest = {bytes((*message[:2], 0)) for at_s, message in self._latest if self._updated_s - at_s < RECENT_S}
        return sorted(latest.union(self._hanging.messages()))


def has_ended(pid: int) -> bool:
    """Return True if a process has ended, or ends within `SESSION_ENDS_S`."""
    until_s = time.monotonic() + SESSION_ENDS_S
    while _runs(pid):
        if time.monotonic() > until_s:
            return False
        time.sleep(LOOK_EVERY_S)
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # On Linux: one that has ended stays in the list until its parent asks for its status.
        status = Path(f"/proc/{pid}/stat")
        return not (Path("/proc/self/stat").exists() and status.read_bytes().rpartition(b") ")[2][:1] == b"Z")
    except (ProcessLookupError, FileNotFoundError):
        return False


def _silence(name: str, releases: Sequence[bytes]) -> None:
    from musicgen_live.errors import MusicgenError
    from musicgen_live.midi.hanging_notes import silence
    from musicgen_live.midi.port import open_port

    try:
        output = open_port(name)
        for message in silence(sorted({message[0] & 0x0F for message in releases}), releases):
            output.send(0, message)
        output.close()
    except (MusicgenError, OSError):
        return  # The port is gone too, so nothing sounds there.


def main() -> None:
    """Read what the ports get; when the player has ended, and the session too, release what sounds."""
    # Ctrl-C and the end of a terminal reach every process there; the player decides what to do about them.
    os.setsid()
    session, names = int(sys.argv[1]), sys.argv[2:]
    # The files of the player's MIDI clients would keep them alive beyond its death.
    os.closerange(3, _MOST_FILES)
    ports = [SoundingPort() for _ in names]
    while len(record := sys.stdin.buffer.read(RECORD_BYTES)) == RECORD_BYTES:
        ports[record[0]].update(time.monotonic(), record[1:])
    if has_ended(session):
        for name, port in zip(names, ports, strict=True):
            if releases := port.releases():
                _silence(name, releases)


if __name__ == "__main__":
    main()
