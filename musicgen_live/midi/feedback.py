"""The way back to a device that controls: where its faders are to go and which of its lights are on."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.errors import PortError
from musicgen_live.midi.port import PortOutput, open_port


class Feedback:
    """The output of a device whose input is listened to, if it has one. What it was told is told anew when it is back.

    Troubles are not told: the device is heard or missed by its input.
    """

    def __init__(self, name: str, sent: Callable[[bytes], None]) -> None:
        """`name` is what its input was named by; on JACK inputs and outputs of a client have names of their own.

        `sent` is called with each message as it goes out, just before it does.
        """
        self._sent = sent
        self._latest: dict[bytes, bytes] = {}
        self._is_lost = False
        self._port: PortOutput | None = None
        for tried in (name, f"{name.partition(':')[0]}:"):
            try:
                self._port = open_port(tried)
                break
            except PortError:
                continue  # It has none by this name: that is no error.

    def __str__(self) -> str:
        return str(self._port or "")

    def send(self, message: bytes) -> None:
        """Send a channel message if there is somewhere to send it."""
        self._latest[message[:2]] = message
        if self._port is None or self._is_lost:
            return
        self._sent(message)
        try:
            self._port.send(0, message)
        except PortError:
            self._is_lost = True

    def poll(self) -> None:
        """See whether the device is there, a few times a second: 0.3 ms if nothing has changed."""
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
