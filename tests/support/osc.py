"""An OSC client on a UDP socket of its own, by python-osc, and a clock that the test sets."""

from __future__ import annotations

import socket
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from musicgen_live.interfaces.osc_server import OscServer

LIMIT_S = 20.0


def packet(address: str, *values: str | float | bytes | None) -> bytes:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


class Client:
    """A program with its own UDP socket."""

    def __init__(self, server: OscServer) -> None:
        self._server = server.address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(LIMIT_S)
        self.port: int = self._socket.getsockname()[1]

    def send(self, address: str, *values: str | float | bytes | None) -> None:
        self._socket.sendto(packet(address, *values), self._server)

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendto(data, self._server)

    def receive(self) -> tuple[Any, ...]:
        message = OscMessage(self._socket.recv(65_536))
        return (message.address, *message.params)

    def skip_errors(self) -> None:
        """Skip refusals that have arrived."""
        self._socket.settimeout(0)
        try:
            while OscMessage(self._socket.recv(65_536, socket.MSG_PEEK)).address == "/error":
                self._socket.recv(65_536)
        except BlockingIOError:
            pass
        finally:
            self._socket.settimeout(LIMIT_S)

    def has_nothing(self) -> bool:
        """Return True if nothing has arrived; loopback delivers earlier messages before this call."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(65_536)
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(LIMIT_S)
        return False

    def close(self) -> None:
        self._socket.close()


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s
