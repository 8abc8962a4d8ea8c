"""Plays for a long time over JACK, and measures drift, late notes, memory and the take, every minute.

    python -m benchmarks.soak [--quick] [--json] [--minutes 60] [--preset sonatina]

`play` runs as a user starts it, into another process over a new JACK server (jackd, dummy driver), and is ended with
Ctrl-C. `drift` is the delay of the notes of a minute against the grid of the take, less that of the first minute: the
tick of each note-on in the take says when it was due, the receiver says when it came. Its resolution is the server's
period of 5.3 ms, so it is the median over all notes of the minute. `late` is the delay with which note-ons were sent,
by the program's own report. Memory is the resident memory of each process without the JACK server's, which every client
maps. `written` is what all processes of `play` have written to disk, by the kernel's count.
A table of the minutes goes to standard error while it plays. `--quick` plays for two minutes.
"""

from __future__ import annotations

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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks import command
from benchmarks.figure import Figure, LeftOutError
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
TOLD_MINUTES = (1, 20, 30, 60)
"""The minutes of which the figures have the memory."""


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


def soak(minutes: int, preset: str, folder: Path, server: JackServer) -> dict[str, Any]:
    """Play for some minutes, and return what was measured."""
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
            rows, dropped = _watched(play, minutes, folder / "take.mid")
            play.send_signal(signal.SIGINT)
            play.wait(END_LIMIT_S)
        finally:
            play.kill()
            play.wait()
        ticks, received = note_ons_of(folder / "take.mid"), receiver.received
    drifts_ms = drifts(ticks, received)
    return {
        "minutes": minutes,
        "status": play.returncode,
        "notes_in_take": len(ticks),
        "notes_received": sum(1 for each in received if is_note_on(each.message)),
        "dropped": dropped,
        "drift_least_ms": round(min(drifts_ms), 2),
        "drift_greatest_ms": round(max(drifts_ms), 2),
        "drift_last_ms": round(drifts_ms[-1], 2),
        "late_p99_ms": max(row.late_p99_ms for row in rows),
        "late_max_ms": max(row.late_max_ms for row in rows),
        "memory_mb": {
            str(row.minute): {"session": row.session_mb, "player": row.player_mb}
            for row in rows
            if row.minute in TOLD_MINUTES
        },
        "take_kb": rows[-1].take_kb,
        "written_mb": rows[-1].written_mb,
    }


def _read(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in stream:
        lines.put(line)


def _watched(play: subprocess.Popen[str], minutes: int, take: Path) -> tuple[list[Minute], int]:
    """Look at a running program every minute; return the figures, and the number of notes dropped."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert play.stdout is not None
    threading.Thread(target=_read, args=(play.stdout, lines), daemon=True).start()
    lates, rows, begin_s = Lates(), [], time.monotonic()
    print("minute  notes  late p99  late max ms  session MB  player MB  take kB  written MB", file=sys.stderr)
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
        columns = zip(asdict(row).values(), (6, 7, 10, 13, 12, 11, 9, 12), strict=True)
        print("".join(f"{value:>{width}}" for value, width in columns), file=sys.stderr)
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


def measured(quick: bool, minutes: int | None = None, preset: str = "sonatina") -> dict[str, Any]:
    """Play for an hour, or for two minutes."""
    if not is_installed():
        raise LeftOutError("a JACK server (sudo apt install jackd2)")
    with tempfile.TemporaryDirectory() as name, JackServer(Path(name) / "jackd.log") as server:
        return soak(minutes or (2 if quick else 60), preset, Path(name), server)


def figures_of(result: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(_figures(result))


def _figures(result: Mapping[str, Any]) -> Iterator[Figure]:
    yield Figure(name=f"notes in the take of {result['minutes']} minutes", value=result["notes_in_take"])
    yield Figure(name="notes that reached the receiver", value=result["notes_received"])
    yield Figure(name="notes left out, as they came more than 0.25 s late", value=result["dropped"])
    for kind, words in (
        ("least", "the least of a minute"),
        ("greatest", "the greatest"),
        ("last", "the last minute's"),
    ):
        yield Figure(
            name=f"median drift against the grid, {words}; the server's period is 5.3 ms",
            value=result[f"drift_{kind}_ms"],
            unit="ms",
        )
    late = "delay of sent notes"
    yield Figure(name=f"{late}: the highest 99th percentile of a minute", value=result["late_p99_ms"], unit="ms")
    yield Figure(name=f"{late}: the greatest", value=result["late_max_ms"], unit="ms")
    for process in ("session", "player"):
        for minute, memory_mb in result["memory_mb"].items():
            yield Figure(name=f"memory of the {process} in minute {minute}", value=memory_mb[process], unit="MB")
    yield Figure(name="the file while it grew, with its room", value=result["take_kb"], unit="kB")
    yield Figure(name="written to disk by all processes", value=result["written_mb"], unit="MB")


def main() -> None:
    """Parse the arguments, play, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--minutes", type=int, help="how long it plays; 60 by default")
    parser.add_argument("--preset", default="sonatina")
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.minutes, given.preset), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
