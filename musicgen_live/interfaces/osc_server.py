"""Open Sound Control over UDP: what can be steered, as addresses, and what happens, told to those who subscribe.

In: `/tempo 132`, `/key "D dorian"`, `/reroll`, `/save NAME`, `/state`, `/subscribe [PORT]`, `/unsubscribe [PORT]`.
Out: `/state NAME VALUE`, `/notes PITCH VELOCITY TICK ...`, `/bar N`, `/kept PATH`, `/said TEXT`, `/ended`, and
`/error NAME REASON`.
"""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.errors import MusicgenError, PortError, SettingsError
from musicgen_live.interfaces.events import Changed, Event, Opened, Refused
from musicgen_live.interfaces.osc_messages import as_osc, change_of, messages_for, messages_of

LOOPBACK = "127.0.0.1"
MOST_RECEIVERS = 16

TOLD_AGAIN_S = 1.0
MOST_TOLD = 4
"""All who watch are told of so many refusals in `TOLD_AGAIN_S`, and of none twice: a fader sends a hundred values a
second. Who sent it is told every time."""

_LONGEST_NAME, _LONGEST_REASON = 60, 400
"""In characters: a packet may hold 65,507."""

Address = tuple[str, int]

_OUTGOING = ("/notes", "/bar", "/kept", "/said", "/ended", "/error")
"""What is never answered, so that two servers that were told of each other do not talk for ever."""

_LARGEST_PACKET_BYTES = 65_536


def parse_address(text: str) -> Address:
    """Host and port of `9000` (this machine alone) or `0.0.0.0:9000`; SettingsError if it is none."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError(
            f"osc is {text!r}; write a port from 1 to 65535, such as 9000, or with an address of this machine that "
            "others reach it by, such as 0.0.0.0:9000"
        )
    return host or LOOPBACK, int(port)


class OscServer:
    """Hears wishes in a thread of its own, and is an observer: called with events, it only sends, and never waits.

    Events go to those who subscribed; where nobody has, to whoever sent something last.
    """

    def __init__(
        self,
        steer: Callable[[Change], None],
        refuse: Callable[[Refused], None],
        address: Address,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Listen at an address; PortError where that address cannot be had.

        `steer` is called with wishes, `refuse` with what was no wish and is to be told to all who watch; from another
        thread, both.
        """
        self._steer = steer
        self._refuse = refuse
        self._now_s = now_s
        self._lock = threading.Lock()
        self._told_s: dict[str, float] = {}
        """When the refusals of late were given to `refuse`, by name."""
        self._answered: dict[Refused, list[Address]] = {}
        """Who need not be told of them any more."""
        self._values: dict[str, Value] = {}
        self._subscribed: list[Address] = []
        self._latest: Address | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(address)
        except (OSError, UnicodeError) as error:
            self._socket.close()
            raise PortError(_unheard(address, error)) from error
        self.address: Address = self._socket.getsockname()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, name="osc", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening; a second call does nothing."""
        if self._thread.is_alive():
            self._wake.send(b"\0")
            self._thread.join()
            for opened in (self._socket, self._wake, self._woken):
                opened.close()

    def __call__(self, event: Event) -> None:
        """Tell the receivers of an event."""
        if isinstance(event, Opened):
            with self._lock:
                self._values = dict(event.values)
        elif isinstance(event, Changed) and PARAMETERS[event.name].kind != "action":
            with self._lock:
                self._values[event.name] = event.value
        answered: list[Address] = []
        if isinstance(event, Refused):
            with self._lock:
                answered = self._answered.pop(event, [])
        for address, values in messages_for(event):
            self._send_to_receivers(address, *values, but=answered)

    def _listen(self) -> None:
        while self._woken not in select.select([self._socket, self._woken], [], [])[0]:
            try:
                packet, sender = self._socket.recvfrom(_LARGEST_PACKET_BYTES)
            except OSError:
                # Windows says here that an earlier message reached nobody.
                continue
            with self._lock:
                self._latest = sender
            for message in messages_of(packet):
                self._obey(message, sender)

    def _obey(self, message: OscMessage, sender: Address) -> None:
        name = message.address.removeprefix("/")
        try:
            if name in ("subscribe", "unsubscribe"):
                self._subscribe(message, sender)
            elif name == "state":
                # With values it is one of ours, come back.
                if not message.params:
                    self._tell_state(self._answered_at(sender))
            elif message.address not in _OUTGOING and (change := change_of(name, message.params)) is not None:
                self._steer(change)
        except MusicgenError as error:
            self._answer(sender, Refused(_cut(name, _LONGEST_NAME), _cut(str(error), _LONGEST_REASON)))

    def _answer(self, sender: Address, refused: Refused) -> None:
        receivers = self._answered_at(sender)
        if refused.name not in ("subscribe", "unsubscribe") and self._is_news(refused.name):
            with self._lock:
                self._answered[refused] = receivers
            self._refuse(refused)
        for receiver in receivers:
            self._send(receiver, "/error", refused.name, refused.reason)

    def _is_news(self, name: str) -> bool:
        now_s = self._now_s()
        self._told_s = {told: at_s for told, at_s in self._told_s.items() if now_s - at_s < TOLD_AGAIN_S}
        if name in self._told_s or len(self._told_s) >= MOST_TOLD:
            return False
        self._told_s[name] = now_s
        return True

    def _subscribe(self, message: OscMessage, sender: Address) -> None:
        port = message.params[0] if message.params else sender[1]
        if type(port) is not int or not 0 < port < 65_536:
            raise SettingsError(f"{message.address} {port!r} names no port; it can be 1 to 65535")
        receiver = (sender[0], port)
        with self._lock:
            others = [other for other in self._subscribed if other != receiver]
            self._subscribed = others[-MOST_RECEIVERS + 1 :] + [receiver] * (message.address == "/subscribe")
        if message.address == "/subscribe":
            self._tell_state([receiver])

    def _tell_state(self, receivers: list[Address]) -> None:
        with self._lock:
            values = list(self._values.items())
        for receiver in receivers:
            for name, value in values:
                self._send(receiver, "/state", name, as_osc(name, value))

    def _answered_at(self, sender: Address) -> list[Address]:
        """Where a sender hears answers: at the ports that its machine subscribed, if it is none of them itself."""
        with self._lock:
            receivers = [receiver for receiver in self._subscribed if receiver[0] == sender[0]]
        return [sender] if sender in receivers else receivers or [sender]

    def _send_to_receivers(self, address: str, *values: Any, but: Sequence[Address] = ()) -> None:  # noqa: ANN401
        with self._lock:
            receivers = self._subscribed or ([self._latest] if self._latest else [])
        for receiver in receivers:
            if receiver not in but:
                self._send(receiver, address, *values)

    def _send(self, receiver: Address, address: str, *values: Any) -> None:  # noqa: ANN401
        builder = OscMessageBuilder(address)
        for value in values:
            # A file's name may have bytes that are no text.
            builder.add_arg(value.encode("utf-8", "replace").decode() if isinstance(value, str) else value)
        try:
            self._socket.sendto(builder.build().dgram, receiver)
        except OSError:
            # A receiver that is gone, or a full buffer: UDP promises nothing, and the music must not wait.
            return


def _unheard(address: Address, error: OSError | UnicodeError) -> str:
    """Why nothing can be heard at an address, and what to type."""
    is_elsewhere = isinstance(error, socket.gaierror | UnicodeError) or error.errno == errno.EADDRNOTAVAIL
    instead = (
        "write a port alone after --osc, such as 9000, or an address of this machine, such as 0.0.0.0:9000"
        if is_elsewhere
        else "choose another port with --osc"
    )
    reason = error.strerror if isinstance(error, OSError) else None
    return f"OSC cannot be heard at {address[0]}:{address[1]} ({reason or error}); {instead}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
