"""The options of one output port: its name, and its channel, transposition and latency. Pure values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from musicgen_live.errors import SettingsError

LONGEST_LATENCY_MS = 1000.0

VIRTUAL_NAME = "musicgen-live"
"""The name of the port that is created when none is named."""

_OPTION = re.compile(r"[a-z-]+=[^=,]*")
_USAGE = "write --port NAME:channel=2,transpose=-12,latency-ms=20, with any of the three"


@dataclass(frozen=True)
class PortOptions:
    """A port to play to, and its options."""

    name: str
    is_virtual: bool = False
    """True to create a virtual port, False to open an existing one."""
    channel: int | None = None
    """0 to 15, as in MIDI bytes; None for the channel of the music."""
    transpose: int = 0
    """Semitones; this port skips notes that would leave the range of MIDI."""
    latency_ms: float = 0.0
    """The latency of the instrument at this port: messages are sent this much earlier, or later if it is negative."""
    routes: tuple[tuple[int, int], ...] | None = None
    """The channels of the music that go to this port, each with its channel there; None for all, as they are."""


def parse_port(text: str, *, is_virtual: bool = False, latency_ms: float = 0.0) -> PortOptions:
    """Parse `NAME` or `NAME:channel=2,transpose=-12,latency-ms=20`; `latency_ms` is the default of that option.

    A colon belongs to the name, unless only options follow the last one; a colon at the very end is dropped, so that
    every name can be written. SettingsError on an unknown option or a wrong value.
    """
    name, colon, tail = text.rpartition(":")
    options = tail.split(",")
    if colon and not tail:
        return PortOptions(name, is_virtual, latency_ms=latency_option(latency_ms, text))
    if not all(_OPTION.fullmatch(option) for option in options):
        return PortOptions(text, is_virtual, latency_ms=latency_option(latency_ms, text))
    values = dict(option.split("=") for option in options)
    if unknown := set(values) - {"channel", "transpose", "latency-ms"}:
        raise SettingsError(f"{text!r} has the option {min(unknown)!r}, which is none; {_USAGE}")
    channel = integer_option(values["channel"], 1, 16, text) - 1 if "channel" in values else None
    transpose = integer_option(values.get("transpose", "0"), -127, 127, text)
    return PortOptions(name, is_virtual, channel, transpose, latency_option(values.get("latency-ms", latency_ms), text))


def integer_option(value: str, minimum: int, maximum: int, text: str) -> int:
    """Return a whole number; SettingsError, with the text that it comes from, if it is none or out of range."""
    if not re.fullmatch(r"[+-]?\d{1,4}", value) or not minimum <= int(value) <= maximum:
        raise SettingsError(f"{text!r} has {value!r} where a whole number from {minimum} to {maximum} belongs")
    return int(value)


def latency_option(value: str | float, text: str) -> float:
    """Return a latency in milliseconds; SettingsError, with the text that it comes from, if it is none."""
    try:
        latency_ms = float(value)
    except ValueError:
        latency_ms = math.nan
    if not abs(latency_ms) <= LONGEST_LATENCY_MS:
        raise SettingsError(
            f"{text!r} has the latency {value}; it can be from {-LONGEST_LATENCY_MS:g} to "
            f"{LONGEST_LATENCY_MS:g} milliseconds"
        )
    return latency_ms
