"""Plays for a long time over JACK, and measures drift, late notes, memory and the take, every minute.

    python -m benchmarks.soak [--json] [--minutes 60] [--preset sonatina]

`play` runs as a user starts it, into another process over a new JACK server (jackd, dummy driver), and is ended with
Ctrl-C. `drift` is the delay of the notes of a minute against the grid of the take, less that of the first minute: the
tick of each note-on in the take says when it was due, the receiver says when it came. Its resolution is the server's
period of 5.3 ms, so it is the median over all notes of the minute. `late` is the delay with which note-ons were sent,
by the program's own report. Memory is the resident memory of each process without the JACK server's, which every client
maps. `written` is what all processes of `play` have written to disk, by the kernel's count.
Prints a table while it plays, and one JSON line last.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks.quantiles import quantile
from benchmarks.startup import PLAY
from musicgen_live.midi.messages import is_note_on
from musicgen_live.music.notes import PPQ
from tests.support.jack import JackServer, Received, Receiver, is_installed
from tests.support.playing import child_pids, note_ons_of

TEMPO = 120
MINUTE_S = 60.0
END_LIMIT_S = 30.0
FAR_OFF_S = 0.4
"""A note that arrives further from its moment is another one of the same pitch."""
SETTLED_MINUTES = 5
"""The minutes after which memory should grow no more."""


@dataclass
class Minute:
    """The figures of a minute."""

    minute: int
    notes: int
    late_p99_ms: float
    late_max_ms: float
    session_mb: float
    player_mb: float
    take_kb: float
    written_mb: float


@dataclass
class Lates:
    """The delays that `play` has reported since the last look, and the number of dropped notes."""

    late_ms: list[float] = field(default_factory=list)
    dropped: int = 0

    def read(self, lines: Sequence[str]) -> None:
        """Add the events of lines of JSON."""
        for line in lines:
            event = json.loads(line)
            if event["event"] == "struck":
                self.late_ms += event["late_ms"]
                self.dropped += event["dropped"]


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB (Linux), without JACK's shared memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return sum(int(status.partition(kind)[2].split()[0]) for kind in ("RssAnon:", "RssFile:")) / 1024


def written_bytes(pid: int) -> int:
    """Return the bytes that a process has written to disk."""
    counts = Path(f"/proc/{pid}/io").read_text()
    return int(counts.partition("\nwrite_bytes: ")[2].split()[0])


def waiting(lines: queue.SimpleQueue[str]) -> list[str]:
    """Return the lines that have arrived."""
    found = []
    while not lines.empty():
        found.append(lines.get())
    return found


def soak(minutes: int, preset: str, folder: Path, server: JackServer, *, prints: bool) -> dict[str, Any]:
    """Play for some minutes, and return the figures."""
    command = [*PLAY, "play", "--preset", preset, "--tempo", str(TEMPO), "--seed", "1", "--json", "--out", "take.mid"]
    with Receiver(server) as receiver:
        play = subprocess.Popen(
            [*command, "--bars", "1000000", "--port", receiver.port],
            cwd=folder,
            env=os.environ | server.environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            rows, dropped = _watched(play, minutes, folder / "take.mid", prints=prints)
            play.send_signal(signal.SIGINT)
            play.wait(END_LIMIT_S)
        finally:
            play.kill()
            play.wait()
        ticks, received = note_ons_of(folder / "take.mid"), receiver.received
    drifts_ms = drifts(ticks, received)
    settled = rows[min(SETTLED_MINUTES, len(rows)) - 1]
    return {
        "minutes": minutes,
        "status": play.returncode,
        "notes_in_take": len(ticks),
        "notes_received": sum(1 for each in received if is_note_on(each.message)),
        "dropped": dropped,
        "drift_ms": [round(each, 2) for each in drifts_ms],
        "drift_last_ms": round(drifts_ms[-1], 2),
        "late_p99_ms": max(row.late_p99_ms for row in rows),
        "late_max_ms": max(row.late_max_ms for row in rows),
        "session_growth_mb": round(rows[-1].session_mb - settled.session_mb, 2),
        "player_growth_mb": round(rows[-1].player_mb - settled.player_mb, 2),
        "written_mb": rows[-1].written_mb,
        "rows": [asdict(row) for row in rows],
    }


def _read(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in stream:
        lines.put(line)


def _watched(play: subprocess.Popen[str], minutes: int, take: Path, *, prints: bool) -> tuple[list[Minute], int]:
    """Look at a running program every minute; return the figures, and the number of notes dropped."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert play.stdout is not None
    threading.Thread(target=_read, args=(play.stdout, lines), daemon=True).start()
    lates, rows, begin_s = Lates(), [], time.monotonic()
    if prints:
        print("minute  notes  late p99  late max ms  session MB  player MB  take kB  written MB", flush=True)
    for minute in range(1, minutes + 1):
        while (left_s := begin_s + minute * MINUTE_S - time.monotonic()) > 0:
            time.sleep(min(1.0, left_s))
            lates.read(waiting(lines))
        (player,) = child_pids(play.pid, b"musicgen_live.player.process")
        late_ms, lates.late_ms = lates.late_ms or [0.0], []
        row = Minute(
            minute,
            len(late_ms),
            round(quantile(late_ms, 0.99), 2),
            round(max(late_ms), 2),
            round(resident_mb(play.pid), 1),
            round(resident_mb(player), 1),
            round(take.stat().st_size / 1e3, 1),
            round((written_bytes(play.pid) + written_bytes(player)) / 1e6, 1),
        )
        rows.append(row)
        if prints:
            columns = zip(asdict(row).values(), (6, 7, 10, 13, 12, 11, 9, 12), strict=True)
            print("".join(f"{value:>{width}}" for value, width in columns), flush=True)
    return rows, lates.dropped


def drifts(take: Sequence[tuple[int, int]], received: Sequence[Received]) -> list[float]:
    """Return the median delay of each minute's notes in ms, against those of the first minute.

    A note of the take is looked for where the minute before leads to expect it, because a busy machine loses some.
    """
    arrivals: dict[int, list[float]] = {}
    for each in received:
        if is_note_on(each.message):
            arrivals.setdefault(each.message[1], []).append(each.at_s)
    # The first note is the first to arrive.
    offset_s = min(times_s[0] for times_s in arrivals.values()) - take[0][0] / PPQ * 60 / TEMPO
    medians_s: list[float] = []
    for _, notes in itertools.groupby(take, lambda note: int(note[0] / PPQ * 60 / TEMPO // MINUTE_S)):
        found = []
        for tick, pitch in notes:
            due_s = tick / PPQ * 60 / TEMPO
            nearest_s = min(arrivals.get(pitch, [math.inf]), key=lambda at_s: abs(at_s - due_s - offset_s))
            if abs(nearest_s - due_s - offset_s) < FAR_OFF_S:
                found.append(nearest_s - due_s)
        if found:
            offset_s = statistics.median(found)
            medians_s.append(offset_s)
    return [1000 * (median_s - medians_s[0]) for median_s in medians_s]


def main() -> None:
    """Parse the arguments, play, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--preset", default="sonatina")
    given = parser.parse_args()
    if not is_installed():
        sys.exit("This needs jackd and its tools (Debian, Ubuntu: sudo apt install jackd2 jack-tools).")
    with tempfile.TemporaryDirectory() as name:
        server = JackServer(Path(name) / "jackd.log").start()
        try:
            result = soak(given.minutes, given.preset, Path(name), server, prints=not given.json)
        finally:
            server.stop()
    if not given.json:
        for key, value in result.items():
            if key not in ("rows", "drift_ms"):
                print(f"{key:20}{value}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
