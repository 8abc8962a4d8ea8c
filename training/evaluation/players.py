"""Lets several processes play the takes of a measurement, in the order in which they were asked for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVarTuple

from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle

from ..data.dataset import Ids

Request = TypeVarTuple("Request")


@dataclass(frozen=True)
class Players:
    """A model, and the processes that play with it; without processes, this one plays."""

    bundle: Bundle
    jobs: int = 1
    """The number of processes."""
    executor: Executor | None = None

    def play(self, function: Callable[[Bundle, *Request], Ids], requests: Sequence[tuple[*Request]]) -> Iterator[Ids]:
        """Yield the result of a function, which child processes can import, for each request, in their order.

        A request has the arguments behind the model. TrainingError if a process ends meanwhile.
        """
        if self.executor is None:
            for request in requests:
                yield function(self.bundle, *request)
            return
        # A part for each process, so that the model is sent that many times, and not with every request.
        parts = [requests[first :: self.jobs] for first in range(self.jobs)]
        try:
            futures = [self.executor.submit(_play_all, self.bundle, function, part) for part in parts if part]
            played = [future.result() for future in futures]
        except BrokenExecutor as exc:
            raise TrainingError(
                f"one of the {self.jobs} processes that play was ended, perhaps for want of memory; say fewer --jobs"
            ) from exc
        for number in range(len(requests)):
            yield played[number % self.jobs][number // self.jobs]


@contextmanager
def players_of(bundle: Bundle, jobs: int) -> Iterator[Players]:
    """Start that number of processes, which end behind the block; with one job, start none."""
    if jobs == 1:
        yield Players(bundle)
        return
    # Not forked, as Windows cannot, and a fork of a process with threads may deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_end_with_parent) as executor:
        yield Players(bundle, jobs, executor)


def _play_all(
    bundle: Bundle, function: Callable[[Bundle, *Request], Ids], requests: Sequence[tuple[*Request]]
) -> list[Ids]:
    return [function(bundle, *request) for request in requests]


def _end_with_parent() -> None:
    """Let this process end at Ctrl-C, without a traceback, and when its parent has ended in any way."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_await_parent, daemon=True).start()


def _await_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
    os._exit(1)
