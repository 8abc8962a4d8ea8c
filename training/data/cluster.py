"""Reads files on a Dask cluster: 64 files a task, and inside each task the pool with its time limit.

A worker opens a file by its path if the file there has the right content, as in a folder that all machines share; else
the content is sent. A worker that is killed costs its task a new try, elsewhere or later. After several such deaths
Dask gives a task up; its files are then read one by one, when nothing else runs, so that the one to blame is known.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_type import UnreadableError

from .corpus import contents
from .pool import Outcome, run_in_children

if TYPE_CHECKING:
    from distributed import Client, Future

_TASKS_PER_THREAD = 2
"""One that a thread of a worker reads, and one that waits, so that no thread has nothing to do."""
_CONNECT_LIMIT_S = 30.0


@dataclass(frozen=True)
class Cluster:
    """The address of a Dask scheduler, and how many files a worker gets at a time."""

    scheduler: str
    files_per_task: int = 64


@dataclass(frozen=True)
class FileToRead:
    """A file, and the hash of its content."""

    path: str
    sha256: str


@dataclass(frozen=True)
class KilledWorkers:
    """Every worker that read the file at `index` was killed."""

    index: int


@dataclass(frozen=True)
class Task:
    """The work of a worker: `function` in a pool of `jobs` processes, as `run_in_children` describes it.

    The text of `identity()` has to be the same on all machines; it names the versions that the results depend on.
    """

    function: Callable[[str], Any]
    warm_up: Callable[[], None]
    identity: Callable[[], str]
    jobs: int
    timeout_s: float


_Numbered = tuple[int, FileToRead]
_Sent = tuple[FileToRead, bytes | None]
"""A file, and its content if it is not to be opened by its path."""


def read_on_cluster(cluster: Cluster, task: Task, files: Iterable[FileToRead]) -> Generator[Outcome | KilledWorkers]:
    """Yield the outcomes for all files, in the order in which the workers of a cluster have read them.

    `files` may be a generator: it is asked for files when workers need some soon. Closing the generator cancels the
    tasks. TrainingError if the cluster cannot be reached, is lost, or cannot read files as this machine would.
    """
    with _client(cluster.scheduler) as client:
        tasks = _Tasks(client, task)
        coming, suspects = enumerate(files), []
        try:
            while True:
                while tasks.count < _TASKS_PER_THREAD * max(1, sum(client.nthreads().values())):
                    batch = list(islice(coming, cluster.files_per_task))
                    if not batch:
                        break
                    tasks.submit(batch)
                if not tasks.count:
                    break
                batch, outcomes = tasks.next()
                if outcomes is None:
                    suspects += batch
                else:
                    yield from outcomes
            for suspect in suspects:
                tasks.submit([suspect])
                while tasks.count:
                    _, outcomes = tasks.next()
                    yield from [KilledWorkers(suspect[0])] if outcomes is None else outcomes
        finally:
            tasks.cancel()


class _Tasks:
    """The tasks that the cluster has not finished."""

    def __init__(self, client: Client, task: Task) -> None:
        from distributed import as_completed

        self._client, self._task = client, task
        self._expected = task.identity()
        self._completed = as_completed(loop=client.loop)
        self._batches: dict[Future, list[_Numbered]] = {}
        self._by_content = False

    @property
    def count(self) -> int:
        """The number of tasks."""
        return len(self._batches)

    def submit(self, batch: list[_Numbered]) -> None:
        """Send a task to the cluster."""
        files = [(file, _content_of(file) if self._by_content else None) for _, file in batch]
        future = self._client.submit(_read, self._task, self._expected, files, pure=False)
        self._batches[future] = batch
        self._completed.add(future)

    def next(self) -> tuple[list[_Numbered], list[Outcome] | None]:
        """Wait for a task to end; return its files and their outcomes, or None if it was given up.

        Files that the worker did not find are sent again with their content, and so are all files from then on.
        """
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        future = next(self._completed)
        batch = self._batches.pop(future)
        try:
            outcomes: list[Outcome | None] = future.result()
        except KilledWorker:
            return batch, None
        except CancelledError as exc:
            raise TrainingError(
                "the scheduler of the cluster was lost; type the same command again when it runs: files that were "
                "read are known"
            ) from exc
        except (ModuleNotFoundError, RuntimeError) as exc:
            reason = str(exc).partition(".")[0]
            raise TrainingError(
                f"the cluster cannot run this program ({reason}); install this version of musicgen-live for its "
                "scheduler and its workers, with: pip install '.[train,cluster]'"
            ) from exc
        not_found = [numbered for numbered, outcome in zip(batch, outcomes, strict=True) if outcome is None]
        if not_found:
            self._by_content = True
            self.submit(not_found)
        return batch, [
            replace(outcome, index=index)
            for (index, _), outcome in zip(batch, outcomes, strict=True)
            if outcome is not None
        ]

    def cancel(self) -> None:
        """Cancel all tasks."""
        self._client.cancel(list(self._batches))


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    """Connect to a scheduler that has a worker; TrainingError if that does not work within half a minute."""
    try:
        from distributed import Client
    except ModuleNotFoundError as exc:
        raise TrainingError("--dask needs Dask: in a clone of musicgen-live, pip install '.[cluster]'") from exc
    try:
        client = Client(scheduler, timeout=_CONNECT_LIMIT_S, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise TrainingError(
            f"there is no Dask scheduler at {scheduler!r} ({exc}); start one with: dask scheduler, and say --dask with "
            "the address that it prints, such as tcp://10.0.0.1:8786"
        ) from exc
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_LIMIT_S)
        except TimeoutError as exc:
            raise TrainingError(
                f"the Dask scheduler {scheduler} has no workers; start some on the machines that are to read, with: "
                f"DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker {scheduler}"
            ) from exc
        yield client


def _content_of(file: FileToRead) -> bytes:
    """Return the content of a file; nothing if it is gone, so that it will have changed."""
    try:
        return contents(file.path)
    except UnreadableError:
        return b""


def _read(task: Task, expected: str, files: Sequence[_Sent]) -> list[Outcome | None]:
    """Read files on a worker; return an outcome for each, or None for a file that is not to be found here."""
    if (here := task.identity()) != expected:
        raise TrainingError(
            f"a worker of the cluster reads files with {here}, and this machine with {expected}; install the same "
            "versions there, so that the tokens are the same"
        )
    if multiprocessing.current_process().daemon:
        raise TrainingError(
            "the workers of the cluster may not start processes; start them with: "
            "DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker ADDRESS"
        )
    outcomes: list[Outcome | None] = [None] * len(files)
    with tempfile.TemporaryDirectory() as folder:
        found = [
            (number, path)
            for number, (file, content) in enumerate(files)
            if (path := _path_here(file, content, Path(folder, str(number)))) is not None
        ]
        outcomes_of_found = run_in_children(
            task.function,
            [path for _, path in found],
            jobs=task.jobs,
            timeout_s=task.timeout_s,
            warm_up=task.warm_up,
        )
        with closing(outcomes_of_found):
            for outcome in outcomes_of_found:
                outcomes[found[outcome.index][0]] = outcome
    return outcomes


def _path_here(file: FileToRead, content: bytes | None, new: Path) -> str | None:
    """Return a path of a file on this machine: `new`, with the content if it was sent; None if it is not there."""
    if content is not None:
        new.write_bytes(content)
        return os.fspath(new)
    try:
        is_same = hashlib.sha256(contents(file.path)).hexdigest() == file.sha256
    except UnreadableError:
        return None
    return file.path if is_same else None
