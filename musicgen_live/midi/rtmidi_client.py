"""The one module that touches python-rtmidi: MIDI systems by name, clients, ports by index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

Direction = Literal["input", "output"]

CLIENT_NAME = "musicgen-live"
"""What a DAW or a patch bay shows as the program's name."""

SYSTEMS = {
    "MACOSX_CORE": "CoreMIDI",
    "LINUX_ALSA": "ALSA",
    "UNIX_JACK": "JACK",
    "WINDOWS_MM": "WinMM",
}
"""rtmidi's and mido's names for the MIDI systems, and ours: what a musician reads, and `Port.api`."""

LOOKS = 5
"""How often the ports are listed anew, should one go at the very moment of the listing."""


def compiled_systems() -> tuple[str, ...]:
    """The MIDI systems that this machine's python-rtmidi can speak, in the order in which it prefers them.

    Raises ImportError where python-rtmidi cannot be loaded (on Linux it needs libasound2 from the distribution).
    """
    import rtmidi

    compiled = rtmidi.get_compiled_api()
    by_number = {getattr(rtmidi, f"API_{constant}"): name for constant, name in SYSTEMS.items()}
    return tuple(by_number[number] for number in compiled if number in by_number)


class RtMidiClient:
    """One client of one MIDI system, with at most one port.

    Whatever rtmidi raises comes as OSError: a system that is not there, a port refused, a message not sent. Every
    call, creation and closing included, holds the interpreter's lock until C returns: over JACK 20 ms to create,
    8 to open a port, 28 to close (0.3 for `port_names`), so nothing but `port_names` and `send` belongs beside a
    running player. Traps:

    - After the JACK server has died, `send` raises nothing; about 2,300 messages later it spins for ever with the
      lock held, and only another process can end it. `port_names` goes on giving the old list.
    - Creating a client before the old ones are closed after such a death ends in a segmentation fault: close first,
      or better start anew in another process.
    """

    def __init__(self, system: str, direction: Direction, client_name: str = CLIENT_NAME) -> None:
        import rtmidi

        constant = next(constant for constant, name in SYSTEMS.items() if name == system)
        make = rtmidi.MidiOut if direction == "output" else rtmidi.MidiIn
        self.system = system
        self._closed = False
        self._error: type[Exception] = rtmidi.RtMidiError
        with self._errors_as_os_errors():
            self._midi: Any = make(getattr(rtmidi, f"API_{constant}"), name=client_name)
        self._heard: Callable[[float, bytes], None] | None = None
        self._send = self._midi.send_message if direction == "output" else None

    @contextmanager
    def _errors_as_os_errors(self) -> Iterator[None]:
        # rtmidi's own classes are OSError, ValueError, RuntimeError or none of these, by no rule a caller could use.
        try:
            yield
        except self._error as error:
            raise OSError(str(error)) from error

    def port_names(self) -> list[str]:
        """The other side's ports now, at their index: outputs to send to, or inputs to listen to. 0.3 ms."""
        for _ in range(LOOKS):
            try:
                return [self._port_name(index) for index in range(self._midi.get_port_count())]
            except self._error:
                continue  # A port went between the counting and the naming: look again.
        return []

    def _port_name(self, index: int) -> str:
        try:
            return self._midi.get_port_name(index) or ""
        except UnicodeDecodeError:
            # A device may call itself anything; the name must still be listed and be the same each time.
            raw: bytes = self._midi.get_port_name(index, encoding=None)
            return raw.decode("utf-8", "replace")

    def open_port(self, index: int, own_name: str) -> None:
        """Connect to the port at `index` of `port_names`; patch bays show our end as `own_name`."""
        with self._errors_as_os_errors():
            self._midi.open_port(index, name=own_name)
        if self._heard is not None:
            self.listen(self._heard)  # which closing a port ends

    def close_port(self) -> None:
        """Close the port and keep the client."""
        with self._errors_as_os_errors():
            self._midi.close_port()

    def open_virtual_port(self, name: str) -> None:
        """Make a port that others can connect to."""
        with self._errors_as_os_errors():
            self._midi.open_virtual_port(name)

    def send(self, message: bytes) -> None:
        """Hand one message to the system."""
        assert self._send is not None, "an input cannot send"
        try:
            self._send(message)
        except self._error as error:
            raise OSError(str(error)) from error

    def listen(self, heard: Callable[[float, bytes], None]) -> None:
        """Call `heard` with `time.monotonic()` and the message, clock too, from the system's own thread, until closed.

        It has to be quick: over JACK the server's cycle waits for it.
        """

        def note_down(event: tuple[list[int], float], _data: object) -> None:
            heard(time.monotonic(), bytes(event[0]))

        # Clock is kept back unless asked for.
        self._midi.ignore_types(sysex=True, timing=False, active_sense=True)
        self._midi.set_callback(note_down)
        self._heard = heard

    def close(self) -> None:
        """Close the port and give the client up. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        with self._errors_as_os_errors():
            if self._heard is not None:
                self._midi.cancel_callback()
            try:
                self._midi.close_port()
            finally:
                # A virtual port goes only with its client, and the collector may keep that for long.
                self._midi.delete()
