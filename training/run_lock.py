"""Lets one process at a time train a run, with a lock of the system that ends with its process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musicgen_live.config.file_lock import try_lock
from musicgen_live.config.files import reason_of
from musicgen_live.errors import TrainingError


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Hold the lock of a run's folder, which is made; TrainingError if another process holds it."""
    try:
        run.mkdir(parents=True, exist_ok=True)
        file = (run / "lock").open("ab")
    except OSError as exc:
        raise TrainingError(f"the run folder {run} cannot be written ({reason_of(exc)}); choose another --out") from exc
    with file:
        if not try_lock(file):
            raise TrainingError(f"another process trains {run} already; wait until it has ended")
        yield
