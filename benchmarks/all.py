"""Runs every benchmark whose figures stand in the README or in `docs/figures.md`, and prints them as a table and JSON.

    python -m benchmarks.all [NAME ...] [--quick] [--write]

Each benchmark runs in a process of its own, and one that fails or lacks a program leaves the others alone. `--write`
puts the figures of each into `docs/figures.json` as soon as they are there, and from there into `docs/figures.md` and
the README; those of other benchmarks stay. So after an interruption, name the benchmarks that are left. The whole takes
about 16 minutes on two cores; `--quick` takes a third of that, and its figures are rougher.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks import figure_pages, record
from benchmarks.figure import Figure, LeftOutError, json_line, print_figures

BENCHMARKS = (
    "generate",
    "startup",
    "respond",
    "jitter",
    "sync",
    "prepare",
    "finetune",
    "music",
    "training_step",
    "sound",
    "screen",
)
"""Modules with a function `figures(quick)`, in the order of the page."""


def main() -> None:
    """Parse the arguments, run the benchmarks, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="measure less often")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/ and the README")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; known are {', '.join(BENCHMARKS)}")
    if given.here:
        print(_measured_here(given.names[0], quick=given.quick))
        return
    chosen = [name for name in BENCHMARKS if not given.names or name in given.names]
    found, failed = {}, []
    for number, name in enumerate(chosen):
        try:
            run = measured(name, quick=given.quick)
        except KeyboardInterrupt:
            sys.exit(f"Stopped. These are left: {' '.join(chosen[number:])}")
        if run is None:
            failed.append(name)
            continue
        found[name] = run
        print(f"\n{name} ({run.minutes:.1f} minutes, load {run.load:g} before)", flush=True)
        print(f"left out: {run.left_out}") if run.left_out else print_figures(run.figures)
        if given.write:
            _write(name, run)
    print("\n" + json.dumps({name: run.to_json() for name, run in found.items()}))
    if failed:
        sys.exit(f"These failed: {' '.join(failed)}")


def measured(name: str, *, quick: bool) -> record.Run | None:
    """Run a benchmark in a process of its own; None, after its last words, if it fails."""
    load, started_s = record.load_now(), time.monotonic()
    command = [sys.executable, "-m", "benchmarks.all", "--here", name, *(["--quick"] if quick else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        output, errors = process.communicate()
    if process.returncode:
        print(f"\n{name} failed:\n{errors[-2000:]}", file=sys.stderr, flush=True)
        return None
    answer = json.loads(output.splitlines()[-1])
    is_left_out = isinstance(answer, str)
    return record.Run(
        date=record.today(),
        machine=record.machine(),
        versions=record.versions(),
        load=load,
        minutes=round((time.monotonic() - started_s) / 60, 1),
        quick=quick,
        figures=() if is_left_out else tuple(map(Figure.from_json, answer)),
        left_out=answer if is_left_out else "",
    )


def _measured_here(name: str, *, quick: bool) -> str:
    """Return the figures of a benchmark as a line of JSON, or the reason for leaving it out."""
    figures: Callable[[bool], tuple[Figure, ...]] = importlib.import_module(f"benchmarks.{name}").figures
    try:
        return json_line(figures(quick))
    except LeftOutError as reason:
        return json.dumps(str(reason))


def _write(name: str, run: record.Run) -> None:
    """Put a run into the record and its pages, in the order of the benchmarks."""
    runs = record.load(figure_pages.RECORD) | {name: run}
    ordered = {each: runs[each] for each in BENCHMARKS if each in runs}
    record.save(ordered, figure_pages.RECORD)
    figure_pages.write(ordered)


if __name__ == "__main__":
    main()
