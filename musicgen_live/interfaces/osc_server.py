"""Receives changes by Open Sound Control over UDP, an address per parameter, and sends events to subscribers.

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

from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import PortError, SettingsError
from musicgen_live.interfaces.events import Changed, Event, Opened, Refused
from musicgen_live.interfaces.osc_messages import as_osc, messages_for, messages_of
from musicgen_live.interfaces.remote_changes import RemoteChanges

LOOPBACK = "127.0.0.1"
MAX_RECEIVERS = 16

REFUSAL_REPEAT_S = 1.0
MAX_REFUSALS = 4
"""The number of refusals that are published within `REFUSAL_REPEAT_S`, each name once, because a fader sends a hundred
values per second. The sender gets an answer every time."""

_MAX_NAME_LENGTH, _MAX_REASON_LENGTH = 60, 400
"""In characters; a packet may hold 65,507 bytes."""

Address = tuple[str, int]

OUTGOING = ("/notes", "/bar", "/kept", "/said", "/ended", "/error")
"""Addresses that are never answered, so that two servers that send to each other do not loop for ever."""

_MAX_PACKET_BYTES = 65_536


def parse_address(text: str) -> Address:
    """Parse `9000` (this machine only) or `0.0.0.0:9000` into host and port; SettingsError if it is neither."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError(
            f"--osc is {text!r}; write a port from 1 to 65535, such as 9000, or with an address of this machine that "
            "others reach it by, such as 0.0.0.0:9000"
        )
    return host or LOOPBACK, int(port)


def warning_for(address: Address) -> str | None:
    """Return a sentence about who can send to an address, if that is not this machine alone."""
    host, port = address
    if host == "localhost" or host.startswith("127."):
        return None
    place = "the whole network" if host == "0.0.0.0" else f"the network of {host}"
    return f"OSC comes from {place}, at port {port}: anybody there can change this take and save presets."


class OscServer:
    """Receives changes in its own thread, and is an observer: called with an event, it sends and never waits.

    Events go to the subscribers; without any, to the latest sender of a request that was understood.
    """

    def __init__(
        self,
        on_change: Callable[[Change], None],
        on_refusal: Callable[[Refused], None],
        address: Address,
        now_s: Callable[[], float] = time.monotonic,
        *,
        reason_of: Callable[[Exception], str] = str,
    ) -> None:
        """Listen at an address; PortError if it is not available.

        The server's thread calls `on_change` with each change, and `on_refusal` with each impossible one that all
        observers should get. `reason_of` gives the text of any error that a message causes.
        """
        self._on_change = on_change
        self._on_refusal = on_refusal
        self._now_s = now_s
        self._reason_of = reason_of
        self._lock = threading.Lock()
        self._refused_at_s: dict[str, float] = {}
        """The times of the latest refusals that were published, by name."""
        self._answered_addresses: dict[Refused, list[Address]] = {}
        """The addresses that already got the answer to a published refusal."""
        self._remote_changes = RemoteChanges("by OSC", now_s)
        self._values: dict[str, Value] = {}
        self._subscribed: list[Address] = []
        self._latest_sender: Address | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(address)
        except (OSError, UnicodeError) as error:
            self._socket.close()
            raise PortError(_bind_error_message(address, error)) from error
        self.address: Address = self._socket.getsockname()
        self._wake_sender, self._wake_receiver = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, name="osc", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening; a second call does nothing."""
        if self._thread.is_alive():
            self._wake_sender.send(b"\0")
            self._thread.join()
            for each in (self._socket, self._wake_sender, self._wake_receiver):
                each.close()

    def __call__(self, event: Event) -> None:
        """Send an event to the receivers."""
        self._remote_changes.handle(event)
        if isinstance(event, Opened):
            with self._lock:
                self._values = dict(event.values)
        elif isinstance(event, Changed) and PARAMETERS[event.name].kind != "action":
            with self._lock:
                self._values[event.name] = event.value
        answered: list[Address] = []
        if isinstance(event, Refused):
            with self._lock:
                answered = self._answered_addresses.pop(event, [])
        for address, values in messages_for(event):
            self._send_to_receivers(address, *values, exclude=answered)

    def _listen(self) -> None:
        while self._wake_receiver not in select.select([self._socket, self._wake_receiver], [], [])[0]:
            try:
                packet, sender = self._socket.recvfrom(_MAX_PACKET_BYTES)
            except OSError:
                # Windows reports here that an earlier message reached nobody.
                continue
            self.handle_packet(packet, sender)

    def handle_packet(self, packet: bytes, sender: Address) -> None:
        """Handle the messages of a packet, whatever it holds."""
        try:
            for message in messages_of(packet):
                self._handle(message, sender)
        except Exception as error:
            self._refuse(sender, Refused("osc", _cut(self._reason_of(error), _MAX_REASON_LENGTH)))

    def _handle(self, message: OscMessage, sender: Address) -> None:
        name = message.address.removeprefix("/")
        try:
            if name in ("subscribe", "unsubscribe"):
                self._subscribe(message, sender)
            elif name == "state":
                # A message with values is one of ours that came back.
                if not message.params:
                    self._send_state(self._answer_addresses(sender))
                    self._set_latest(sender)
            elif message.address not in OUTGOING:
                if (change := self._remote_changes.parse(name, message.params)) is not None:
                    self._on_change(change)
                self._set_latest(sender)
        except Exception as error:
            self._refuse(
                sender, Refused(_cut(name, _MAX_NAME_LENGTH), _cut(self._reason_of(error), _MAX_REASON_LENGTH))
            )

    def _set_latest(self, sender: Address) -> None:
        """Send events to this sender of a request that was understood, if nobody has subscribed."""
        with self._lock:
            self._latest_sender = sender

    def _refuse(self, sender: Address, refused: Refused) -> None:
        receivers = self._answer_addresses(sender)
        if refused.name not in ("subscribe", "unsubscribe") and self._may_publish(refused.name):
            with self._lock:
                self._answered_addresses[refused] = receivers
            self._on_refusal(refused)
        for receiver in receivers:
            self._send(receiver, "/error", refused.name, refused.reason)

    def _may_publish(self, name: str) -> bool:
        now_s = self._now_s()
        self._refused_at_s = {
            other: at_s for other, at_s in self._refused_at_s.items() if now_s - at_s < REFUSAL_REPEAT_S
        }
        if name in self._refused_at_s or len(self._refused_at_s) >= MAX_REFUSALS:
            return False
        self._refused_at_s[name] = now_s
        return True

    def _subscribe(self, message: OscMessage, sender: Address) -> None:
        port = message.params[0] if message.params else sender[1]
        if type(port) is not int or not 0 < port < 65_536:
            raise SettingsError(f"{message.address} {port!r} names no port; it can be 1 to 65535")
        receiver = (sender[0], port)
        with self._lock:
            others = [other for other in self._subscribed if other != receiver]
            self._subscribed = others[-MAX_RECEIVERS + 1 :] + [receiver] * (message.address == "/subscribe")
        if message.address == "/subscribe":
            self._send_state([receiver])

    def _send_state(self, receivers: list[Address]) -> None:
        with self._lock:
            values = list(self._values.items())
        for receiver in receivers:
            for name, value in values:
                self._send(receiver, "/state", name, as_osc(name, value))

    def _answer_addresses(self, sender: Address) -> list[Address]:
        """Return a subscriber's own address; for other senders the ports that their machine subscribed, if any."""
        with self._lock:
            receivers = [receiver for receiver in self._subscribed if receiver[0] == sender[0]]
        return [sender] if sender in receivers else receivers or [sender]

    def _send_to_receivers(self, address: str, *values: Any, exclude: Sequence[Address] = ()) -> None:  # noqa: ANN401
        with self._lock:
            receivers = self._subscribed or ([self._latest_sender] if self._latest_sender else [])
        for receiver in receivers:
            if receiver not in exclude:
                self._send(receiver, address, *values)

    def _send(self, receiver: Address, address: str, *values: Any) -> None:  # noqa: ANN401
        builder = OscMessageBuilder(address)
        for value in values:
            # A file name may contain bytes that are no text.
            builder.add_arg(value.encode("utf-8", "replace").decode() if isinstance(value, str) else value)
        try:
            self._socket.sendto(builder.build().dgram, receiver)
        except OSError:
            # The receiver is gone or the buffer is full: UDP guarantees nothing, and the music must not wait.
            return


def _bind_error_message(address: Address, error: OSError | UnicodeError) -> str:
    """Return the reason why an address is not available, with advice."""
    is_other_machine = isinstance(error, socket.gaierror | UnicodeError) or error.errno == errno.EADDRNOTAVAIL
    advice = (
        "write a port alone after --osc, such as 9000, or an address of this machine, such as 0.0.0.0:9000"
        if is_other_machine
        else "choose another port with --osc"
    )
    reason = error.strerror if isinstance(error, OSError) else None
    return f"OSC cannot be heard at {address[0]}:{address[1]} ({reason or error}); {advice}"


def _cut(text: str, max_length: int) -> str:
    return text if len(text) <= max_length else f"{text[: max_length - 3]}..."
