"""Lists the MIDI systems with their ports, and the reason why others are missing."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from musicgen_live.midi.c_output import captured_c_output
from musicgen_live.midi.rtmidi_client import CLIENT_NAME, Direction, RtMidiClient, compiled_systems

_log = logging.getLogger(__name__)

USUAL_SYSTEMS = {"darwin": ("CoreMIDI",), "win32": ("WinMM",)}
"""The systems that python-rtmidi supports on each platform if it can be loaded; everywhere else ALSA and JACK."""


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """A port of another program or a device.

    `api` is its system (`ALSA`, `JACK`, `CoreMIDI`, `WinMM`), `name` its complete name there. `direction` is `output`
    if we can send to it, `input` if we can listen to it.
    """

    api: str
    name: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class MidiSystem:
    """A MIDI system; `absence` is the library's reason why it is missing, None if it is available."""

    api: str
    absence: str | None
    ports: tuple[Port, ...] = ()

    @property
    def is_there(self) -> bool:
        """True if ports can be opened there."""
        return self.absence is None


def scan_systems(
    directions: Iterable[Direction] = ("output", "input"), platform: str = sys.platform
) -> tuple[MidiSystem, ...]:
    """Ask every compiled system for its ports, one by one. Prints nothing and raises nothing.

    Takes about 25 ms per direction with a running JACK server, 5 without. Do not call it after a JACK server has died
    under an open port of this process (see `RtMidiClient`).
    """
    try:
        with captured_c_output():
            apis = compiled_systems()
    except ImportError as error:
        missing = USUAL_SYSTEMS.get(platform, ("ALSA", "JACK"))
        return tuple(MidiSystem(api, str(error)) for api in missing)
    return tuple(_scan_system(api, tuple(directions)) for api in apis)


def _scan_system(api: str, directions: tuple[Direction, ...]) -> MidiSystem:
    ports: list[Port] = []
    for direction in directions:
        try:
            names = _port_names(api, direction)
        except OSError as error:
            _log.debug("%s is not there: %s", api, error)
            return MidiSystem(api, str(error))
        ports.extend(Port(api, name, direction) for name in names)
    return MidiSystem(api, None, tuple(ports))


def _port_names(api: str, direction: Direction) -> list[str]:
    # Close the client before returning: on JACK a second client of the same name would become `musicgen-live-01`.
    with captured_c_output():
        client = RtMidiClient(api, direction, f"{CLIENT_NAME} (looking)" if api == "JACK" else CLIENT_NAME)
        try:
            return client.port_names()
        finally:
            client.close()
