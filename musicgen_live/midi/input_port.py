"""Input ports: found by name, or made by us for others to connect to. Knows messages as bytes and when they came."""

from __future__ import annotations

import sys
from collections.abc import Callable

from musicgen_live.errors import NoVirtualPorts, PortError
from musicgen_live.midi.advice import how_to_get_a_port
from musicgen_live.midi.c_output import captured_c_output
from musicgen_live.midi.port import OpenPort, closed_on_failure, own_name, refusal_told, require_system
from musicgen_live.midi.port_names import match_port
from musicgen_live.midi.rtmidi_client import RtMidiClient
from musicgen_live.midi.systems import Port, scan_systems

OnMessage = Callable[[float, bytes], None]
"""Called with `time.monotonic()` of the moment and the message, from a thread of the MIDI system's, and soon done."""


def open_input(name: str, heard: OnMessage, client_name: str, platform: str = sys.platform) -> OpenPort:
    """Listen to the input port that `name` means (see `match_port`), in the first MIDI system that has it.

    Raises NoMidiSystem where there is none, PortError with what exists where `name` means no port or several.
    """
    systems = scan_systems(("input",), platform)
    require_system(systems)
    port = match_port(name, [port for system in systems for port in system.ports], "input", platform)
    with captured_c_output(), refusal_told(f'The MIDI port "{port.name}" ({port.api}) could not be opened'):
        client = RtMidiClient(port.api, "input", client_name)
        with closed_on_failure(client):
            client.listen(heard)
            client.open_port(client.port_names().index(port.name), own_name(port))
    return OpenPort(client, port, is_virtual=False)


def open_virtual_input(name: str, heard: OnMessage, platform: str = sys.platform) -> OpenPort:
    """Make an input port that others can send to, in the first MIDI system that is there.

    It is called `name` on macOS and `NAME:in` elsewhere. Raises NoMidiSystem where there is no system, NoVirtualPorts
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
    shown = name if system.api == "CoreMIDI" else f"{name}:{port_name}"
    with captured_c_output(), refusal_told(f'{system.api} would not make a MIDI port called "{name}"'):
        client = RtMidiClient(system.api, "input", name)
        with closed_on_failure(client):
            client.listen(heard)
            client.open_virtual_port(port_name)
    return OpenPort(client, Port(system.api, shown, "input"), is_virtual=True)


OPEN_AGAIN_AFTER = 4
"""Calls of `attend` between two tries to open a port that has no client: it takes some 50 ms, and holds up notes."""


class ReconnectingInput:
    """A port that is listened to; one that goes is listened to again as soon as it is back."""

    def __init__(
        self,
        name: str | None,
        heard: OnMessage,
        lost: Callable[[], None],
        tell: Callable[[str], None],
        *,
        own_name: str,
        called: str,
        is_made: bool = False,
        may_be_missing: bool = False,
    ) -> None:
        """Listen to the port that `name` means, or to one that we make if it `is_made`; PortError if that cannot be.

        `own_name` is what our end of a connection belongs to, and a made port's name where there is none. `lost` is
        called when the port goes, `tell` with words about it for the user, who knows it as what it is `called`, such as
        "The clock's". A port that `may_be_missing` was open before, and is waited for.
        """
        self._name = name
        self._own_name = own_name
        self._called = called
        self._is_made = is_made or name is None
        self._heard = heard
        self._lost = lost
        self._tell = tell
        self._is_lost = False
        self._tries = 0
        self._port: OpenPort | None = None
        try:
            self._port = self._open()
        except PortError:
            if not may_be_missing:
                raise
            self._lose()

    def __str__(self) -> str:
        return str(self._port or self._name or self._own_name)

    def poll(self) -> None:
        """See whether the port is there, a few times a second: 0.3 ms if nothing has changed."""
        if self._port is None:
            self._tries += 1
            if self._tries % OPEN_AGAIN_AFTER == 0:
                self._come_back(self._open_anew)
        elif self._port.is_there():
            if self._is_lost:
                self._come_back(self._port.reopen)
        elif not self._is_lost:
            self._lose()

    def close(self) -> None:
        """Close the port if there is one."""
        if self._port is not None:
            self._port.close()

    def _open(self) -> OpenPort:
        if self._is_made:
            return open_virtual_input(self._name or self._own_name, self._heard)
        assert self._name is not None
        return open_input(self._name, self._heard, self._own_name)

    def _open_anew(self) -> None:
        self._port = self._open()

    def _lose(self) -> None:
        self._is_lost = True
        self._tell(f'{self._called} MIDI port "{self}" is gone; it is listened to again as soon as it is back.')
        self._lost()

    def _come_back(self, open_it: Callable[[], None]) -> None:
        try:
            open_it()
        except PortError:
            return  # still missing or gone again, which has been said
        self._is_lost = False
        self._tell(f'{self._called} MIDI port "{self}" is back.')


OWN_NAME = "musicgen-live clock"
"""The port that is made for a clock to be sent to, and what our end of a connection belongs to."""


class ClockInput(ReconnectingInput):
    """The port that brings a clock."""

    def __init__(
        self,
        name: str | None,
        heard: OnMessage,
        lost: Callable[[], None],
        tell: Callable[[str], None],
        *,
        may_be_missing: bool = False,
    ) -> None:
        """As for `ReconnectingInput`."""
        super().__init__(
            name, heard, lost, tell, own_name=OWN_NAME, called="The clock's", may_be_missing=may_be_missing
        )
