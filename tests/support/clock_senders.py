"""Programs that send MIDI clock over JACK: `jack_midi_clock` with JACK's transport, and a script with python-rtmidi."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.jack import JackServer

CLOCK_PORT = "musicgen-live clock:in"


class Transport:
    """JACK's transport and `jack_midi_clock`, which together act as a DAW with play, stop and locate."""

    def __init__(self, jack: JackServer, tempo: int) -> None:
        self._environment = os.environ | jack.environment
        self._tempo = tempo

    def __enter__(self) -> Transport:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": self._environment}
        # Half a second, instead of two, from a song position to continue.
        command = ["jack_midi_clock", "-d", "0.5", "-b", str(self._tempo), CLOCK_PORT]
        self._clock = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
        self._transport = subprocess.Popen(["jack_transport"], stdin=subprocess.PIPE, text=True, **quiet)  # type: ignore[call-overload]
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.communicate("quit\n", timeout=10)
        self._clock.terminate()
        self._clock.wait(10)

    def does(self, *commands: str) -> None:
        """Send commands to `jack_transport`."""
        self._transport.stdin.write("".join(f"{command}\n" for command in commands))
        self._transport.stdin.flush()


class Sender:
    """A process of `send_clock.py`, which is connected to the player's clock port or found by it."""

    def __init__(self, jack: JackServer, name: str = "drums", tempo: float = 150) -> None:
        self.port = f"{name}:out"
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("send_clock.py")), name, str(tempo)],
            env=os.environ | jack.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def does(self, *commands: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{command}\n" for command in commands))
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
