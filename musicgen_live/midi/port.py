"""Open MIDI ports: found by name, or made by us for others to connect to; and the output that is one."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from musicgen_live.errors import NoMidiSystem, NoVirtualPorts, PortError
from musicgen_live.midi.advice import how_to_get_a_port
from musicgen_live.midi.c_output import captured_c_output
from musicgen_live.midi.port_names import lasting_name, match_port
from musicgen_live.midi.rtmidi_client import CLIENT_NAME, RtMidiClient
from musicgen_live.midi.systems import MidiSystem, Port, scan_systems

SETTLE_S = 0.1
"""Time from the last message to closing a JACK port. Closed at once, the note-offs were lost in 9 of 20 tries on a
server without real-time priority; after 0.1 s in none of 20. rtmidi hands them to the server a period later."""

CLOSE_LIMIT_S = 3.0
"""Closing takes 0.03 s over JACK, 1.0 s where the server has died, and for ever where it hangs."""


class OpenPort:
    """A port that is open, in either direction: what it is called, and how it is opened again and closed."""

    def __init__(self, client: RtMidiClient, port: Port, *, is_virtual: bool) -> None:
        self.port = port
        self.is_virtual = is_virtual
        self._client = client
        self._closed = False

    @property
    def name(self) -> str:
        """The name to say and to reopen the port by: without numbers that change when devices come and go."""
        return lasting_name(self.port.api, self.port.name)

    def __str__(self) -> str:
        return self.name

    def is_there(self) -> bool:
        """Whether the other side still lists the port, under whatever number; a port that we made is always there.

        0.3 ms, so fit to be asked a few times a second beside a player. Says True after the death of a JACK server.
        """
        if self.is_virtual:
            return True
        return any(lasting_name(self.port.api, name) == self.name for name in self._client.port_names())

    def reopen(self) -> None:
        """Connect again to a port that went and came back; PortError if it is not there.

        The client stays, so that this takes 15 ms over JACK instead of the 60 of closing and making one.
        """
        with captured_c_output(), refusal_told(f'The MIDI port "{self}" could not be opened again'):
            names = [lasting_name(self.port.api, name) for name in self._client.port_names()]
            self._client.close_port()
            self._client.open_port(names.index(self.name), own_name(self.port))

    def close(self) -> None:
        """Close. Ends within a second or so, or the process does: see `bounded`. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._settle()
        with captured_c_output(), bounded(CLOSE_LIMIT_S):
            self._client.close()

    def _settle(self) -> None:
        """Wait for what has to be over before the port is closed."""


class PortOutput(OpenPort):
    """An open output port. Made by `open_port` and `open_virtual`.

    `send` over JACK is quantised to the server's next period. It raises nothing when the other side has gone; after
    the JACK server has died it raises nothing either and, some 2,300 messages later, spins for ever with the
    interpreter locked: whoever plays for long watches this process from another (see `RtMidiClient`).
    """

    _last_sent_s = 0.0

    def send(self, tick: int, message: bytes) -> None:  # noqa: ARG002 (a port sends at once, whatever the tick)
        """Send one message now. Raises PortError if the MIDI system says that it could not."""
        try:
            self._client.send(message)
        except OSError as error:
            raise PortError(f'The MIDI port "{self}" took no more notes: {error}.') from error
        self._last_sent_s = time.monotonic()

    def _settle(self) -> None:
        """Let the last messages out."""
        if self.port.api == "JACK":
            time.sleep(max(0.0, self._last_sent_s + SETTLE_S - time.monotonic()))


def open_port(name: str, platform: str = sys.platform) -> PortOutput:
    """Open the output port that `name` means (see `match_port`), in the first MIDI system that has it.

    Raises NoMidiSystem where there is none, PortError with what exists where `name` means no port or several.
    """
    systems = scan_systems(("output",), platform)
    require_system(systems)
    return open_exactly(match_port(name, [port for system in systems for port in system.ports], "output", platform))


def open_exactly(port: Port) -> PortOutput:
    """Open an output port that a scan has found; PortError if it cannot be."""
    with captured_c_output(), refusal_told(f'The MIDI port "{port.name}" ({port.api}) could not be opened'):
        client = RtMidiClient(port.api, "output")
        with closed_on_failure(client):
            client.open_port(client.port_names().index(port.name), own_name(port))
    return PortOutput(client, port, is_virtual=False)


def open_virtual(name: str, api: str | None = None, platform: str = sys.platform) -> PortOutput:
    """Make an output port called `name` that DAWs can connect to, shown as `musicgen-live:NAME` (on macOS as NAME).

    It is made in `api` if given, else in the first system that is there (ALSA before JACK). Raises NoMidiSystem
    where there is none, NoVirtualPorts on Windows, PortError if the system refuses the name.
    """
    if platform == "win32":
        raise NoVirtualPorts(f'Windows cannot make the MIDI port "{name}" for us. {how_to_get_a_port(platform)}')
    systems = [system for system in scan_systems(("output",), platform) if api in (None, system.api)]
    if not systems:
        raise PortError(f'There is no MIDI system "{api}" on this machine; see `musicgen-live ports`.')
    require_system(systems)
    system = next(system for system in systems if system.is_there)
    shown = name if system.api == "CoreMIDI" else f"{CLIENT_NAME}:{name}"
    port = Port(system.api, shown, "output")
    with captured_c_output(), refusal_told(f'{system.api} would not make a MIDI port called "{name}"'):
        client = RtMidiClient(system.api, "output")
        with closed_on_failure(client):
            client.open_virtual_port(name)
    return PortOutput(client, port, is_virtual=True)


def own_name(port: Port) -> str:
    """What patch bays show our end of a connection as."""
    return f"{'to' if port.direction == 'output' else 'from'} {lasting_name(port.api, port.name)}"[:60]


def require_system(systems: Sequence[MidiSystem]) -> None:
    """Raise NoMidiSystem unless at least one system is there."""
    if any(system.is_there for system in systems):
        return
    names = " nor ".join(system.api for system in systems)
    raise NoMidiSystem(
        f"No MIDI system is ready on this machine: no {names}. Why, and what to type, is told by: musicgen-live ports."
    )


@contextmanager
def refusal_told(what: str) -> Iterator[None]:
    """Turn a refusal into PortError; ValueError is that of a port which went between two looks at the list."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise PortError(f"{what}: {error}. See what is there with: musicgen-live ports") from error


@contextmanager
def closed_on_failure(client: RtMidiClient) -> Iterator[None]:
    """Close a client whose port could not be opened inside the block."""
    try:
        yield
    except BaseException:
        client.close()
        raise


@contextmanager
def bounded(limit_s: float) -> Iterator[None]:
    """End the process, with status 1, if the block takes longer than `limit_s`.

    python-rtmidi keeps the interpreter locked while it closes (the 1.0 s after a server's death stood still for every
    thread), so no Python thread and no signal handler could give up waiting. The C thread behind faulthandler needs
    no lock: with a JACK server that hangs, it is what ends the process. It is one timer for the process, and ports
    are closed one at a time.
    """
    with open(os.devnull, "wb") as null:  # noqa: PTH123 (the stack of a call into C says nothing worth showing)
        faulthandler.dump_traceback_later(limit_s, exit=True, file=null)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
