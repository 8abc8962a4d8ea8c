"""An OSC server on loopback, with clients and a clock that the test sets."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.interfaces.osc_server import OscServer
from tests.support.osc import Client, Clock


@pytest.fixture
def changes() -> queue.SimpleQueue[Change]:
    return queue.SimpleQueue()


@pytest.fixture
def refusals() -> queue.SimpleQueue[Refused]:
    return queue.SimpleQueue()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(
    changes: queue.SimpleQueue[Change], refusals: queue.SimpleQueue[Refused], clock: Clock
) -> Iterator[OscServer]:
    with OscServer(changes.put, refusals.put, ("127.0.0.1", 0), clock) as server:
        yield server


@pytest.fixture
def client(server: OscServer) -> Iterator[Client]:
    client = Client(server)
    yield client
    client.close()


@pytest.fixture
def other(server: OscServer) -> Iterator[Client]:
    client = Client(server)
    yield client
    client.close()
