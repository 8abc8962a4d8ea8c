"""Everything that decides how a take sounds, as plain checked values: defaults, then a preset, then flags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, get_args, get_type_hints

from musicgen_live.errors import SettingsError
from musicgen_live.notes import PPQ

DECODES = ("argmax", "pure-argmax", "sample")
DEFAULT_PRESET = "classic"


@dataclass(frozen=True)
class Settings:
    """The values of a take; SettingsError, naming the value and what would be right, on one that cannot be."""

    model: str = "classic"
    """The name of a model that ships, or the path of a model file."""
    decode: str = "argmax"
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    steps: int = 200
    """How many tokens to generate."""
    step: str = "1/8"
    """The length of a token that has none of its own, as a fraction of a whole note."""
    tempo: float = 120.0
    """Quarter notes a minute."""
    meter: str = "4/4"
    """The time signature that the take is written with."""
    velocity: int = 80
    channel: int = 1
    """1 to 16, as DAWs count."""
    program: int | None = None
    """1 to 128, as General MIDI counts; None sends no program change."""
    max_note: float = 16.0
    """How many quarter notes a note may last."""
    prompt: int | None = None
    """Which of the model's prompts to go on from, from 1; None lets the seed decide."""

    def __post_init__(self) -> None:
        if self.decode not in DECODES:
            raise SettingsError(f"decode is {self.decode!r}; it can be {', '.join(DECODES)}")
        _between("temperature", self.temperature, 0.01, 100)
        _between("top-p", self.top_p, 0.001, 1)
        _between("tempo", self.tempo, 10, 1000)
        _between("steps", self.steps, 1, 10_000_000)
        _between("velocity", self.velocity, 1, 127)
        _between("channel", self.channel, 1, 16)
        _between("max-note", self.max_note, 0.01, 10_000)
        if self.top_k is not None:
            _between("top-k", self.top_k, 1, 1_000_000)
        if self.program is not None:
            _between("program", self.program, 1, 128)
        if self.prompt is not None:
            _between("prompt", self.prompt, 1, 1_000_000)
        ticks_of(self.step)
        meter_of(self.meter)

    @property
    def max_note_ticks(self) -> int:
        """`max_note` in ticks."""
        return round(self.max_note * PPQ)

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """These settings with some values in place of theirs; None means not given."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


def setting_types() -> dict[str, type]:
    """The name of every setting and the type of its value when it has one."""
    hints = get_type_hints(Settings)
    return {name: next(t for t in get_args(hint) or (hint,) if t is not NoneType) for name, hint in hints.items()}


def ticks_of(step: str) -> int:
    """The ticks of a length such as `1/8`, `3/16` or `1/12` (a triplet eighth); SettingsError if it is none."""
    numerator, slash, denominator = step.partition("/")
    if not slash or not numerator.isdecimal() or not denominator.isdecimal() or int(denominator) == 0:
        raise SettingsError(f"step is {step!r}; write it as a fraction of a whole note, such as 1/8 or 1/16")
    ticks, rest = divmod(4 * PPQ * int(numerator), int(denominator))
    if rest or not 1 <= ticks <= 64 * 4 * PPQ:
        raise SettingsError(f"step is {step!r}; it has to be a whole number of ticks, up to 64 whole notes")
    return ticks


def meter_of(meter: str) -> tuple[int, int]:
    """Beats a bar and the note that is a beat, of a time signature such as `6/8`; SettingsError if it is none."""
    beats, slash, unit = meter.partition("/")
    if not (slash and beats.isdecimal() and 1 <= int(beats) <= 32 and unit in ("1", "2", "4", "8", "16", "32")):
        raise SettingsError(f"meter is {meter!r}; write it as a time signature, such as 4/4, 3/4 or 6/8")
    return int(beats), int(unit)


def _between(name: str, value: float, lowest: float, highest: float) -> None:
    if not (math.isfinite(value) and lowest <= value <= highest):
        raise SettingsError(f"{name} is {value:g}; it can be from {lowest:g} to {highest:g}")
