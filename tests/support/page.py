"""A page without a browser: HTTP and a WebSocket from the websockets library, with any headers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from musicgen_live.interfaces.web.server import WebServer

LIMIT_S = 30.0

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""The handshake of RFC 6455, 1.3."""


def host_of(server: WebServer) -> str:
    """Return the Host header of a server's own page."""
    return f"127.0.0.1:{server.address[1]}"


def token_in(url: str) -> str:
    """Return the token in the URL of a page."""
    return url.partition("#")[2]


def request(
    server: WebServer,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Return the status, the headers by lower-case name, and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.address[1], timeout=LIMIT_S)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": host_of(server), **(headers or {})}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


class PageClient:
    """The WebSocket of a page that has sent its token."""

    def __init__(self, server: WebServer, token: str | None = None, *, max_queue: int = 1000) -> None:
        """Connect; with `max_queue` 1 nothing is read before `receive` is called."""
        host = host_of(server)
        connecting = connect(
            f"ws://{host}/socket",
            origin=Origin(f"http://{host}"),
            open_timeout=LIMIT_S,
            close_timeout=1,
            max_size=None,
            max_queue=max_queue,
            compression=None,
        )
        self._closing = ExitStack()
        self._socket = self._closing.enter_context(connecting)
        self._events: list[dict[str, Any]] = []
        self.send({"token": token_in(server.url) if token is None else token})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.close()

    def send(self, message: object) -> None:
        """Send a message as JSON."""
        self._socket.send(json.dumps(message))

    def send_raw(self, data: str | bytes) -> None:
        """Send any text or bytes."""
        self._socket.send(data)

    def receive(self) -> dict[str, Any]:
        """Return the next event."""
        while not self._events:
            self._events = json.loads(self._socket.recv(timeout=LIMIT_S))
        return self._events.pop(0)

    def receive_until(self, is_wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Return the events up to the first one that is wanted."""
        events = [self.receive()]
        while not is_wanted(events[-1]):
            events.append(self.receive())
        return events

    def close_code(self) -> int | None:
        """Read on until the server closes the WebSocket; return its code."""
        try:
            while True:
                self._socket.recv(timeout=LIMIT_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
