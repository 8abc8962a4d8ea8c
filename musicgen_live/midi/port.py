"""Open MIDI ports: existing ones by name, or virtual ones for others to connect to; and the output to a port."""

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
from musicgen_live.midi.port_names import match_port, stable_name
from musicgen_live.midi.rtmidi_client import CLIENT_NAME, RtMidiClient
from musicgen_live.midi.systems import MidiSystem, Port, scan_systems

SETTLE_S = 0.1
"""Time from the last message to closing a JACK port. Closing at once lost the note-offs in 9 of 20 attempts on a
server without real-time priority, closing after 0.1 s in none of 20. rtmidi sends them to the server a period later."""

CLOSE_LIMIT_S = 1.5
"""The longest time to close a port. It takes 0.03 s over JACK, 1.0 s if the server has died, for ever if it hangs."""

POLLS_PER_OPENING = 4
"""The number of polls of a missing port per attempt to open it: one takes 25 to 60 ms, and delays notes."""


class OpenPort:
    """An open port in either direction: has a name, can be reopened and closed."""

    def __init__(self, client: RtMidiClient, port: Port, *, is_virtual: bool) -> None:
        self.port = port
        self.is_virtual = is_virtual
        self._client = client
        self._closed = False

    @property
    def name(self) -> str:
        """The name to show and to reopen the port by, without numbers that change when devices come and go."""
        return stable_name(self.port.api, self.port.name)

    def __str__(self) -> str:
        return self.name

    def is_there(self) -> bool:
        """Return True if the other side still lists the port, under any number, or if the port is virtual.

        Takes 0.3 ms, so a player can call it a few times per second. Returns True after the death of a JACK server.
        """
        if self.is_virtual:
            return True
        return any(stable_name(self.port.api, name) == self.name for name in self._client.port_names())

    def reopen(self) -> None:
        """Connect again to a port that disappeared and came back; PortError if it is missing.

        Keeps the client, so this takes 15 ms over JACK instead of 60 for closing it and creating another.
        """
        with captured_c_output(), refusal_told(f'The MIDI port "{self}" could not be opened again'):
            names = [stable_name(self.port.api, name) for name in self._client.port_names()]
            self._client.close_port()
            self._client.open_port(names.index(self.name), own_name(self.port))

    def close(self) -> None:
        """Close. This ends within about a second, or `bounded` ends the process. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._settle()
        with captured_c_output(), bounded(CLOSE_LIMIT_S):
            self._client.close()

    def _settle(self) -> None:
        """Wait until the port can be closed without loss."""


class PortOutput(OpenPort):
    """An open output port. Made by `open_port` and `open_virtual`.

    `send` over JACK is quantised to the server's next period. It raises nothing if the other side is gone. After the
    death of the JACK server it raises nothing either and, some 2,300 messages later, spins for ever with the
    interpreter locked; so a process that plays for long needs another one to supervise it (see `RtMidiClient`).
    """

    _last_sent_s = 0.0

    def send(self, tick: int, message: bytes) -> None:  # noqa: ARG002 (a port sends at once, whatever the tick)
        """Send one message now. Raises PortError if the MIDI system reports a failure."""
        try:
            self._client.send(message)
        except OSError as error:
            raise PortError(f'The MIDI port "{self}" took no more notes: {error}.') from error
        self._last_sent_s = time.monotonic()

    def _settle(self) -> None:
        """Wait until the last messages have left."""
        if self.port.api == "JACK":
            time.sleep(max(0.0, self._last_sent_s + SETTLE_S - time.monotonic()))


def open_port(name: str, platform: str = sys.platform) -> PortOutput:
    """Open the output port called `name` (see `match_port`), in the first MIDI system that has it.

    Raises NoMidiSystem if there is no system, PortError with the existing ports if `name` fits no port or several.
    """
    systems = scan_systems(("output",), platform)
    require_system(systems)
    return open_exactly(match_port(name, [port for system in systems for port in system.ports], "output", platform))


def open_exactly(port: Port) -> PortOutput:
    """Open an output port that a scan has found; PortError if that fails."""
    with captured_c_output(), refusal_told(f'The MIDI port "{port.name}" ({port.api}) could not be opened'):
        client = RtMidiClient(port.api, "output")
        with closed_on_failure(client):
            client.open_port(client.port_names().index(port.name), own_name(port))
    return PortOutput(client, port, is_virtual=False)


def open_virtual(name: str, api: str | None = None, platform: str = sys.platform) -> PortOutput:
    """Create an output port that DAWs can connect to, which they show as `musicgen-live:NAME` (on macOS as NAME).

    It belongs to the MIDI system `api` if given, else to the first that exists (ALSA before JACK). Raises NoMidiSystem
    if there is none, NoVirtualPorts on Windows, PortError if the system refuses the name.
    """
    if platform == "win32":
        raise NoVirtualPorts(f'Windows cannot make the MIDI port "{name}" for us. {how_to_get_a_port(platform)}')
    systems = [system for system in scan_systems(("output",), platform) if api in (None, system.api)]
    if not systems:
        raise PortError(f'There is no MIDI system "{api}" on this machine; see `musicgen-live ports`.')
    require_system(systems)
    system = next(system for system in systems if system.is_there)
    displayed_name = name if system.api == "CoreMIDI" else f"{CLIENT_NAME}:{name}"
    port = Port(system.api, displayed_name, "output")
    with captured_c_output(), refusal_told(f'{system.api} would not make a MIDI port called "{name}"'):
        client = RtMidiClient(system.api, "output")
        with closed_on_failure(client):
            client.open_virtual_port(name)
    return PortOutput(client, port, is_virtual=True)


def own_name(port: Port) -> str:
    """Return the name of our end of a connection in patch bays."""
    return f"{'to' if port.direction == 'output' else 'from'} {stable_name(port.api, port.name)}"[:60]


def require_system(systems: Sequence[MidiSystem]) -> None:
    """Raise NoMidiSystem unless at least one system is available."""
    if any(system.is_there for system in systems):
        return
    names = " nor ".join(system.api for system in systems)
    raise NoMidiSystem(
        f"No MIDI system is ready on this machine: no {names}. Why, and what to type, is told by: musicgen-live ports."
    )


@contextmanager
def refusal_told(message: str) -> Iterator[None]:
    """Turn errors of the block into PortError; a ValueError means that the port disappeared since it was listed."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise PortError(f"{message}: {error}. See what is there with: musicgen-live ports") from error


@contextmanager
def closed_on_failure(client: RtMidiClient) -> Iterator[None]:
    """Close the client if the block raises."""
    try:
        yield
    except BaseException:
        client.close()
        raise


@contextmanager
def bounded(limit_s: float) -> Iterator[None]:
    """End the process, with status 1, if the block takes longer than `limit_s`.

    python-rtmidi keeps the interpreter locked while it closes (for 1.0 s after a server's death no thread ran), so no
    Python thread and no signal handler can stop the wait. The C thread of faulthandler needs no lock, and ends the
    process if a JACK server hangs. There is one such timer per process, and ports are closed one at a time.
    """
    with open(os.devnull, "wb") as null:  # noqa: PTH123 (the stack of a call into C helps nobody)
        faulthandler.dump_traceback_later(limit_s, exit=True, file=null)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
