"""A server of the page on loopback, with what it asks the session for."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from musicgen_live.config.parameters import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.interfaces.web.server import WebServer
from musicgen_live.sound.instrument import instrument_files
from tests.support.page import PageClient


@pytest.fixture
def quits() -> queue.SimpleQueue[None]:
    return queue.SimpleQueue()


class PlayedKeys:
    """Keeps the ports that pages chose, and what was played: page, moment and message, or the page that is gone."""

    def __init__(self) -> None:
        self.ports: queue.SimpleQueue[tuple[int, str | None]] = queue.SimpleQueue()
        self.played: queue.SimpleQueue[tuple[int, float, bytes] | int] = queue.SimpleQueue()

    def receive(self, page: int, at_s: float, message: bytes) -> None:
        self.played.put((page, at_s, message))

    def choose_port(self, output: int, name: str | None) -> None:
        self.ports.put((output, name))

    def lose(self, page: int) -> None:
        self.played.put(page)


@pytest.fixture
def keys() -> PlayedKeys:
    return PlayedKeys()


@pytest.fixture
def server(
    changes: queue.SimpleQueue[Change],
    refusals: queue.SimpleQueue[Refused],
    quits: queue.SimpleQueue[None],
    keys: PlayedKeys,
) -> Iterator[WebServer]:
    def quit_take() -> None:
        quits.put(None)

    with WebServer(
        changes.put,
        refusals.put,
        quit_take,
        keys.choose_port,
        keys,
        ("127.0.0.1", 0),
        instrument_files(),
        now_s=lambda: 12.5,
    ) as server:
        yield server
    assert refusals.empty()


@pytest.fixture
def page(server: WebServer) -> Iterator[PageClient]:
    with PageClient(server) as page:
        assert page.receive()["event"] == "hello"
        yield page
