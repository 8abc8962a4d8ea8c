"""Measures the time from process start to the first note, against `import tensorflow` alone, in one run.

    python -m benchmarks.startup [--quick] [--json]

If jackd is installed, the script starts a JACK server, and another process receives the note. Without it there is no
MIDI system to play to, and the script times `render` for one bar until the take is on disk.
All starts but the first use compiled modules, like every start after the first since the installation. The first start
(`first_start_s`) is separate and not part of the medians.
Memory is that of all processes of `play` during play: resident memory, shared libraries counted in each, without
the JACK server's shared memory (about 100 MB that every client maps).
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.figure import Figure
from tests.support.jack import JackServer, Receiver, is_installed

PLAY = [sys.executable, "-m", "musicgen_live"]


def keeping_bytecode(folder: Path) -> dict[str, str]:
    """Return an environment in which Python stores compiled modules in `folder`, even if ours forbids that.

    So the figures do not include compilation, and the checkout stays clean.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": str(folder)}


def import_tensorflow_s(environment: dict[str, str]) -> float:
    """Return the seconds that a new process takes to import TensorFlow."""
    environment = environment | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", "import tensorflow"], env=environment, check=True, capture_output=True)
    return time.monotonic() - start


def first_note_at_receiver(server: JackServer, folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds from start to the first note at another process, and the memory of `play` in MB."""
    with Receiver(server) as receiver:
        start = time.monotonic()
        play = subprocess.Popen(
            [*PLAY, "play", "--port", receiver.port, "--bars", "4", "--no-record"],
            cwd=folder,
            env=environment | server.environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            receiver.wait_for(4, limit_s=30)
            megabytes = resident_mb(play.pid)
        finally:
            play.terminate()
            play.wait()
        return receiver.received[0].at_s - start, megabytes


def first_note_on_disk(folder: Path, environment: dict[str, str]) -> tuple[float, None]:
    """Return the seconds from start until a take of one bar is on disk; no memory, because nothing plays."""
    start = time.monotonic()
    command = [*PLAY, "render", "--bars", "1", "--out", str(folder / "take.mid"), "--force"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.monotonic() - start, None


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process and its children in MB (Linux), without JACK's shared memory."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    kilobytes = 0
    for each in pids:
        status = Path(f"/proc/{each}/status").read_text()
        kilobytes += sum(int(status.partition(kind)[2].split()[0]) for kind in ("RssAnon:", "RssFile:"))
    return kilobytes / 1024


def measure(runs: int) -> dict[str, Any]:
    """Run both ways in turns, so that other load on the machine affects both."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as closing:
        folder = Path(name)
        environment = keeping_bytecode(folder / "bytecode")
        first_note: Callable[[], tuple[float, float | None]] = partial(first_note_on_disk, folder, environment)
        if is_installed():
            server = closing.enter_context(JackServer(folder / "jackd.log"))
            first_note = partial(first_note_at_receiver, server, folder, environment)
        first_start_s, _ = first_note()
        import_tensorflow_s(environment)
        notes, imports_s = [], []
        for _ in range(runs):
            notes.append(first_note())
            imports_s.append(import_tensorflow_s(environment))
    notes_s, resident = [note_s for note_s, _ in notes], [mb for _, mb in notes if mb is not None]
    return {
        "wire": "JACK" if resident else "file",
        "runs": runs,
        "first_start_s": first_start_s,
        "first_note_median_s": statistics.median(notes_s),
        "first_note_max_s": max(notes_s),
        "import_tensorflow_median_s": statistics.median(imports_s),
        "ratio": statistics.median(imports_s) / statistics.median(notes_s),
        "resident_mb": statistics.median(resident) if resident else None,
    }


def measured(quick: bool) -> dict[str, Any]:
    """Run both ways ten times each, or three times."""
    return measure(3 if quick else 10)


def figures_of(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    where = "at another process over JACK" if result["wire"] == "JACK" else "in a file"
    memory = () if result["resident_mb"] is None else (_memory(result["resident_mb"]),)
    return (
        Figure(
            name=f"process start to the first note {where}",
            value=result["first_note_median_s"],
            unit="s",
            peer="`import tensorflow` alone",
            peer_value=result["import_tensorflow_median_s"],
            times=15,
            limit="Python starts twice, as the player is a process of its own, and NumPy is imported",
            telling=True,
        ),
        Figure(name="the very first start, which compiles", value=result["first_start_s"], unit="s"),
        *memory,
    )


def _memory(resident_mb: float) -> Figure:
    return Figure(
        name="memory of `play`, all its processes",
        value=resident_mb,
        unit="MB",
        at_most=80,
        limit="Python with the program takes 22 MB, NumPy 24 and its workspace for products 6, the weights of `piano` "
        "with the tables of its inputs 34, the player 21, and the rest is its prompts and what a take remembers",
    )


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
