"""`play` as a user runs it, in a process of its own, and the file that it leaves."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mido

from tests.support.jack import JackServer, wait_until
from tests.support.models import toy_model


@contextmanager
def playing(jack: JackServer, folder: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """`musicgen-live play` in a session of its own, so that Ctrl-C can be sent to its whole group."""
    # The preset that leaves everything as `Settings` has it.
    model = ("--preset", "classic", "--model", str(toy_model(folder)))
    command = [sys.executable, "-m", "musicgen_live", "play", *model, *flags]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | jack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def note_messages(path: Path) -> list[bytes]:
    return [bytes(m.bytes()) for m in mido.MidiFile(path).tracks[1] if m.type in ("note_on", "note_off")]


def ends_released(path: Path) -> bool:
    """Whether a file can be read and every note in it ends."""
    sounding: set[int] = set()
    for status, pitch, _ in note_messages(path):
        (sounding.add if status & 0xF0 == 0x90 else sounding.discard)(pitch)
    return not sounding


SILENCE = [bytes((0xB0, 120, 0)), bytes((0xB0, 123, 0))]


def player_of(process: subprocess.Popen[str]) -> int:
    """The number of the process that plays."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(lambda: children.read_text() != "", "a player")
    return int(children.read_text().split()[0])


TEMPO = 240


MUSIC = (
    "--preset", "sonatina", "--meter", "4/4", "--key", "C major", "--density", "dense", "--tempo", str(TEMPO),
    "--seed", "3", "--port", "stranger",
)  # fmt: skip


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
