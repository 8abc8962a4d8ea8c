"""Wraps python-rtmidi: MIDI systems by name, clients, ports by index. No other module imports it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from musicgen_live.midi.messages import is_well_formed

Direction = Literal["input", "output"]

CLIENT_NAME = "musicgen-live"
"""The program's name in a DAW or a patch bay."""

SYSTEMS = {
    "MACOSX_CORE": "CoreMIDI",
    "LINUX_ALSA": "ALSA",
    "UNIX_JACK": "JACK",
    "WINDOWS_MM": "WinMM",
}
"""rtmidi's and mido's names for the MIDI systems, and ours, which users see and `Port.api` has."""

MAX_LISTINGS = 5
"""The number of attempts to list the ports; one fails if a port disappears during it."""


def compiled_systems() -> tuple[str, ...]:
    """Return the MIDI systems that this machine's python-rtmidi supports, in its order of preference.

    Raises ImportError if python-rtmidi cannot be loaded (on Linux it needs libasound2 from the distribution).
    """
    import rtmidi

    compiled = rtmidi.get_compiled_api()
    by_number = {getattr(rtmidi, f"API_{constant}"): name for constant, name in SYSTEMS.items()}
    return tuple(by_number[number] for number in compiled if number in by_number)


class RtMidiClient:
    """One client of one MIDI system, with at most one port.

    All errors of rtmidi become OSError: a missing system, a refused port, a message that was not sent. Every call,
    including creation and closing, holds the interpreter lock until C returns: over JACK 20 ms to create, 8 to open a
    port, 28 to close (0.3 for `port_names`). So a running player should call only `port_names` and `send`. Traps:

    - After the JACK server has died, `send` raises nothing; about 2,300 messages later it spins for ever with the
      lock held, and only another process can end it. `port_names` still returns the old list.
    - After such a death, creating a client before the old ones are closed ends in a segmentation fault: close them
      first, or better start another process.
    """

    def __init__(self, system: str, direction: Direction, client_name: str = CLIENT_NAME) -> None:
        import rtmidi

        constant = next(constant for constant, name in SYSTEMS.items() if name == system)
        midi_class = rtmidi.MidiOut if direction == "output" else rtmidi.MidiIn
        self._closed = False
        self._error: type[Exception] = rtmidi.RtMidiError
        with self._errors_as_os_errors():
            self._midi: Any = midi_class(getattr(rtmidi, f"API_{constant}"), name=client_name)
        self._on_message: Callable[[float, bytes], None] | None = None
        self._send = self._midi.send_message if direction == "output" else None

    @contextmanager
    def _errors_as_os_errors(self) -> Iterator[None]:
        # rtmidi's own errors derive from OSError, ValueError, RuntimeError or none of these, without a usable rule.
        try:
            yield
        except self._error as error:
            raise OSError(str(error)) from error

    def port_names(self) -> list[str]:
        """Return the other side's present ports by index: those to send to, or those to listen to. Takes 0.3 ms."""
        for _ in range(MAX_LISTINGS):
            try:
                return [self._port_name(index) for index in range(self._midi.get_port_count())]
            except self._error:
                continue  # A port disappeared between the count and its name.
        return []

    def _port_name(self, index: int) -> str:
        try:
            return self._midi.get_port_name(index) or ""
        except UnicodeDecodeError:
            # A device's name may be any bytes; it must still be listed, and be the same each time.
            raw: bytes = self._midi.get_port_name(index, encoding=None)
            return raw.decode("utf-8", "replace")

    def open_port(self, index: int, own_name: str) -> None:
        """Connect to the port at `index` of `port_names`; patch bays show our end as `own_name`."""
        with self._errors_as_os_errors():
            self._midi.open_port(index, name=own_name)
        if self._on_message is not None:
            self.listen(self._on_message)  # closing a port has ended this

    def close_port(self) -> None:
        """Close the port and keep the client."""
        with self._errors_as_os_errors():
            self._midi.close_port()

    def open_virtual_port(self, name: str) -> None:
        """Create a port that others can connect to."""
        with self._errors_as_os_errors():
            self._midi.open_virtual_port(name)

    def send(self, message: bytes) -> None:
        """Send one message to the MIDI system."""
        assert self._send is not None, "an input cannot send"
        try:
            self._send(message)
        except self._error as error:
            raise OSError(str(error)) from error

    def listen(self, on_message: Callable[[float, bytes], None]) -> None:
        """Call `on_message` with `time.monotonic()` and each whole message, including clock, until the port is closed.

        It runs on the system's own thread and must be quick: over JACK the server's cycle waits for it.
        """

        def receive(event: tuple[list[int], float], _data: object) -> None:
            # JACK hands over whatever bytes another program sends.
            message = bytes(event[0])
            if is_well_formed(message):
                on_message(time.monotonic(), message)

        # By default rtmidi ignores clock.
        self._midi.ignore_types(sysex=True, timing=False, active_sense=True)
        self._midi.set_callback(receive)
        self._on_message = on_message

    def close(self) -> None:
        """Close the port and delete the client. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        with self._errors_as_os_errors():
            if self._on_message is not None:
                self._midi.cancel_callback()
            try:
                self._midi.close_port()
            finally:
                # A virtual port disappears only with its client, and the garbage collector may keep that for long.
                self._midi.delete()
