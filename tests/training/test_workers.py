from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from functools import partial
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from tests.support.jack import wait_until
from tests.support.train_together import fail_in_the_second, wait_for_a_signal
from training import workers
from training.workers import Workers, train_together

ADDRESSES = ["first:5000", "first:5001", "second:5000"]


def config(index: object, addresses: object = ADDRESSES, kind: str = "worker", **others: object) -> str:
    return json.dumps({"cluster": {"worker": addresses, **others}, "task": {"type": kind, "index": index}})


@pytest.fixture
def set_config(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    return monkeypatch


def test_the_environment_names_the_workers(set_config: pytest.MonkeyPatch) -> None:
    assert Workers.of_environment() is None
    set_config.setenv("TF_CONFIG", config(1))
    found = Workers.of_environment()
    assert found == Workers(("first:5000", "first:5001", "second:5000"), 1)
    assert json.loads(found.as_config()) == json.loads(config(1))
    assert (found.on_this_machine, found.number_on_this_machine) == (2, 1)


def test_a_single_worker_is_none(set_config: pytest.MonkeyPatch) -> None:
    set_config.setenv("TF_CONFIG", config(0, ["here:5000"]))
    assert Workers.of_environment() is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "{",
            "[]",
            "[" * 100_000,
            config(3),
            config("x"),
            config(None),
            config([0]),
            config({}),
            config(float("inf")),
        ),
        *(config(0, "first:5000"), config(0, [1, 2]), config(0, kind="ps"), config(0, chief=["other:1"])),
    ],
    ids=lambda text: text[-30:],
)
def test_other_environments_are_refused_with_an_example(text: str, set_config: pytest.MonkeyPatch) -> None:
    set_config.setenv("TF_CONFIG", text)
    with pytest.raises(TrainingError, match=r'TF_CONFIG is .*it must be like \{"cluster": \{"worker": \["first:5000"'):
        Workers.of_environment()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to end a process with")
def test_if_a_worker_fails_the_others_end_and_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "STOP_LIMIT_S", 0.5)
    said: list[str] = []
    assert train_together(fail_in_the_second, 2, said.append) == 128 + 9
    assert said == ["worker 2 of 2 ended with exit code 3, and wrote last:\nno memory left"]
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_workers(number: signal.Signals, tmp_path: Path) -> None:
    def send() -> None:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2, "both workers")
        os.kill(os.getpid(), number)

    said: list[str] = []
    sender = threading.Thread(target=send)
    sender.start()
    assert train_together(partial(wait_for_a_signal, str(tmp_path)), 2, said.append) == 128 + number
    sender.join()
    assert said == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
