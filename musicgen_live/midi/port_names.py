"""Matches a name to the existing ports. Knows how MIDI systems decorate names; needs no MIDI system to run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence

from musicgen_live.errors import NoSuchPort, PortError
from musicgen_live.midi.advice import how_to_get_a_port
from musicgen_live.midi.rtmidi_client import Direction
from musicgen_live.midi.systems import Port

# The unstable end of a name. ALSA: client and port number, new each time a device is plugged in.
# WinMM: the index in the list of ports, which rtmidi appends and every new port shifts.
_UNSTABLE_END = {"ALSA": re.compile(r" \d+:\d+$"), "WinMM": re.compile(r" \d+$")}


# Our end of a connection is a port too, and contains the other end's name; users never want it.
_OWN_END = re.compile(r"musicgen-live[^:]*:(to|from) ")


def stable_name(api: str, name: str) -> str:
    """Return the part of a port's name that stays the same after replugging; ports are reopened by it."""
    ending = _UNSTABLE_END.get(api)
    return ending.sub("", name) if ending else name


def match_port(
    wanted: str, ports: Sequence[Port], direction: Direction = "output", platform: str = sys.platform
) -> Port:
    """Return the one port of `direction` whose name fits `wanted`; `ports` begin with those of the preferred system.

    The first rule that fits decides: stable name, complete name, name before replugging, stable name in any case, any
    part of a name in any case. Of a complete name in two systems, the first system's port is taken. Raises NoSuchPort
    with the existing ports and advice if no name fits, PortError if several do.
    """
    candidates = [port for port in ports if port.direction == direction and not _OWN_END.match(port.name)]
    folded = wanted.casefold()
    whole_name_rules: tuple[Callable[[Port], bool], ...] = (
        lambda port: stable_name(port.api, port.name) == wanted,
        lambda port: port.name == wanted,
        lambda port: stable_name(port.api, port.name) == stable_name(port.api, wanted),
        lambda port: stable_name(port.api, port.name).casefold() == folded,
    )
    for rule in whole_name_rules:
        if matches := [port for port in candidates if rule(port)]:
            return _single(wanted, [port for port in matches if port.api == matches[0].api])
    partial_matches = [port for port in candidates if wanted and folded in stable_name(port.api, port.name).casefold()]
    if partial_matches:
        return _single(wanted, partial_matches)
    raise NoSuchPort(f"{_no_match_message(wanted, candidates, direction)} {how_to_get_a_port(platform, direction)}")


def _single(wanted: str, matches: Sequence[Port]) -> Port:
    if len(matches) == 1:
        return matches[0]
    raise PortError(
        f'"{wanted}" fits {len(matches)} MIDI ports: {_format_list(matches)}. Type more of the one you mean.'
    )


def _no_match_message(wanted: str, candidates: Sequence[Port], direction: Direction) -> str:
    if not candidates:
        return f'There is no MIDI {direction} port here, so none that "{wanted}" could mean.'
    return f'No MIDI {direction} port is called "{wanted}". There are: {_format_list(candidates)}.'


def _format_list(ports: Sequence[Port]) -> str:
    return ", ".join(f'"{port.name}" ({port.api})' for port in ports)
