"""Input ports: existing ones by name, or virtual ones for others to connect to. Messages are bytes with a time."""

from __future__ import annotations

import sys
from collections.abc import Callable

from musicgen_live.errors import NoSuchPort, NoVirtualPorts, PortError
from musicgen_live.midi.advice import how_to_get_a_port
from musicgen_live.midi.c_output import captured_c_output
from musicgen_live.midi.port import (
    POLLS_PER_OPENING,
    OpenPort,
    closed_on_failure,
    own_name,
    refusal_told,
    require_system,
)
from musicgen_live.midi.port_names import match_port
from musicgen_live.midi.rtmidi_client import RtMidiClient
from musicgen_live.midi.systems import Port, scan_systems

OnMessage = Callable[[float, bytes], None]
"""Gets `time.monotonic()` and the message on arrival, on a thread of the MIDI system, and must return quickly."""


def open_input(name: str, on_message: OnMessage, client_name: str, platform: str = sys.platform) -> OpenPort:
    """Listen to the input port called `name` (see `match_port`), in the first MIDI system that has it.

    Raises NoMidiSystem if there is no system, PortError with the existing ports if `name` fits no port or several.
    """
    systems = scan_systems(("input",), platform)
    require_system(systems)
    port = match_port(name, [port for system in systems for port in system.ports], "input", platform)
    with captured_c_output(), refusal_told(f'The MIDI port "{port.name}" ({port.api}) could not be opened'):
        client = RtMidiClient(port.api, "input", client_name)
        with closed_on_failure(client):
            client.listen(on_message)
            client.open_port(client.port_names().index(port.name), own_name(port))
    return OpenPort(client, port, is_virtual=False)


def open_virtual_input(name: str, on_message: OnMessage, platform: str = sys.platform) -> OpenPort:
    """Create an input port that others can send to, in the first MIDI system that exists.

    It is called `name` on macOS and `NAME:in` elsewhere. Raises NoMidiSystem if there is no system, NoVirtualPorts
    on Windows, PortError if the system refuses the name.
    """
    if platform == "win32":
        raise NoVirtualPorts(
            f'Windows cannot make the MIDI port "{name}" for us: give the name of a port that is there. '
            f"{how_to_get_a_port(platform, 'input')}"
        )
    systems = scan_systems(("input",), platform)
    require_system(systems)
    system = next(system for system in systems if system.is_there)
    port_name = name if system.api == "CoreMIDI" else "in"
    displayed_name = name if system.api == "CoreMIDI" else f"{name}:{port_name}"
    with captured_c_output(), refusal_told(f'{system.api} would not make a MIDI port called "{name}"'):
        client = RtMidiClient(system.api, "input", name)
        with closed_on_failure(client):
            client.listen(on_message)
            client.open_virtual_port(port_name)
    return OpenPort(client, Port(system.api, displayed_name, "input"), is_virtual=True)


class ReconnectingInput:
    """An input port that is opened again as soon as it is back."""

    def __init__(
        self,
        name: str | None,
        on_message: OnMessage,
        on_loss: Callable[[], None],
        notify: Callable[[str], None],
        *,
        own_name: str,
        called: str,
        may_be_missing: bool = False,
        waits: bool = False,
    ) -> None:
        """Listen to the port `name`, or create it if it has no name; PortError if that fails.

        `own_name` names our end of a connection, and a virtual port without a name. `on_loss` is called when the port
        disappears, and `notify` gets a text about it for the user, which begins with `called`, such as "The clock's".
        If the port `may_be_missing`, because it was open before, it is opened later. With `waits`, so is one that was
        never there, unless there is no MIDI system.
        """
        self._name = name
        self._own_name = own_name
        self._called = called
        self._is_virtual = name is None
        self._on_message = on_message
        self._on_loss = on_loss
        self._notify = notify
        self._is_lost = False
        self._was_there = True
        self._missing_polls = 0
        self._port: OpenPort | None = None
        try:
            self._port = self._open()
        except PortError as error:
            if may_be_missing:
                self._lose()
            elif waits and isinstance(error, NoSuchPort):
                self._is_lost, self._was_there = True, False
                self._notify(f"{str(error).rstrip('.')}. It is waited for: plug it in at any time.")
            else:
                raise

    def __str__(self) -> str:
        return str(self._port or self._name or self._own_name)

    def poll(self) -> None:
        """Check if the port exists. Call it a few times per second; it takes 0.3 ms if nothing has changed."""
        if self._port is None:
            self._missing_polls += 1
            if self._missing_polls % POLLS_PER_OPENING == 0:
                self._reconnect(self._open_missing)
        elif self._port.is_there():
            if self._is_lost:
                self._reconnect(self._port.reopen)
        elif not self._is_lost:
            self._lose()

    def close(self) -> None:
        """Close the port if there is one."""
        if self._port is not None:
            self._port.close()

    def _open(self) -> OpenPort:
        if self._is_virtual:
            return open_virtual_input(self._name or self._own_name, self._on_message)
        assert self._name is not None
        return open_input(self._name, self._on_message, self._own_name)

    def _open_missing(self) -> None:
        self._port = self._open()

    def _lose(self) -> None:
        self._is_lost = True
        self._notify(f'{self._called} MIDI port "{self}" is gone; it is listened to again as soon as it is back.')
        self._on_loss()

    def _reconnect(self, open_port: Callable[[], None]) -> None:
        try:
            open_port()
        except PortError:
            return  # still missing or gone again; the user knows already
        self._is_lost = False
        self._notify(f'{self._called} MIDI port "{self}" is {"back" if self._was_there else "there"}.')
        self._was_there = True


OWN_NAME = "musicgen-live clock"
"""The name of the virtual port that receives a clock, and of our end of a connection."""


class ClockInput(ReconnectingInput):
    """The input port that receives MIDI clock."""

    def __init__(
        self,
        name: str | None,
        on_message: OnMessage,
        on_loss: Callable[[], None],
        notify: Callable[[str], None],
        *,
        may_be_missing: bool = False,
    ) -> None:
        """Open the port; arguments as for `ReconnectingInput`."""
        super().__init__(
            name, on_message, on_loss, notify, own_name=OWN_NAME, called="The clock's", may_be_missing=may_be_missing
        )
