"""A server of the page on loopback, with what it asks the session for."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.interfaces.web.messages import Card, Cards
from musicgen_live.interfaces.web.server import WebServer
from musicgen_live.sound.instrument import instrument_files
from tests.support.page import PageClient

CARDS = Cards(event="cards", presets=[Card(name="nocturne", words="Slow.")], models=[], scenes=["1"])


class KeptRequests:
    """Keeps what pages ask for. Of what is played: page, moment and message, or the page alone that is gone."""

    def __init__(self, changes: queue.SimpleQueue[Change], refusals: queue.SimpleQueue[Refused]) -> None:
        self.steer = changes.put
        self.refuse = refusals.put
        self.quits: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.ports: queue.SimpleQueue[tuple[int, str | None]] = queue.SimpleQueue()
        self.played: queue.SimpleQueue[tuple[int, float, bytes] | int] = queue.SimpleQueue()

    def quit(self) -> None:
        self.quits.put(None)

    def choose_port(self, output: int, name: str | None) -> None:
        self.ports.put((output, name))

    def receive_played(self, page: int, at_s: float, message: bytes) -> None:
        self.played.put((page, at_s, message))

    def release_played(self, page: int) -> None:
        self.played.put(page)

    def cards(self) -> Cards:
        return CARDS


@pytest.fixture
def session(changes: queue.SimpleQueue[Change], refusals: queue.SimpleQueue[Refused]) -> KeptRequests:
    return KeptRequests(changes, refusals)


@pytest.fixture
def server(session: KeptRequests, refusals: queue.SimpleQueue[Refused]) -> Iterator[WebServer]:
    with WebServer(session, ("127.0.0.1", 0), instrument_files(), now_s=lambda: 12.5) as server:
        yield server
    assert refusals.empty()


@pytest.fixture
def page(server: WebServer) -> Iterator[PageClient]:
    with PageClient(server) as page:
        assert page.receive()["event"] == "hello"
        yield page
