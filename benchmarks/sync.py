"""Measures the distance of notes from the beat of a jittery MIDI clock: the transport alone, then over JACK.

    python -m benchmarks.sync [--quick] [--json]

The clocks have 90, 120 and 174 BPM, and a ramp from 90 to 174 over 32 quarters. Each pulse is early or late at random,
with a standard deviation of 1 ms, plus the sender's own delay. Each way plays an eighth note every eighth; the figures
leave out the first two bars.

`alone` is arithmetic: the due time of each note in the transport after the pulse before it, against the true beat.
For comparison, `pulse` plays at the pulse itself, and `mean of 24` after the last pulse, at the tempo of the last 24.

`over JACK` uses a sender process and a following process, with a JACK server of 64 frames. An error is the time of a
send against the true beat, minus the median delay of the received pulses in that process, which belongs to the port
and is constant (`port_delay_ms`; `--latency-ms` compensates it). `echo` plays in the callback of the pulse, like
programs that use each pulse as a tick of their own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.figure import Figure, LeftOutError
from benchmarks.quantiles import quantile
from benchmarks.sync_ways import PULSES_A_NOTE, QUARTERS_BEFORE, SENDER, Case, cases, jittered_s
from musicgen_live.midi.messages import CLOCK, START
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import ClockIn
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.jack import JackServer, is_installed, wait_until

WAYS = ("ours", "echo")
PERIOD_FRAMES = 64
TICKS_A_PULSE = 20


def sizes_of(errors_s: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and maximum of the absolute errors, and the mean of the signed ones, in ms."""
    sizes_ms = [abs(1000 * error_s) for error_s in errors_s]
    return {
        "median_ms": round(statistics.median(sizes_ms), 3),
        "p99_ms": round(quantile(sizes_ms, 0.99), 3),
        "max_ms": round(max(sizes_ms), 3),
        "mean_with_sign_ms": round(1000 * statistics.fmean(errors_s), 3),
        "notes": len(sizes_ms),
    }


def alone(case: Case, seeds: int = 8) -> dict[str, dict[str, float]]:
    """Measure the transport, and the two ways without a control loop, on computed pulses."""
    errors_s: dict[str, list[float]] = {"ours": [], "pulse": [], "mean of 24": []}
    true_s = case.pulses_s()
    for seed in range(seeds):
        received_s = jittered_s(case, seed)
        transport = MidiClockTransport(TimeSignature(4, 4), 120)
        transport.receive(ClockIn(received_s[0] - 0.001, bytes([START])))
        for number, at_s in enumerate(received_s):
            if number % PULSES_A_NOTE == 0 and number >= 24 * QUARTERS_BEFORE:
                errors_s["ours"].append(transport.due_s(TICKS_A_PULSE * number) - true_s[number])
                errors_s["pulse"].append(at_s - true_s[number])
                mean_s = (received_s[number - 1] - received_s[number - 25]) / 24
                errors_s["mean of 24"].append(received_s[number - 1] + mean_s - true_s[number])
            transport.receive(ClockIn(at_s, bytes([CLOCK])))
    return {way: sizes_of(errors) for way, errors in errors_s.items()}


def nearest(true_s: Sequence[float], at_s: float) -> float:
    """Return the true time of the pulse that was received at `at_s`: the nearest one."""
    return min(true_s[max(0, bisect_left(true_s, at_s) - 1) :][:2], key=lambda true: abs(at_s - true))


def over_jack(server: JackServer, name: str, quarters: int, way: str) -> dict[str, Any]:
    """Measure one way on one clock."""
    environment = os.environ | server.environment
    module = [sys.executable, "-m", "benchmarks.sync_ways"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    length = ["--quarters", str(quarters)]
    sender = subprocess.Popen([*module, "send", name, *length], **pipes)  # type: ignore[call-overload]
    wait_until(lambda: f"{SENDER}:out" in server.ports(), "the sender")
    command = [*module, way, name, *length, "--port", f"{SENDER}:out"]
    follower = subprocess.Popen(command, **pipes)  # type: ignore[call-overload]
    for process in (sender, follower):
        if process.stdout.readline() != "ready\n":
            raise SystemExit(f"{way}, {name}: a process did not begin")
    case = cases(quarters)[name]
    limit_s = case.pulses_s()[-1] + 60
    truth = json.loads(sender.communicate("go\n", timeout=limit_s)[0].splitlines()[-1])
    received = json.loads(follower.communicate(timeout=limit_s)[0].splitlines()[-1])
    true_s = [truth["origin_s"] + at_s for at_s in case.pulses_s()]
    # The take of a way that has an end stops before the note at the last pulse.
    expected = 24 * case.quarters // PULSES_A_NOTE
    delay_s = statistics.median(at_s - nearest(true_s, at_s) for at_s in received["pulses_s"])
    sent = [at_s - true - delay_s for at_s, true in zip(received["notes_s"], true_s[::PULSES_A_NOTE], strict=False)]
    return sizes_of(sent[2 * QUARTERS_BEFORE :]) | {
        "port_delay_ms": round(1000 * delay_s, 3),
        "pulses_lost": len(true_s) - len(received["pulses_s"]),
        "notes_lost": max(0, expected - len(received["notes_s"])),
    }


def measured(quick: bool) -> dict[str, Any]:
    """Measure every way on every clock."""
    if not is_installed():
        raise LeftOutError("a JACK server (sudo apt install jackd2)")
    quarters = 16 if quick else 64
    result: dict[str, Any] = {"jitter_ms": 1.0, "alone": {}, "over JACK": {}}
    for name, case in cases(quarters).items():
        result["alone"][name] = alone(case)
    with tempfile.TemporaryDirectory() as folder:
        for name in cases(quarters):
            result["over JACK"][name] = {}
            for way in WAYS:
                # A new server each time: on a busy machine one hangs after many clients have come and gone.
                with JackServer(Path(folder) / "jackd.log", period_frames=PERIOD_FRAMES) as server:
                    result["over JACK"][name][way] = over_jack(server, name, quarters, way)
    return result


def figures_of(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(
        Figure(
            name=f"distance of a note from the beat of a clock with 1 ms of jitter, {tempo} BPM, {words}",
            value=runs["ours"][f"{kind}_ms"],
            unit="ms",
            peer="playing at each pulse",
            peer_value=runs["echo"][f"{kind}_ms"],
            at_most=1 if kind == "p99" else None,
            limit=f"the filter leaves {result['alone'][tempo]['ours']['p99_ms']:.2f} ms of this jitter by arithmetic "
            "alone, and a longer memory would follow changes of tempo more slowly; of "
            f"{runs['ours']['notes']} notes this is the second worst, so that a pause of the machine shows",
            telling=kind == "p99" and tempo == "120",
        )
        for tempo, runs in result["over JACK"].items()
        for kind, words in (("median", "median"), ("p99", "99th percentile"))
    )


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
