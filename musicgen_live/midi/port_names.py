"""Which of the ports that exist a name means. Knows how MIDI systems decorate names; needs no MIDI to run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence

from musicgen_live.errors import PortError
from musicgen_live.midi.advice import how_to_get_a_port
from musicgen_live.midi.rtmidi_client import Direction
from musicgen_live.midi.systems import Port

# What comes and goes at the end of a name. ALSA: client and port number, new each time a device is plugged in.
# WinMM: the port's place in the list, which rtmidi appends and every newcomer shifts.
_CHANGING_END = {"ALSA": re.compile(r" \d+:\d+$"), "WinMM": re.compile(r" \d+$")}


# Our end of a connection is a port too, and bears the other end's name: nobody means it.
_OWN_END = re.compile(r"musicgen-live[^:]*:(to|from) ")


def lasting_name(api: str, name: str) -> str:
    """The part of a port's name that is the same after unplugging and plugging in: what to reopen it by."""
    ending = _CHANGING_END.get(api)
    return ending.sub("", name) if ending else name


def match_port(
    wanted: str, ports: Sequence[Port], direction: Direction = "output", platform: str = sys.platform
) -> Port:
    """The one port that `wanted` means, among those of `direction`, in the order in which the systems are preferred.

    The name as it lasts, the whole name, the name as it was before replugging, any case, then any part of a name in
    any case: the first of these that fits decides. A full name that two systems have is taken from the first. Raises
    PortError, with what exists and how to go on, if nothing fits or a name fits several ports.
    """
    candidates = [port for port in ports if port.direction == direction and not _OWN_END.match(port.name)]
    folded = wanted.casefold()
    whole_name_rules: tuple[Callable[[Port], bool], ...] = (
        lambda port: lasting_name(port.api, port.name) == wanted,
        lambda port: port.name == wanted,
        lambda port: lasting_name(port.api, port.name) == lasting_name(port.api, wanted),
        lambda port: lasting_name(port.api, port.name).casefold() == folded,
    )
    for rule in whole_name_rules:
        if found := [port for port in candidates if rule(port)]:
            return _only(wanted, [port for port in found if port.api == found[0].api])
    parts = [port for port in candidates if wanted and folded in lasting_name(port.api, port.name).casefold()]
    if parts:
        return _only(wanted, parts)
    raise PortError(f"{_nothing_found(wanted, candidates, direction)} {how_to_get_a_port(platform, direction)}")


def _only(wanted: str, found: Sequence[Port]) -> Port:
    if len(found) == 1:
        return found[0]
    raise PortError(f'"{wanted}" fits {len(found)} MIDI ports: {_listed(found)}. Type more of the one you mean.')


def _nothing_found(wanted: str, candidates: Sequence[Port], direction: Direction) -> str:
    if not candidates:
        return f'There is no MIDI {direction} port here, so none that "{wanted}" could mean.'
    return f'No MIDI {direction} port is called "{wanted}". There are: {_listed(candidates)}.'


def _listed(ports: Sequence[Port]) -> str:
    return ", ".join(f'"{port.name}" ({port.api})' for port in ports)
