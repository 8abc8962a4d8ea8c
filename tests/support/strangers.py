"""Third-party programs that receive MIDI from a JACK server and write it to a file."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.jack import JackServer, wait_until


@contextmanager
def listening(jack: JackServer, port: str, log: Path, *command: str) -> Iterator[None]:
    """Run a program until the block ends; the block begins when its port exists.

    Its output goes to `log` line by line; its input is open and empty. It is ended with SIGTERM.
    """
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["stdbuf", "-oL", *command],
            env=os.environ | jack.environment,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=written,
        )
    try:
        try:
            wait_until(lambda: port in jack.ports(), port)
        except AssertionError as error:
            raise AssertionError(f"{error}; {command[0]} said: {log.read_text()[-500:]}") from None
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()


def dumped(log: Path) -> list[tuple[int, bytes]]:
    """Return the messages that `jack_midi_dump -a` has printed so far, with the frame since its start.

    A line is `34624: 90 3c 64 note on (channel 0): ...`.
    """
    lines = re.findall(r"^\s*(\d+): ((?:[0-9a-f]{2}\b ?)+)", log.read_text(), re.M)
    return [(int(frame), bytes.fromhex(message)) for frame, message in lines]


def dumped_messages(log: Path) -> list[bytes]:
    """Return the messages that `jack_midi_dump -a` has printed so far."""
    return [message for _, message in dumped(log)]
