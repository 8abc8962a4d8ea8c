import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from tests.support.children import act, fail_to_start, nothing
from tests.support.processes import ends_with_its_children
from training.data.pool import Crashed, Done, Outcome, TimedOut, run_in_children

ROOT = Path(__file__).parents[3]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def run(pending: list[str], *, jobs: int = 1, timeout_s: float = 60.0) -> list[Outcome]:
    with closing(run_in_children(act, pending, jobs=jobs, timeout_s=timeout_s, warm_up=nothing)) as outcomes:
        return sorted(outcomes, key=lambda outcome: outcome.index)


def test_every_argument_has_an_outcome_and_no_process_stays() -> None:
    assert run(["a", "b", "\udcff", "long 100000"], jobs=2) == [
        Done(0, "A"),
        Done(1, "B"),
        Done(2, "\udcff"),
        Done(3, ["x"] * 100_000),
    ]
    assert multiprocessing.active_children() == []


def test_no_arguments_start_nothing() -> None:
    assert run([]) == []


def test_arguments_are_made_when_they_are_needed() -> None:
    made = []

    def arguments() -> Iterator[str]:
        for number in range(20):
            made.append(number)
            yield "a"

    with closing(run_in_children(act, arguments(), jobs=1, timeout_s=60.0, warm_up=nothing)) as outcomes:
        for done, _ in enumerate(outcomes, start=1):
            assert len(made) <= done + 2
    assert len(made) == 20


def test_a_child_serves_many_arguments() -> None:
    pids = [outcome.value for outcome in run(["pid"] * 5) if isinstance(outcome, Done)]
    assert len(pids) == 5
    assert len(set(pids)) == 1
    assert os.getpid() not in pids


def test_a_hanging_child_is_killed_and_the_others_continue() -> None:
    assert run(["a", "hang", "b"], timeout_s=1.0) == [Done(0, "A"), TimedOut(1), Done(2, "B")]
    assert multiprocessing.active_children() == []


def test_a_crash_fails_one_argument() -> None:
    assert run(["exit 3", "a", "raise"]) == [Crashed(0, 3), Done(1, "A"), Crashed(2, 1)]


@posix
def test_a_killed_child_fails_one_argument() -> None:
    assert run(["a", "killed", "b"]) == [Done(0, "A"), Crashed(1, -9), Done(2, "B")]


def test_children_that_cannot_start_are_an_error() -> None:
    with pytest.raises(TrainingError, match=r"did not start \(exit code 7\)"):
        list(run_in_children(act, ["a"], jobs=1, timeout_s=60, warm_up=fail_to_start))
    assert multiprocessing.active_children() == []


def test_closing_the_generator_ends_the_children() -> None:
    with closing(run_in_children(act, ["a", "hang"], jobs=2, timeout_s=600, warm_up=nothing)) as outcomes:
        assert next(outcomes) == Done(0, "A")
        assert multiprocessing.active_children() != []
    assert multiprocessing.active_children() == []


PARENT = """
from collections.abc import Iterator
from contextlib import closing
from tests.support.children import act, nothing
from training.data.pool import run_in_children
if __name__ == "__main__":
    with closing(run_in_children(act, ["pid", "hang"], jobs=1, timeout_s=600, warm_up=nothing)) as outcomes:
        print(next(outcomes).value, flush=True)
        next(outcomes)
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_its_parent(number: signal.Signals) -> None:
    assert ends_with_its_children(PARENT, number) == -number
