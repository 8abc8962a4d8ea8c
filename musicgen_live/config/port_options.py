"""What a user says about a port: its name, and how notes are changed on their way to it. Pure values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from musicgen_live.errors import SettingsError

LONGEST_LATENCY_MS = 1000.0

_OPTION = re.compile(r"[a-z-]+=[^=,]*")
_HOW = "write --port NAME:channel=2,transpose=-12,latency-ms=20, with any of the three"


@dataclass(frozen=True)
class PortOptions:
    """One port to play to."""

    name: str
    is_virtual: bool = False
    """Whether the port is to be made rather than found."""
    channel: int | None = None
    """0 to 15, as on the wire; None for the channel of the music."""
    transpose: int = 0
    """Semitones; a note that would leave the range of MIDI is left out on this port."""
    latency_ms: float = 0.0
    """How late what is sent to this port sounds: it is sent so much earlier, later if below 0."""


def parse_port(text: str, *, is_virtual: bool = False, latency_ms: float = 0.0) -> PortOptions:
    """Read `NAME` or `NAME:channel=2,transpose=-12,latency-ms=20`; `latency_ms` is for ports that say nothing of it.

    A colon belongs to the name unless nothing but options follows the last one; a bare colon at the end is left away,
    so that every name can be written. SettingsError on an option that cannot be.
    """
    name, colon, tail = text.rpartition(":")
    options = tail.split(",")
    if colon and not tail:
        return PortOptions(name, is_virtual, latency_ms=_latency(latency_ms, text))
    if not all(_OPTION.fullmatch(option) for option in options):
        return PortOptions(text, is_virtual, latency_ms=_latency(latency_ms, text))
    values = dict(option.split("=") for option in options)
    if unknown := set(values) - {"channel", "transpose", "latency-ms"}:
        raise SettingsError(f"the port {text!r} has the option {min(unknown)!r}, which is none; {_HOW}")
    channel = _whole(values["channel"], 1, 16, text) - 1 if "channel" in values else None
    transpose = _whole(values.get("transpose", "0"), -127, 127, text)
    return PortOptions(name, is_virtual, channel, transpose, _latency(values.get("latency-ms", latency_ms), text))


def _whole(value: str, lowest: int, highest: int, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,4}", value) or not lowest <= int(value) <= highest:
        raise SettingsError(f"the port {text!r} has {value!r} where a whole number from {lowest} to {highest} belongs")
    return int(value)


def _latency(value: str | float, text: str) -> float:
    try:
        latency_ms = float(value)
    except ValueError:
        latency_ms = math.nan
    if not abs(latency_ms) <= LONGEST_LATENCY_MS:
        raise SettingsError(
            f"the port {text!r} has the latency {value}; it can be from {-LONGEST_LATENCY_MS:g} to "
            f"{LONGEST_LATENCY_MS:g} milliseconds"
        )
    return latency_ms
