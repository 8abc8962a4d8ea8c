"""Files are read on a Dask cluster of two workers, in processes of their own."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from tests.support.children import identity, nothing, read_or_kill
from tests.support.dask_cluster import dask_cluster, worker_pids
from tests.support.jack import wait_until
from tests.support.midi_files import tune
from training.data import cluster
from training.data.cluster import Cluster, FileToRead, KilledWorkers, Task, read_on_cluster
from training.data.dataset import Corpus
from training.data.parsing import file_reader, music21_version, warm_up
from training.data.pool import Done, Outcome
from training.data.prepare import Report, prepare

TASK = Task(read_or_kill, nothing, identity, jobs=1, timeout_s=60.0)
SIZES = [3, 5, 7, 9, 11, 13]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Return the address of a scheduler with two workers; a task may lose one of them."""
    with dask_cluster(2, allowed_failures=1) as address:
        yield address


@pytest.fixture
def files(tmp_path: Path) -> list[FileToRead]:
    """Return files with as many bytes as `SIZES` says."""
    return [written(tmp_path / str(size), b"x" * size) for size in SIZES]


def written(path: Path, content: bytes) -> FileToRead:
    path.write_bytes(content)
    return FileToRead(str(path), hashlib.sha256(content).hexdigest())


def outcomes_of(
    files: list[FileToRead], scheduler: str, files_per_task: int, task: Task = TASK
) -> list[Outcome | KilledWorkers]:
    with closing(read_on_cluster(Cluster(scheduler, files_per_task), task, files)) as outcomes:
        return sorted(outcomes, key=lambda outcome: outcome.index)


def test_workers_read_files_by_path(files: list[FileToRead], scheduler: str) -> None:
    assert outcomes_of(files, scheduler, 2) == [Done(number, size) for number, size in enumerate(SIZES)]


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="no /proc to give a path two meanings")
def test_files_that_workers_do_not_have_are_sent(
    files: list[FileToRead], scheduler: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The workers' current folder is another one, so the path leads nowhere there."""
    monkeypatch.chdir(tmp_path)
    elsewhere = [FileToRead(f"/proc/self/cwd/{Path(file.path).name}", file.sha256) for file in files]
    assert outcomes_of(elsewhere, scheduler, 2) == [Done(number, size) for number, size in enumerate(SIZES)]


def test_a_file_that_kills_its_workers_is_named_and_the_others_are_read(
    files: list[FileToRead], scheduler: str, tmp_path: Path
) -> None:
    files.insert(2, written(tmp_path / "killer", b"kill"))
    found = outcomes_of(files, scheduler, 4)
    assert found[2] == KilledWorkers(2)
    assert [outcome.value for outcome in found if isinstance(outcome, Done)] == SIZES


def test_a_killed_worker_costs_a_retry_and_the_data_set_is_that_of_one_machine(tmp_path: Path, scheduler: str) -> None:
    midi = tmp_path / "midi"
    midi.mkdir()
    for number in range(6):
        (midi / f"{number}.mid").write_bytes(tune(number, length=110 + number))

    def run(out: str, cluster: Cluster | None = None) -> Report:
        def on_file(done: int, _total: int) -> None:
            # Both workers have a task now.
            if done == 1 and cluster:
                os.kill(min(before), signal.SIGKILL)

        corpus, cache = Corpus("tunes", "CC0-1.0"), tmp_path / f"cache-{out}"
        return prepare(midi, tmp_path / out, corpus=corpus, cluster=cluster, cache=cache, on_file=on_file)

    wait_until(lambda: len(worker_pids(scheduler)) == 2, "both workers")
    before = worker_pids(scheduler)
    assert run("on-cluster", Cluster(scheduler, files_per_task=2)).skipped == ()
    assert min(before) not in worker_pids(scheduler)
    run("here")
    for name in ("ids.npy", "dataset.json"):
        assert (tmp_path / "on-cluster" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_workers_with_other_versions_are_refused(files: list[FileToRead], scheduler: str) -> None:
    with_folder = Task(read_or_kill, nothing, os.getcwd, jobs=1, timeout_s=60.0)
    with pytest.raises(TrainingError, match=r"a worker of the cluster reads files with .*; install the same versions"):
        outcomes_of(files, scheduler, 2, with_folder)


def test_a_cluster_that_cannot_read_is_an_error_with_advice(files: list[FileToRead], tmp_path: Path) -> None:
    """Its workers are started without the setting that lets them start processes, and find no tests to import."""
    task = Task(file_reader("bars"), warm_up, music21_version, jobs=1, timeout_s=60.0)
    with dask_cluster(1, daemon=True, path=tmp_path) as address:
        with pytest.raises(TrainingError, match="start them with: DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker"):
            outcomes_of(files, address, 2, task)
        with pytest.raises(
            TrainingError, match=r"cannot run this program \(.*\); install this version of musicgen-live"
        ):
            outcomes_of(files, address, 2)


def test_a_cluster_that_is_not_there_is_an_error(files: list[FileToRead], monkeypatch: pytest.MonkeyPatch) -> None:
    with dask_cluster(0) as address:
        monkeypatch.setattr(cluster, "_CONNECT_LIMIT_S", 1.0)
        with pytest.raises(TrainingError, match=f"the Dask scheduler {address} has no workers; start some on"):
            outcomes_of(files, address, 2)
    with pytest.raises(TrainingError, match=r"there is no Dask scheduler at 'tcp://127.0.0.1:1' \(.*start one with"):
        outcomes_of(files, "tcp://127.0.0.1:1", 2)
    with pytest.raises(TrainingError, match="there is no Dask scheduler at 'here'"):
        outcomes_of(files, "here", 2)
