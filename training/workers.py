"""Names the workers of a training run, several processes on one or more machines, and starts those of one machine."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.signals import signals_handled
from musicgen_live.errors import TrainingError

from .data.pool import end_with_parent

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

VARIABLE = "TF_CONFIG"
"""The environment variable that names the workers, as TensorFlow defines it."""
STOP_LIMIT_S = 90.0
"""The others notice within about 20 s that a worker has ended. Then they are killed, as they may be starting still."""


@dataclass(frozen=True)
class Workers:
    """The addresses of all workers, host and port, and the number of this one, from 0."""

    addresses: tuple[str, ...]
    number: int

    @classmethod
    def of_environment(cls) -> Workers | None:
        """Return the workers that `TF_CONFIG` names; None if there is none, or only one.

        TrainingError if it has another form than
        `{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}`.
        """
        text = os.environ.get(VARIABLE, "").strip()
        if not text:
            return None
        try:
            match json.loads(text):
                case {"cluster": {"worker": list(found), **others}, "task": {"type": "worker", "index": index}} if (
                    not others and all(isinstance(each, str) for each in found) and 0 <= int(index) < len(found)
                ):
                    return cls(tuple(found), int(index)) if len(found) > 1 else None
        except (ValueError, TypeError, OverflowError, RecursionError):
            # No JSON, or an index that is no number.
            pass
        raise TrainingError(
            f"{VARIABLE} is {text!r:.200}; to train on several machines it must be like "
            '{"cluster": {"worker": ["first:5000", "second:5000"]}, "task": {"type": "worker", "index": 0}}, '
            "with another index on each; unset it to train on this one"
        )

    @property
    def on_this_machine(self) -> int:
        """The number of workers on the machine of this one."""
        return sum(_host(address) == _host(self.addresses[self.number]) for address in self.addresses)

    @property
    def number_on_this_machine(self) -> int:
        """The number of this worker among those of its machine, from 0."""
        return sum(_host(address) == _host(self.addresses[self.number]) for address in self.addresses[: self.number])

    def as_config(self) -> str:
        """Return the value of `TF_CONFIG` for this worker."""
        return json.dumps(
            {"cluster": {"worker": list(self.addresses)}, "task": {"type": "worker", "index": self.number}}
        )


def _host(address: str) -> str:
    return address.rpartition(":")[0]


def train_together(function: Callable[[], None], count: int, say: Callable[[str], None]) -> int:
    """Run a function in `count` processes of this machine, each with a `TF_CONFIG` of its own; return an exit code.

    `function` must be importable by name. The first process has the terminal, and its exit code is returned. If another
    fails, `say` gets the reason, and the last lines that it wrote. SIGINT and SIGTERM are passed on. The processes end
    with this one, however it ends.
    """
    addresses = tuple(f"localhost:{port}" for port in _free_ports(count))
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder, str(number)) for number in range(count)]
        context = multiprocessing.get_context("spawn")
        processes = [
            context.Process(
                target=_work,
                args=(function, Workers(addresses, number).as_config(), str(outputs[number]) if number else None),
                daemon=True,
            )
            for number in range(count)
        ]
        with signals_handled(lambda number, _frame: _pass_on(processes, number), "SIGINT", "SIGTERM"):
            for process in processes:
                process.start()
            failed = _wait_for(processes)
        if failed:
            say(_ending(processes[failed], f"worker {failed + 1} of {count}", outputs[failed]))
        code = processes[0].exitcode or processes[failed or 0].exitcode or 0
        return code if code >= 0 else 128 - code


def _wait_for(processes: Sequence[SpawnProcess]) -> int | None:
    """Wait until all processes have ended; return the number of the first that failed, unless a signal stopped it.

    When one has failed, the others have `STOP_LIMIT_S` to end.
    """
    running, failed, deadline_s = dict(enumerate(processes)), None, float("inf")
    while running:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            for process in running.values():
                process.kill()
        wait([process.sentinel for process in running.values()], timeout=None if left_s == float("inf") else left_s)
        for number, process in list(running.items()):
            if process.exitcode is not None:
                del running[number]
                if process.exitcode and failed is None:
                    failed, deadline_s = number, time.monotonic() + STOP_LIMIT_S
    # A signal ends a process that is still importing, and others by their own exit code.
    stops = {code for number in (signal.SIGINT, signal.SIGTERM) for code in (-number, 128 + number)}
    return None if failed is None or processes[failed].exitcode in stops else failed


def _ending(process: SpawnProcess, name: str, output: Path) -> str:
    """Say how a process ended, with the last lines that it wrote."""
    code = process.exitcode or 0
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    lines = output.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
    return "\n".join([f"{name} {how}" + (", and wrote last:" if lines else ""), *lines])


def _free_ports(count: int) -> list[int]:
    """Return free ports of this machine."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _work(function: Callable[[], None], config: str, output: str | None) -> None:
    """Run the function of a worker in its process, with standard output and error in a file if it is not the first."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.environ[VARIABLE] = config
    if output:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for standard in (1, 2):
            os.dup2(file, standard)
    function()


def _pass_on(processes: Sequence[SpawnProcess], number: int) -> None:
    """Pass a signal on to the processes, which end this one by ending."""
    for process in processes:
        if process.pid and process.exitcode is None and sys.platform != "win32":
            os.kill(process.pid, number)
