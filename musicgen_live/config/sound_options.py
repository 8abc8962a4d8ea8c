"""The options of the program's own sound: instrument or SoundFont, device, volume and latency. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from musicgen_live.errors import SettingsError

DEFAULT_INSTRUMENT = "piano"
NULL_DEVICE = "null"
"""A device that keeps time and makes no sound."""

LEAST_LATENCY_MS, MOST_LATENCY_MS = 10.0, 500.0
LEAST_VOLUME_DB, MOST_VOLUME_DB = -60.0, 12.0


@dataclass(frozen=True)
class PartSound:
    """The sound of a part of the music, on a channel of its own."""

    channel: int
    """0 to 15."""
    instrument: str
    """The name of an instrument that ships."""
    volume: int = 100
    """Controller 7; 100 leaves the level of the instrument as it is."""
    pan: int = 64
    """Controller 10; 64 is the middle."""
    program: int | None = None
    """The General MIDI program, 0 to 127, that comes near it in a SoundFont; None if the music chooses one."""


@dataclass(frozen=True)
class SoundOptions:
    """The options of the sound: the instrument or SoundFont, and the device that plays it."""

    instrument: str = DEFAULT_INSTRUMENT
    """The name of an instrument that ships."""
    soundfont: str | None = None
    """The path of an SF2 or SF3 file that replaces the instrument."""
    device: str | None = None
    """Part of the name of a sound device, `null`, or the path of a .wav file; None for the system's own choice."""
    volume_db: float = 0.0
    latency_ms: float = 50.0
    """The time from a message to its sound, buffers included. More is safer on a busy machine."""
    parts: tuple[PartSound, ...] = ()
    """The sounds of channels that sound differently."""

    def __post_init__(self) -> None:
        """Raise SettingsError on a number out of range."""
        _check("--listen-volume", self.volume_db, LEAST_VOLUME_DB, MOST_VOLUME_DB, "dB")
        _check("--listen-latency-ms", self.latency_ms, LEAST_LATENCY_MS, MOST_LATENCY_MS, "milliseconds")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SoundOptions:
        """Return the options whose `asdict` crossed a pipe as JSON."""
        return cls(**{**values, "parts": tuple(PartSound(**part) for part in values["parts"])})

    @property
    def gain(self) -> float:
        """The volume as a factor."""
        return float(10 ** (self.volume_db / 20))


def _check(flag: str, value: float, minimum: float, maximum: float, unit: str) -> None:
    if not minimum <= value <= maximum:
        raise SettingsError(f"{flag} is {value:g}; it can be from {minimum:g} to {maximum:g} {unit}")
