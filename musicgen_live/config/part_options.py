"""The options of the parts of the music: port, channel, program and sound of each. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from musicgen_live.config.port_options import integer_option, latency_option
from musicgen_live.errors import SettingsError
from musicgen_live.music.parts import PARTS

OWN = "you"
"""The part of a musician beside the model, which is a track of the take, and can have a port and a channel."""

MOST_TRANSPOSE, MOST_VELOCITY, MOST_BANK, MOST_PROGRAM = 48, 64, 16_383, 128

_OPTIONS = (
    "port", "virtual", "channel", "transpose", "velocity", "program", "bank", "latency-ms", "pedal", "instrument",
)  # fmt: skip
_USAGE = "write --part bass:port=NAME,channel=2,transpose=-12"


@dataclass(frozen=True)
class PartOptions:
    """The options of a part; None where the rule for all parts holds."""

    name: str
    """One of `PARTS`, or `OWN`."""
    port: str | None = None
    is_virtual: bool = False
    """True to create the port, False to open an existing one."""
    channel: int | None = None
    """0 to 15."""
    transpose: int = 0
    """Semitones."""
    velocity: int = 0
    """Added to the velocity of each note."""
    program: int | None = None
    """1 to 128, as General MIDI counts."""
    bank: int | None = None
    """0 to 16,383: the coarse number (controller 0) times 128, plus the fine one (controller 32)."""
    latency_ms: float = 0.0
    """The latency of the instrument at the port, as in `PortOptions`."""
    has_pedal: bool = True
    """False if this part's instrument gets no sustain pedal."""
    instrument: str | None = None
    """The name of an instrument of our own."""


def parse_part(text: str, *, latency_ms: float = 0.0) -> PartOptions:
    """Parse `NAME` or `NAME:port=IAC,channel=1,transpose=-12`; `latency_ms` is the default of that option.

    SettingsError on a wrong name, option or value.
    """
    name, _, tail = text.partition(":")
    if name not in (*PARTS, OWN):
        raise SettingsError(f"--part {text!r}: there is no part {name!r}; there are {', '.join(PARTS)} and {OWN}")
    values: dict[str, str] = {}
    for option in tail.split(",") if tail else ():
        key, equals, value = option.partition("=")
        if not equals or key not in _OPTIONS:
            raise SettingsError(
                f"--part {text!r} has {option!r}, which is no option; {_USAGE}, or {', '.join(_OPTIONS)}"
            )
        values[key] = value
    if "port" in values and "virtual" in values:
        raise SettingsError(f"--part {text!r} names two ports; give port, or virtual for a new one")

    def number(key: str, minimum: int, maximum: int) -> int | None:
        return integer_option(values[key], minimum, maximum, text) if key in values else None

    channel = number("channel", 1, 16)
    return PartOptions(
        name,
        values.get("port", values.get("virtual")),
        "virtual" in values,
        None if channel is None else channel - 1,
        number("transpose", -MOST_TRANSPOSE, MOST_TRANSPOSE) or 0,
        number("velocity", -MOST_VELOCITY, MOST_VELOCITY) or 0,
        number("program", 1, MOST_PROGRAM),
        number("bank", 0, MOST_BANK),
        latency_option(values.get("latency-ms", latency_ms), text),
        _switch(values.get("pedal", "on"), text),
        values.get("instrument"),
    )


def format_part(part: PartOptions) -> str:
    """Return the text from which `parse_part` makes a part."""
    given: dict[str, object] = {
        "virtual" if part.is_virtual else "port": part.port,
        "channel": None if part.channel is None else part.channel + 1,
        "transpose": part.transpose or None,
        "velocity": part.velocity or None,
        "program": part.program,
        "bank": part.bank,
        "latency-ms": f"{part.latency_ms:g}" if part.latency_ms else None,
        "pedal": None if part.has_pedal else "off",
        "instrument": part.instrument,
    }
    options = ",".join(f"{key}={value}" for key, value in given.items() if value is not None)
    return f"{part.name}:{options}" if options else part.name


def _switch(value: str, text: str) -> bool:
    if value not in ("on", "off"):
        raise SettingsError(f"--part {text!r} has pedal={value}; it can be on or off")
    return value == "on"


def all_parts(given: Iterable[PartOptions]) -> tuple[PartOptions, ...]:
    """Return the options of every part, in the order of `PARTS`, then those of a musician if they are given.

    SettingsError if a part is given twice.
    """
    by_name: dict[str, PartOptions] = {}
    for options in given:
        if options.name in by_name:
            raise SettingsError(f"--part {options.name} is given twice; put its options into one, with commas between")
        by_name[options.name] = options
    own = [by_name[OWN]] if OWN in by_name else []
    return (*(by_name.get(name, PartOptions(name)) for name in PARTS), *own)
