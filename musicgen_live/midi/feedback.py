"""Sends feedback to a MIDI controller: the positions of its motor faders and the state of its lights."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.errors import PortError
from musicgen_live.midi.port import PortOutput, open_port


class Feedback:
    """The output port of a controller, if it has one; repeats the latest messages when the device is back.

    Reports no problems, because the controller's input does.
    """

    def __init__(self, name: str, on_send: Callable[[bytes], None]) -> None:
        """Open the output of the controller whose input has this name; on JACK the two names differ after the colon.

        `on_send` is called with each message just before it is sent.
        """
        self._on_send = on_send
        self._latest: dict[bytes, bytes] = {}
        self._is_lost = False
        self._port: PortOutput | None = None
        for port_name in (name, f"{name.partition(':')[0]}:"):
            try:
                self._port = open_port(port_name)
                break
            except PortError:
                continue  # A controller without an output is no error.

    def __str__(self) -> str:
        return str(self._port or "")

    def send(self, message: bytes) -> None:
        """Send a channel message if the port is open, and store it to repeat it later."""
        self._latest[message[:2]] = message
        if self._port is None or self._is_lost:
            return
        self._on_send(message)
        try:
            self._port.send(0, message)
        except PortError:
            self._is_lost = True

    def poll(self) -> None:
        """Check if the port exists. Call it a few times per second; it takes 0.3 ms if nothing has changed."""
        if self._port is None:
            return
        if not self._port.is_there():
            self._is_lost = True
        elif self._is_lost:
            try:
                self._port.reopen()
            except PortError:
                return  # gone again
            self._is_lost = False
            for message in self._latest.values():
                self.send(message)

    def close(self) -> None:
        """Close the port if there is one."""
        if self._port is not None:
            self._port.close()
