"""Keeps what benchmarks measured in a file of JSON, with the machine, the versions and the date of each run."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from musicgen_live.config.files import replace_text

LIBRARIES = (
    "numpy",
    "tensorflow",
    "keras",
    "music21",
    "mido",
    "python-rtmidi",
    "isobar",
    "subsequence",
)
"""The peers, and what they and we compute with."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The measured values of a benchmark in one run, or the reason for leaving it out."""

    date: str
    machine: str
    versions: str
    load: float | None
    """Processes that wanted a core when it began, of this benchmark none; None if nobody looked."""
    minutes: float | None
    quick: bool
    result: Any = None
    """The measured values, as the benchmark returns them, JSON values; names, goals and limits are in its code."""
    left_out: str = ""


Record = dict[str, Run]
"""The latest run of each benchmark, by its name."""


def load(path: Path) -> Record:
    """Return the record in a file; an empty one if there is no file."""
    if not path.exists():
        return {}
    runs = json.loads(path.read_text(encoding="utf-8"))
    return {name: Run(**run) for name, run in runs.items()}


def save(record: Record, path: Path) -> None:
    """Write a record, so that whoever stops the measurement keeps what was measured."""
    text = json.dumps({name: vars(run) for name, run in record.items()}, indent=1, ensure_ascii=False)
    replace_text(path, text + "\n")


def today() -> str:
    """Return the date in UTC."""
    return datetime.now(UTC).date().isoformat()


def load_now() -> float:
    """Return the mean number of processes that wanted a core in the last minute; 0 where the system does not say."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0.0


def machine() -> str:
    """Return processor, cores, memory and system in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {cores} cores, {_memory_gb()}{platform.system()}"


def versions() -> str:
    """Return the versions of Python and of the libraries in words."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join([f"Python {platform.python_version()}", *found])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gb() -> str:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return ""
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB, "
