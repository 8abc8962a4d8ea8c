"""Lets one process at a time train a run, with a lock of the system that ends with its process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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
        if not _take(file):
            raise TrainingError(f"another process trains {run} already; wait until it has ended")
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # Some network file systems have no locks.
        return True
