"""Runs every benchmark whose figures stand in the README or on a page, and prints them.

    python -m benchmarks.all [NAME ...] [--quick] [--json] [--write]
    python -m benchmarks.all --pages

Each benchmark runs in a process of its own, and one that fails or lacks something leaves the others alone. What takes
an hour runs only when it is named. `--write` puts what was measured into `docs/figures.json` as soon as it is there and
from there onto the pages and into the README; that of other benchmarks stays. So after an interruption, name the
benchmarks that are left. `--pages` writes the pages from that file, and measures nothing. The whole takes half an
hour on two cores; `--quick` takes a third of that, and its figures are rougher.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks import catalogue, command, figure_pages, fresh_process, record
from benchmarks.catalogue import BENCHMARKS
from benchmarks.figure import LeftOutError, print_figures


def main() -> None:
    """Parse the arguments, run the benchmarks, print, write."""
    parser = command.parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--write", action="store_true", help="write the figures onto the pages and into the README")
    parser.add_argument("--pages", action="store_true", help="write the pages from what was measured before")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; known are {', '.join(BENCHMARKS)}")
    if given.pages:
        figure_pages.write(record.load(figure_pages.RECORD))
        return
    chosen = [name for name in BENCHMARKS if name in (given.names or catalogue.DEFAULT)]
    runs: record.Record = {}
    failed: list[str] = []
    for number, name in enumerate(chosen):
        try:
            run = measured(name, quick=given.quick)
        except KeyboardInterrupt:
            sys.exit(f"Stopped. These are left: {' '.join(chosen[number:])}")
        except SystemExit as failure:
            print(f"\n{name} failed:\n{failure}", file=sys.stderr, flush=True)
            failed.append(name)
            continue
        runs[name] = run
        if not given.json:
            _print(name, run)
        if given.write and not run.left_out:
            _write(name, run)
    if given.json:
        print(json.dumps({name: vars(run) for name, run in runs.items()}))
    elif not given.names:
        for name in sorted(set(BENCHMARKS) - set(chosen)):
            print(f"\n{name}\nleft out: {BENCHMARKS[name].only_named}; name it to run it")
    if failed:
        sys.exit(f"These failed: {' '.join(failed)}")


def measured(name: str, *, quick: bool) -> record.Run:
    """Run a benchmark in a process of its own; exits with its last words if it fails."""
    load, started_s = record.load_now(), time.monotonic()
    result, left_out = None, ""
    try:
        result = fresh_process.call(catalogue.measured, name, quick)
    except LeftOutError as reason:
        left_out = str(reason)
    return record.Run(
        date=record.today(),
        machine=record.machine(),
        versions=record.versions(),
        load=load,
        minutes=round((time.monotonic() - started_s) / 60, 1),
        quick=quick,
        result=result,
        left_out=left_out,
    )


def _print(name: str, run: record.Run) -> None:
    print(f"\n{name} ({run.minutes} minutes, load {run.load} before)", flush=True)
    if run.left_out:
        print(f"left out: this needs {run.left_out}")
    else:
        print_figures(catalogue.figures_of(name, run.result))


def _write(name: str, run: record.Run) -> None:
    """Put a run into the record and its pages, in the order of the benchmarks."""
    runs = record.load(figure_pages.RECORD) | {name: run}
    ordered = {each: runs[each] for each in BENCHMARKS if each in runs}
    record.save(ordered, figure_pages.RECORD)
    figure_pages.write(ordered)


if __name__ == "__main__":
    main()
