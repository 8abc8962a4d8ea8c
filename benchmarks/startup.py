"""How soon the first note sounds: from process start to its arrival, against `import tensorflow` alone, in one run.

    python -m benchmarks.startup [--json] [--runs 10]

With jackd on the machine, a JACK server is started and another process receives the note. Without, there is no MIDI
system to play to, and what is timed is the whole of `render` for the first step, until the take lies on disk.
Every start but the first finds its modules compiled, as after any start since they were installed; that first start
of each program is told apart (`first_start_s`) and is no part of the medians.
Memory is what the two processes of `play` hold while they play: resident, shared libraries counted in both, the
JACK server's own shared memory (about 100 MB that every client maps) left out.
Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.support.jack import JackServer, Receiver, is_installed

PLAY = [sys.executable, "-m", "musicgen_live"]


def keeping_bytecode(folder: Path) -> dict[str, str]:
    """The environment, with compiled modules kept in `folder`, even where the environment forbids Python to keep any.

    What is measured is then not the compiler, and nothing is left in the checkout.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder)}


def import_tensorflow_s(environment: dict[str, str]) -> float:
    """Seconds that a fresh process takes to import TensorFlow."""
    environment = environment | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", "import tensorflow"], env=environment, check=True, capture_output=True)
    return time.monotonic() - start


def first_note_at_receiver(server: JackServer, folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from start to the first note at another process, and the MB that `play` then holds."""
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
    """Seconds from start until a take of one bar is written; no memory, for nothing plays."""
    start = time.monotonic()
    command = [*PLAY, "render", "--bars", "1", "--out", str(folder / "take.mid")]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.monotonic() - start, None


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children in MB (Linux), without what they share with the JACK server."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    kilobytes = 0
    for one in pids:
        status = Path(f"/proc/{one}/status").read_text()
        kilobytes += sum(int(status.partition(kind)[2].split()[0]) for kind in ("RssAnon:", "RssFile:"))
    return kilobytes / 1024


def measure(runs: int) -> dict[str, object]:
    """Run both ways in turns, so that what else the machine does falls on both."""
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
    notes_s, held_mb = [note_s for note_s, _ in notes], [mb for _, mb in notes if mb is not None]
    return {
        "wire": "JACK" if held_mb else "file",
        "runs": runs,
        "first_start_s": first_start_s,
        "first_note_median_s": statistics.median(notes_s),
        "first_note_max_s": max(notes_s),
        "import_tensorflow_median_s": statistics.median(imports_s),
        "ratio": statistics.median(imports_s) / statistics.median(notes_s),
        "resident_mb": statistics.median(held_mb) if held_mb else None,
    }


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--runs", type=int, default=10)
    given = parser.parse_args()
    result = measure(given.runs)
    if not given.json:
        for name, value in result.items():
            print(f"{name:28} {value}")
    print(json.dumps({name: round(v, 4) if isinstance(v, float) else v for name, v in result.items()}))


if __name__ == "__main__":
    main()
