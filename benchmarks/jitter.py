"""Measures the delay of sent notes: ours against other libraries, alone and beside a busy thread, in one run.

    python -m benchmarks.jitter [--quick] [--json]
    python -m benchmarks.jitter --minutes 10
    python -m benchmarks.jitter --with web,listen

Each way sends a grid of 125 ms with chords to another process over a new JACK server (jackd, dummy driver). Ours is
the player process, fed two bars ahead by a process in which the network generates and draws a status line; the others
send from their only process. Each way plays twice: `quiet`, and `busy` beside a thread that computes in pure Python
(for ours in the feeding process, which is the one that computes). The player requests real-time priority, as always;
the peers do not. `chrt -r 1 python -m benchmarks.jitter` gives it to all.

`send` is the time before each note-on is sent, against the grid. `arrival` is the time at the receiver, against the
grid of the earliest arrival; its resolution is the server's period of 5.3 ms, so it only shows large deviations.
`drift` is the median delay of the last fifth of the notes minus that of the first fifth. The figures account for every
note: sent, received, missing, and strangers (note-ons that nobody sent, which a receiver reads if a busy machine delays
its cycle). With `--minutes` only ours plays, once and beside the busy thread, long enough to show a drift.
With `--with listen` ours plays alone, without and with our own sound (`play --listen`), on a device that makes none:
the line `ours+listen`; with `web`, Chromium shows the page (`play --web`); with `web,listen` both. These two print a
table of all delays.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.figure import Figure, LeftOutError
from benchmarks.jitter_ways import GRID_S, PEERS, Lateness, due_s, grid_notes
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import Note
from tests.support.jack import PERIOD_FRAMES, RATE_HZ, JackServer, Received, Receiver, is_installed

OURS = "ours"
BESIDE = ("listen", "web", "web,listen")
"""The parts of ours that may run beside it."""
LOADS = {"quiet": "in an idle process", "busy": "beside a busy Python thread"}
NAMES = {"mido": "`mido.MidiFile.play`", "isobar": "isobar", "asyncio": "asyncio", "subsequence": "Subsequence"}

SECONDS = 15.0
"""How long each way plays, twice."""
NEEDS = "a JACK server (sudo apt install jackd2)"
LIMITS = {
    "median": "the further notes of a chord, which are sent behind the first one, are nearly half of all; Subsequence "
    "spins too and lets threads take turns every 0.2 ms, which brings it nearer than the others",
    "p99": "a process that has slept finds little of its code in the caches: the notes of a chord go out one right "
    "after the other, and the first of them takes the longest; besides, a wake-up may be later than the time that is "
    "kept for it",
}

FAR_OFF_S = 0.5
"""Maximum distance of a received note from the due time of the sent note; a pitch repeats after a second."""


def play(server: JackServer, way: str, load: str, steps: int) -> dict[str, Any]:
    """Play one way in a new process, into a new receiver."""
    name, _, beside = way.partition("+")
    flags = [f"--{each}" for each in beside.split(",") if each]
    command = [sys.executable, "-m", "benchmarks.jitter_ways", name, "--steps", str(steps), *flags]
    environment = os.environ | server.environment | {"MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}
    # One BLAS thread, as in `play`: a second one would be load that `play` does not have.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with Receiver(server) as receiver:
        command += ["--port", receiver.port, *(["--busy"] if load == "busy" else [])]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way}, {load}: {done.stderr}")
    sent: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return described(Lateness(**sent), grid_notes(steps), receiver.received)


def described(sent: Lateness, notes: Sequence[Note], received: Sequence[Received]) -> dict[str, Any]:
    """Return the figures of one way, which account for every note."""
    arrived, strangers = matched(notes, received)
    offsets_s = [at_s - due_s(note) for note, at_s in arrived]
    released = sum(1 for each in received if each.message[0] & 0xF0 == NOTE_OFF)
    arrival = Lateness.of([offset_s - min(offsets_s) for offset_s in offsets_s])
    fifth = max(1, len(offsets_s) // 5)
    drift_s = statistics.median(offsets_s[-fifth:]) - statistics.median(offsets_s[:fifth])
    return {
        "notes": len(notes),
        "sent": sent.notes,
        "received": len(arrived),
        "missing": len(notes) - len(arrived),
        "strangers": strangers,
        "releases": released,
        **{f"send_{name}": value for name, value in asdict(sent).items() if name != "notes"},
        **{f"arrival_{name}": value for name, value in asdict(arrival).items() if name != "notes"},
        "drift_ms": round(1000 * drift_s, 3),
    }


def matched(notes: Sequence[Note], received: Sequence[Received]) -> tuple[list[tuple[Note, float]], int]:
    """Return each received note with its time, in order of arrival, and the number of strangers."""
    due: dict[int, list[Note]] = {}
    for note in notes:
        due.setdefault(note.pitch, []).append(note)
    arrived: list[tuple[Note, float]] = []
    strangers = 0
    origin_s: float | None = None
    for each in received:
        if each.message[0] & 0xF0 != NOTE_ON:
            continue
        origin_s = each.at_s if origin_s is None else origin_s
        at_s = each.at_s - origin_s
        waiting = due.get(each.message[1], [])
        nearest = min(waiting, key=lambda note: abs(due_s(note) - at_s), default=None)
        if nearest is None or abs(due_s(nearest) - at_s) > FAR_OFF_S:
            strangers += 1
        else:
            waiting.remove(nearest)
            arrived.append((nearest, each.at_s))
    return arrived, strangers


def measure(seconds: float, chosen: Sequence[str], loads: Sequence[str] = tuple(LOADS)) -> dict[str, Any]:
    """Measure every way with every load, in turns, on one server."""
    if not is_installed():
        raise LeftOutError(NEEDS)
    steps = max(8, round(seconds / GRID_S))
    with tempfile.TemporaryDirectory() as folder, JackServer(Path(folder) / "jackd.log") as server:
        ways = {way: {load: play(server, way, load, steps) for load in loads} for way in chosen}
    return {
        "seconds": steps * GRID_S,
        "grid_ms": 1000 * GRID_S,
        "period_ms": round(1000 * PERIOD_FRAMES / RATE_HZ, 2),
        "every_note_arrived": all(
            run["sent"] == run["received"] == run["releases"] == run["notes"] and not run["strangers"]
            for runs in ways.values()
            for run in runs.values()
        ),
        "ways": ways,
    }


def measured(quick: bool) -> dict[str, Any]:
    """Measure ours and all peers."""
    missing = [way for way in ("isobar", "subsequence") if importlib.util.find_spec(way) is None]
    if missing:
        # The best of fewer peers would be another goal.
        raise LeftOutError(f"all peers (pip install {' '.join(missing)})")
    return measure(5 if quick else SECONDS, [OURS, *PEERS])


def figures_of(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement: ours beside each peer, and the 99th percentile beside the best of them."""
    ways = result["ways"]
    lost = sum(run["missing"] + run["strangers"] + abs(run["notes"] - run["releases"]) for run in ways[OURS].values())
    return (
        *(figure for load in LOADS for figure in _figures_beside(load, ways)),
        Figure(name="note-ons and note-offs of ours that a receiver did not get, or got twice", value=lost, at_most=0),
    )


def _figures_beside(load: str, ways: dict[str, dict[str, dict[str, Any]]]) -> Iterator[Figure]:
    ours = ways[OURS][load]
    peers = {way: runs[load] for way, runs in ways.items() if way in PEERS}
    name = f"lateness of a note that is sent while a network computes, {LOADS[load]}"
    for kind, words in (("median", "median"), ("p99", "99th percentile")):
        values = {way: run[f"send_{kind}_ms"] for way, run in peers.items()}
        best = min(values, key=lambda way: values[way])
        for way, value in values.items():
            is_best = way == best
            yield Figure(
                name=f"{name}, {words}",
                value=ours[f"send_{kind}_ms"],
                unit="ms",
                peer=NAMES[way],
                peer_value=value,
                at_most=0.25 if kind == "p99" and is_best else None,
                times=50 if kind == "median" and load == "busy" and is_best else None,
                limit=LIMITS[kind],
                telling=is_best and load == "busy" and kind == "p99",
            )


def print_table(result: dict[str, Any]) -> None:
    """Print the figures, a line per run."""
    print("milliseconds                send: median     p99     max   arrival: median     p99     max    drift   notes")
    for way, loads in result["ways"].items():
        for load, run in loads.items():
            sends = " ".join(f"{run[f'send_{name}_ms']:7.2f}" for name in ("median", "p99", "max"))
            arrivals = " ".join(f"{run[f'arrival_{name}_ms']:7.2f}" for name in ("median", "p99", "max"))
            notes = f"{run['received']}/{run['notes']}"
            print(f"{way:16} {load:14} {sends}         {arrivals}  {run['drift_ms']:7.2f}   {notes}")


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = command.parser(__doc__)
    alone = parser.add_mutually_exclusive_group()
    alone.add_argument("--minutes", type=float, help="how long ours plays, alone and once, to see whether it drifts")
    alone.add_argument("--with", dest="beside", choices=BESIDE, help="measure ours without and with this")
    given = parser.parse_args()
    if given.minutes or given.beside:
        result = (
            measure(60 * given.minutes, [OURS], ["busy"])
            if given.minutes
            else measure(SECONDS, [OURS, f"{OURS}+{given.beside}"])
        )
        print(json.dumps(result)) if given.json else print_table(result)
    else:
        command.show(lambda: measured(given.quick), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
