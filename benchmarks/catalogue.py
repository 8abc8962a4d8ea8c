"""Lists the benchmarks whose figures stand in the README or on a page, and knows how to run each of them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.figure import Figure


@dataclass(frozen=True)
class Benchmark:
    """The page that shows the figures of a benchmark, and the reason for running it only when it is named."""

    page: str = "figures"
    """The name of the page of `docs/` that shows its figures."""
    only_named: str = ""


BENCHMARKS = {
    "generate": Benchmark(),
    "startup": Benchmark(),
    "respond": Benchmark(),
    "jitter": Benchmark(),
    "sync": Benchmark(),
    "prepare": Benchmark(),
    "finetune": Benchmark(),
    "music": Benchmark(),
    "training_step": Benchmark(),
    "sound": Benchmark(),
    "screen": Benchmark(),
    "keys": Benchmark("play-with-me"),
    "parts": Benchmark("parts-and-scenes"),
    "chorales": Benchmark("models"),
    "instruments": Benchmark("instruments"),
    "preset_figures": Benchmark("presets"),
    "soak": Benchmark("reliability", "it takes an hour"),
    "memory": Benchmark("scaling", "it takes an hour"),
    "scale": Benchmark("scaling", "it takes hours"),
}
"""By the names of their modules, in the order of the pages."""

DEFAULT = tuple(name for name, benchmark in BENCHMARKS.items() if not benchmark.only_named)


def measured(name: str, quick: bool) -> Any:  # noqa: ANN401 (JSON values)
    """Measure here, in this process; LeftOutError if that is not possible."""
    return importlib.import_module(f"benchmarks.{name}").measured(quick)


def figures_of(name: str, result: Any) -> Sequence[Figure]:  # noqa: ANN401
    """Return the figures of what a benchmark has measured, with the goals of today."""
    figures: Sequence[Figure] = importlib.import_module(f"benchmarks.{name}").figures_of(result)
    return figures
