"""How soon the first note sounds: from process start to its arrival, against `import tensorflow` alone, in one run.

    python -m benchmarks.startup [--json] [--runs 10]

With jackd on the machine, a JACK server is started and another process receives the note. Without, there is no MIDI
system to play to, and what is timed is the whole of `render` for the first step, until the take lies on disk.
Memory is what the two processes of `play` hold while they play: resident, shared libraries counted in both, the
JACK server's own shared memory (about 100 MB that every client maps) left out.
Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.midi.jack import JackServer, Receiver, is_installed

PLAY = [sys.executable, "-m", "musicgen_live"]


def import_tensorflow_s() -> float:
    """Seconds that a fresh process takes to import TensorFlow."""
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", "import tensorflow"], env=environment, check=True, capture_output=True)
    return time.monotonic() - start


def first_note_at_receiver(server: JackServer, folder: Path) -> tuple[float, float]:
    """Seconds from start to the first note at another process, and the MB that `play` then holds."""
    with Receiver(server) as receiver:
        start = time.monotonic()
        play = subprocess.Popen(
            [*PLAY, "play", "--port", receiver.port, "--steps", "16", "--no-record"],
            cwd=folder,
            env=os.environ | server.environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            receiver.wait_for(4, limit_s=30)
            megabytes = resident_mb(play.pid)
        finally:
            play.terminate()
            play.wait()
        return receiver.received[0].at_s - start, megabytes


def first_note_on_disk(folder: Path) -> float:
    """Seconds from start until a take of one step is written."""
    start = time.monotonic()
    out = str(folder / "take.mid")
    subprocess.run([*PLAY, "render", "--steps", "1", "--out", out], check=True, capture_output=True)
    return time.monotonic() - start


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
    notes_s, imports_s, megabytes = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if is_installed():
            with JackServer(folder / "jackd.log") as server:
                for _ in range(runs):
                    note_s, held_mb = first_note_at_receiver(server, folder)
                    notes_s.append(note_s)
                    megabytes.append(held_mb)
                    imports_s.append(import_tensorflow_s())
        else:
            for _ in range(runs):
                notes_s.append(first_note_on_disk(folder))
                imports_s.append(import_tensorflow_s())
    return {
        "wire": "JACK" if megabytes else "file",
        "runs": runs,
        "first_note_median_s": statistics.median(notes_s),
        "first_note_max_s": max(notes_s),
        "import_tensorflow_median_s": statistics.median(imports_s),
        "ratio": statistics.median(imports_s) / statistics.median(notes_s),
        "resident_mb": statistics.median(megabytes) if megabytes else None,
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
