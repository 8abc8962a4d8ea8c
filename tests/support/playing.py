"""Runs `play` in a child process, as a user does, and reads the file of the take."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import mido

from musicgen_live.midi.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE, NOTE_ON
from tests.support.jack import JackServer, wait_until
from tests.support.models import toy_model

PLAY = [sys.executable, "-m", "musicgen_live", "play"]


@contextmanager
def playing(jack: JackServer, folder: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """Run `musicgen-live play` in a new process group, to which Ctrl-C can be sent."""
    # This preset keeps all defaults of `Settings`.
    model = ("--preset", "classic", "--model", str(toy_model(folder)))
    with running([*PLAY, *model, *flags], jack, folder) as process:
        yield process


@contextmanager
def running(
    command: Sequence[str], jack: JackServer | None, folder: Path, output: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a new process group, with its standard output to a descriptor, and with JACK or without."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | (jack.environment if jack else {}),
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def notes_and_length(path: Path) -> tuple[int, int]:
    """Return the number of notes of a file, all of which need a note-off, and its length in ticks."""
    messages = list(mido.MidiFile(path).tracks[1])
    ons = sum(message.type == "note_on" for message in messages)
    assert sum(message.type == "note_off" for message in messages) == ons
    return ons, sum(message.time for message in messages)


def note_messages(path: Path, track: str | None = None) -> list[bytes]:
    """Return the note-ons and note-offs of a take, or of the track of a name, in order."""
    tracks = mido.MidiFile(path).tracks
    merged = mido.merge_tracks(each for each in tracks if track in (None, each.name))
    return [bytes(m.bytes()) for m in merged if m.type in ("note_on", "note_off")]


def note_ons_of(path: Path, track: int = 1) -> list[tuple[int, int]]:
    """Return tick and pitch of each note-on in a track of a take, by default that of the music."""
    found, tick = [], 0
    for message in mido.MidiFile(path).tracks[track]:
        tick += message.time
        if message.type == "note_on":
            found.append((tick, message.note))
    return found


def ends_released(path: Path) -> bool:
    """Return True if every note in a file ends."""
    sounding: set[int] = set()
    for status, pitch, _ in note_messages(path):
        (sounding.add if status & 0xF0 == NOTE_ON else sounding.discard)(pitch)
    return not sounding


LAST_MESSAGE = bytes((CONTROL_CHANGE, ALL_NOTES_OFF, 0))
"""All Notes Off, the last message of a take on channel 1."""

SILENCE = [bytes((CONTROL_CHANGE, ALL_SOUND_OFF, 0)), LAST_MESSAGE]
"""The messages that a new player sends first, on channel 1."""


def child_pids(pid: int, module: bytes) -> list[int]:
    """Return the ids of the children of a process, whichever of its threads started them, that run a module."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread may end meanwhile.
        with suppress(FileNotFoundError, ProcessLookupError):
            children += (task / "children").read_text().split()
    return [int(child) for child in children if module in command_of(int(child))]


def command_of(pid: int) -> bytes:
    """Return the command line of a process; empty if it has ended meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def player_pids(pid: int) -> list[int]:
    """Return the ids of the player processes of a process."""
    return child_pids(pid, b"musicgen_live.player.process")


def player_of(process: subprocess.Popen[str]) -> int:
    """Return the id of the player process, once there is one."""
    wait_until(lambda: player_pids(process.pid) != [], "a player")
    return player_pids(process.pid)[0]


def guard_of(process: subprocess.Popen[str]) -> int:
    """Return the id of the guard of the player, once there is one."""
    player = player_of(process)
    wait_until(lambda: child_pids(player, b"musicgen_live.player.guard") != [], "a guard")
    return child_pids(player, b"musicgen_live.player.guard")[0]


TEMPO = 240

MUSIC = (
    "--preset", "sonatina", "--meter", "4/4", "--key", "C major", "--density", "dense", "--tempo", str(TEMPO),
    "--seed", "3", "--port", "stranger",
)  # fmt: skip


def free_port() -> int:
    """Return a free UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
