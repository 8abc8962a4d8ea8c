"""A Dask cluster on this machine: a scheduler and workers in processes of their own, started as its docs say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client

from tests.support.jack import wait_until
from tests.support.rooms import ROOT


@contextmanager
def dask_cluster(workers: int, *, allowed_failures: int = 3, daemon: bool = False, path: Path = ROOT) -> Iterator[str]:
    """Start a scheduler and workers of one thread each; yield the scheduler's address.

    A task is given up when it has been on more than `allowed_failures` workers that died. A worker that dies comes
    back. `daemon` workers, as Dask starts them by default, may not start processes. They find modules in `path`.
    """
    environment = os.environ | {
        "PYTHONPATH": str(path),
        "DASK_DISTRIBUTED__WORKER__DAEMON": str(daemon),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures),
    }
    with ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        log = Path(name, "log")

        def start(*arguments: str) -> None:
            with log.open("ab") as output:
                command = [sys.executable, "-m", "dask", *arguments]
                process = subprocess.Popen(command, env=environment, cwd=name, stdout=output, stderr=output)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        def address() -> str:
            found = re.search(r"Scheduler at: +(tcp://\S+)", log.read_text(encoding="utf-8"))
            return found[1] if found else ""

        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        wait_until(lambda: bool(address()), "the scheduler to start")
        if workers:
            start("worker", address(), "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard")
        yield address()


def worker_pids(scheduler: str) -> set[int]:
    """Return the ids of the processes of the workers that are connected."""
    with Client(scheduler, set_as_default=False) as client:
        return set(client.run(os.getpid).values())
