"""Child processes that may hang, crash or be killed without hurting the run: one argument each at a time.

A child that overruns the time limit is killed and another takes its place; what it was working on has failed, nothing
else. Messages are JSON over a pipe. Knows nothing of music.
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
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from musicgen_live.errors import TrainingError

DEFAULT_TIMEOUT_S = 60.0
"""How long a file may take to be read."""

# Starting Python and importing music21 took 15 s at worst on a machine under load.
START_LIMIT_S = 120.0
# Waiting cannot be interrupted on Windows, so no single wait is longer: Ctrl-C ends the run within this time.
_LONGEST_WAIT_S = 0.5
_READY = b"ready"


@dataclass(frozen=True)
class Done:
    """The argument at `index` gave `value`."""

    index: int
    value: Any


@dataclass(frozen=True)
class TimedOut:
    """The argument at `index` took longer than the limit; its process was killed."""

    index: int


@dataclass(frozen=True)
class Crashed:
    """The process died on the argument at `index`, with this exit code; -9 means killed by signal 9 and so on."""

    index: int
    exit_code: int


Outcome = Done | TimedOut | Crashed


def default_jobs() -> int:
    """As many processes as this one has cores."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_in_children(
    function: Callable[[str], Any],
    arguments: Sequence[str],
    *,
    jobs: int,
    timeout_s: float,
    warm_up: Callable[[], None],
) -> Generator[Outcome]:
    """Outcomes of `function` on every argument, as they come.

    `function` and `warm_up` (called once in each child, not under the time limit) are importable by name, and what
    `function` returns goes through JSON. Closing the generator kills the children. TrainingError if a child cannot
    start.
    """
    waiting = list(range(len(arguments)))[::-1]
    children: list[_Child] = []
    try:
        while waiting or any(child.index is not None for child in children):
            busy = sum(child.index is not None for child in children)
            while len(children) < min(jobs, busy + len(waiting)):
                children.append(_Child(function, warm_up))
            ends = min(child.deadline_s for child in children) - time.monotonic()
            readable = wait([child.pipe for child in children], timeout=min(max(ends, 0), _LONGEST_WAIT_S))
            for child in list(children):
                outcome = None
                if child.pipe in readable:
                    outcome = child.receive()
                elif time.monotonic() > child.deadline_s:
                    outcome = child.overran()
                if child.pipe.closed:
                    children.remove(child)
                elif child.ready and child.index is None and waiting:
                    child.give(waiting[-1], arguments[waiting[-1]], timeout_s)
                    waiting.pop()
                if outcome is not None:
                    yield outcome
    finally:
        for child in children:
            child.kill()


class _Child:
    """One child process as its parent sees it: starting, idle, or at work on `index` until `deadline_s`."""

    def __init__(self, function: Callable[[str], Any], warm_up: Callable[[], None]) -> None:
        # Not forked: a copy of a process with threads (TensorFlow's) may lock up, and other systems cannot fork.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, function, warm_up), daemon=True)
        with _interrupts_held_back():
            self.process.start()
        theirs.close()
        self.ready = False
        self.index: int | None = None
        self.deadline_s = time.monotonic() + START_LIMIT_S

    def give(self, index: int, argument: str, timeout_s: float) -> None:
        """Start work on an argument; a child found dead here shows at the next `receive`."""
        self.index, self.deadline_s = index, time.monotonic() + timeout_s
        try:
            self.pipe.send_bytes(json.dumps(argument).encode())
        except OSError:  # it died while idle: the pipe now reads as ended, and `receive` says so
            return

    def receive(self) -> Outcome | None:
        """Take what the child sent: an outcome, or nothing if it has just become ready."""
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

    def overran(self) -> Outcome:
        """Kill the child for taking too long."""
        self.kill()
        if self.index is None:
            raise TrainingError(f"a process to read the files with did not start within {START_LIMIT_S:g} s")
        return TimedOut(self.index)

    def kill(self) -> None:
        """End the process whatever it does, and forget it."""
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
def _interrupts_held_back() -> Iterator[None]:
    """Children started here never see Ctrl-C, which reaches the whole group: their parent decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, function: Callable[[str], Any], warm_up: Callable[[], None]) -> None:
    """The child's side: answer until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # What libraries print or warn of would tear the parent's progress bar.
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


def _end_with_parent() -> None:
    """A child at work on a file that never ends must not outlive a parent that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
