"""Runs a function in child processes that may hang, crash or be killed; each handles one argument at a time.

The pool kills a child that exceeds the time limit and starts another one; only that child's argument fails. Parent and
children exchange JSON over a pipe. Nothing here is specific to music.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from musicgen_live.errors import TrainingError

DEFAULT_TIMEOUT_S = 60.0
"""Default time limit for reading a file."""

# On a loaded machine the start of Python and the import of music21 took 15 s at most.
START_LIMIT_S = 120.0
# Windows cannot interrupt a wait, so no single wait is longer: Ctrl-C ends the run within this time.
_LONGEST_WAIT_S = 0.5
_READY = b"ready"


@dataclass(frozen=True)
class Done:
    """The function returned `value` for the argument at `index`."""

    index: int
    value: Any


@dataclass(frozen=True)
class TimedOut:
    """The argument at `index` exceeded the time limit, and its process was killed."""

    index: int


@dataclass(frozen=True)
class Crashed:
    """The process died on the argument at `index` with `exit_code`; -9 means killed by signal 9, and so on."""

    index: int
    exit_code: int


Outcome = Done | TimedOut | Crashed


def default_jobs() -> int:
    """Return the number of cores available to this process."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_in_children(
    function: Callable[[str], Any],
    arguments: Iterable[str],
    *,
    jobs: int,
    timeout_s: float,
    warm_up: Callable[[], None],
) -> Generator[Outcome]:
    """Yield the outcomes of `function` for all arguments, in the order of completion.

    `function` and `warm_up` must be importable by name, and the results of `function` must be JSON values. Each child
    calls `warm_up` once, outside the time limit. Closing the generator kills the children. TrainingError if a child
    cannot start. `arguments` may be a generator: it is asked for an argument only when one is needed soon.
    """
    coming = enumerate(arguments)
    waiting = deque(islice(coming, jobs))
    children: list[_Child] = []
    try:
        while waiting or any(child.index is not None for child in children):
            busy = sum(child.index is not None for child in children)
            while len(children) < min(jobs, busy + len(waiting)):
                children.append(_Child(function, warm_up))
            wait_s = min(child.deadline_s for child in children) - time.monotonic()
            readable = wait([child.pipe for child in children], timeout=min(max(wait_s, 0), _LONGEST_WAIT_S))
            for child in list(children):
                outcome = None
                if child.pipe in readable:
                    outcome = child.receive()
                elif time.monotonic() > child.deadline_s:
                    outcome = child.time_out()
                if child.pipe.closed:
                    children.remove(child)
                elif child.ready and child.index is None and waiting:
                    child.start(*waiting.popleft(), timeout_s)
                    waiting.extend(islice(coming, 1))
                if outcome is not None:
                    yield outcome
    finally:
        for child in children:
            child.kill()


class _Child:
    """The parent's handle of a child process, which is starting, idle, or busy with `index` until `deadline_s`."""

    def __init__(self, function: Callable[[str], Any], warm_up: Callable[[], None]) -> None:
        # Not forked: a fork of a process with threads (TensorFlow's) may deadlock, and Windows cannot fork.
        context = multiprocessing.get_context("spawn")
        self.pipe, child_end = context.Pipe()
        self.process = context.Process(target=_serve, args=(child_end, function, warm_up), daemon=True)
        with _blocked_interrupts():
            self.process.start()
        child_end.close()
        self.ready = False
        self.index: int | None = None
        self.deadline_s = time.monotonic() + START_LIMIT_S

    def start(self, index: int, argument: str, timeout_s: float) -> None:
        """Send an argument to the child; if the child is dead, the next `receive` reports it."""
        self.index, self.deadline_s = index, time.monotonic() + timeout_s
        try:
            self.pipe.send_bytes(json.dumps(argument).encode())
        except OSError:  # the child died while idle: `receive` will read the end of the pipe
            return

    def receive(self) -> Outcome | None:
        """Receive the child's message; return an outcome, or None if the child has only reported ready."""
        try:
            message = self.pipe.recv_bytes()
        except (EOFError, OSError):
            return self._died()
        if not self.ready:
            self.ready, self.deadline_s = True, float("inf")
            return None
        index, self.index, self.deadline_s = self.index, None, float("inf")
        assert index is not None
        return Done(index, json.loads(message))

    def time_out(self) -> Outcome:
        """Kill the child after its deadline; TrainingError if it had not even started."""
        self.kill()
        if self.index is None:
            raise TrainingError(f"a process to read the files with did not start within {START_LIMIT_S:g} s")
        return TimedOut(self.index)

    def kill(self) -> None:
        """Kill the process and close its pipe."""
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def _died(self) -> Outcome | None:
        self.process.join(timeout=5)
        self.kill()
        code = self.process.exitcode or 0
        if not self.ready:
            raise TrainingError(f"a process to read the files with did not start (exit code {code})")
        return None if self.index is None else Crashed(self.index, code)


@contextmanager
def _blocked_interrupts() -> Iterator[None]:
    """Block SIGINT, so that children started here ignore Ctrl-C, which reaches the whole process group.

    The parent decides when they end.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, function: Callable[[str], Any], warm_up: Callable[[], None]) -> None:
    """Serve arguments from the pipe in a child process until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Output and warnings of libraries would break the parent's progress bar.
    warnings.simplefilter("ignore")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        warm_up()
        sys.stdout = sys.stderr = nowhere
        pipe.send_bytes(_READY)
        while True:
            try:
                argument = json.loads(pipe.recv_bytes())
            except EOFError:
                return
            pipe.send_bytes(json.dumps(function(argument)).encode())


def end_with_parent() -> None:
    """Exit when the parent has ended, so that no child outlives a killed parent on a file that never ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
