"""PipeWire as the JACK server that DAWs use on Linux today, without sound hardware, session bus and session manager.

With jackd2's dummy server three in ten starts of Ardour failed in a trial, with PipeWire none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.midi.advice import find_pipewire
from tests.support.jack import wait_until

QUANTUM_SAMPLES = 1024
"""The length of a cycle, 21 ms: with 256 samples Ardour lost the notes of an eighth in a run on a loaded machine."""


def is_installed() -> bool:
    """Return True if PipeWire and its JACK part are installed."""
    return all(shutil.which(tool) for tool in ("pipewire", "pw-jack"))


@dataclass(frozen=True)
class PipeWireServer:
    """A running PipeWire, with the environments in which programs find it."""

    runtime: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs that link the system's libjack, run under `pw-jack`."""
        return {"XDG_RUNTIME_DIR": str(self.runtime), "PIPEWIRE_QUANTUM": f"{QUANTUM_SAMPLES}/48000"}

    @property
    def our_environment(self) -> dict[str, str]:
        """The environment of python-rtmidi's wheel, which brings its own libjack; `musicgen-live doctor` advises it."""
        pipewire = find_pipewire(self.environment)
        assert pipewire.is_running
        assert pipewire.libjack is not None
        return {**self.environment, "LD_PRELOAD": pipewire.libjack}

    def ports(self) -> list[str]:
        run = subprocess.run(
            ["pw-jack", "jack_lsp"],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return run.stdout.split("\n")[:-1] if run.returncode == 0 else []


@contextmanager
def pipewire(folder: Path) -> Iterator[PipeWireServer]:
    """Run a server in its own folder until the block ends."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    server = PipeWireServer(runtime)
    environment = {name: value for name, value in os.environ.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    with (folder / "pipewire.log").open("wb") as log:
        process = subprocess.Popen(
            ["pipewire"],
            env=environment | server.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until((runtime / "pipewire-0").exists, "PipeWire's socket")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
