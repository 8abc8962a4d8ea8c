"""Runs one benchmark from the command line: the two flags that all have, and what they print.

    python -m benchmarks.NAME [--quick] [--json]

A benchmark is a module with two functions. `measured(quick)` measures, less often if `quick`, and returns what it
measured as JSON values. `figures_of(result)` puts that into words, beside peers and goals, and measures nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.figure import Figure, LeftOutError, print_figures

FiguresOf = Callable[[Any], Sequence[Figure]]


def run(documentation: str | None, measured: Callable[[bool], Any], figures_of: FiguresOf) -> None:
    """Parse the two flags, measure, print."""
    given = parser(documentation).parse_args()
    show(lambda: measured(given.quick), figures_of, as_json=given.json)


def parser(documentation: str | None) -> argparse.ArgumentParser:
    """Return a parser of the two flags, for a benchmark that has further ones."""
    made = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--quick", action="store_true", help="measure less often, or less")
    made.add_argument("--json", action="store_true", help="print one line of JSON, what was measured, and no figures")
    return made


def show(measure: Callable[[], Any], figures_of: FiguresOf, *, as_json: bool) -> None:
    """Measure and print; exit with the reason if the benchmark cannot run here."""
    try:
        result = measure()
    except LeftOutError as reason:
        sys.exit(f"This needs {reason}.")
    if as_json:
        print(json.dumps(result))
    else:
        print_figures(figures_of(result))
