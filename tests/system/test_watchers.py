"""Whoever watches a take and takes nothing holds up neither the music nor the end."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.support.jack import LIMIT_S, JackServer, Receiver
from tests.support.models import toy_model
from tests.support.playing import LAST_MESSAGE, PLAY, ends_released, note_messages, running
from tests.support.show import Terminal

pytestmark = [
    pytest.mark.midi,
    pytest.mark.skipif(sys.platform != "linux", reason="pipes of a known size, and terminals of POSIX"),
]

F_SETPIPE_SZ = 1031
NOTES_WHILE_STUCK = 300
"""Of the toy model, at the tempo below; their events are thirty times what a pipe of 4,096 bytes holds."""


def flags_for(folder: Path) -> tuple[str, ...]:
    model = ("--preset", "classic", "--model", str(toy_model(folder)), "--seed", "5")
    return (*model, "--steps", "4000", "--port", "stranger", "--tempo", "900", "--out", "take.mid")


def check_end(receiver: Receiver, folder: Path) -> None:
    assert receiver.sounding() == set()
    assert receiver.messages()[-1] == LAST_MESSAGE
    assert note_messages(folder / "take.mid")
    assert ends_released(folder / "take.mid")


def test_a_pipe_that_is_not_read(jack: JackServer, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    command = [*PLAY, *flags_for(tmp_path), "--json"]
    with Receiver(jack) as receiver, running(command, jack, tmp_path, writer) as process:
        os.close(writer)
        receiver.wait_for(2 * NOTES_WHILE_STUCK)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        assert (process.wait(LIMIT_S), said) == (
            0,
            "Standard output was not read, so the rest of it is lost; the take is not.\n",
        )
    os.close(reader)
    check_end(receiver, tmp_path)


def test_a_full_disk(jack: JackServer, tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    command = [*PLAY, *flags_for(tmp_path), "--json"]
    with Receiver(jack) as receiver, running(command, jack, tmp_path, full) as process:
        os.close(full)
        receiver.wait_for(2 * NOTES_WHILE_STUCK)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        assert said.startswith("Error: Standard output cannot be written (No space left on device)")
        assert (process.wait(LIMIT_S), said.count("\n")) == (2, 1)
    check_end(receiver, tmp_path)


@pytest.mark.parametrize(
    ("flags", "shown"),
    [(("--ui",), b"\x1b[?1049h"), ((), b"notes"), (("--json",), b"bar-began")],
    ids=["screen", "words", "json"],
)
def test_a_stopped_terminal(jack: JackServer, tmp_path: Path, flags: tuple[str, ...], shown: bytes) -> None:
    with Receiver(jack) as receiver, Terminal(jack, tmp_path, *flags_for(tmp_path), modes=flags) as terminal:
        terminal.wait_for(shown)
        terminal.stop()
        played = len(receiver.messages())
        receiver.wait_for(played + 2 * NOTES_WHILE_STUCK)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(LIMIT_S) == 0
    check_end(receiver, tmp_path)
