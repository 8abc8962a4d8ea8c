"""Where a controller is on its way, and which value that means: both ways between positions and wishes."""

from __future__ import annotations

import math

from musicgen_live.config.changes import cycle_of, parameter_of
from musicgen_live.config.parameters import Change, Parameter, Value
from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import parse_pitch, pitch_name

CONTROLLER_STEPS = 127
"""What a controller can tell apart: 0 to 127."""


def at_position(name: str, share: float, lowest: float | None = None, highest: float | None = None) -> Change:
    """The wish of a controller at a share of its way, 0 to 1, through `lowest` to `highest` or what is usual.

    Numbers go evenly; with a range of the knob's own that may be off, one end of the way is off. Choices, keys, presets
    and models share the way equally. A switch is on and an action done from the middle on; an action's wish below it is
    SettingsError, as is that of a text without positions.
    """
    parameter = parameter_of(name)
    share = min(max(share, 0.0), 1.0)
    if parameter.kind == "action":
        if share < 0.5:
            raise SettingsError(f"{name} is done from the middle of a controller's way on")
        return Change(name)
    if parameter.kind == "switch":
        return Change(name, share >= 0.5)
    if not parameter.has_range:
        ring = cycle_of(name)
        return Change(name, ring[round(share * (len(ring) - 1))])
    low, high = _way(parameter, lowest, highest)
    if _has_off_end(parameter, lowest, highest):
        towards_off = share if parameter.off_is_above else 1 - share
        slot = 1 / _slots(parameter, low, high)
        if towards_off > 1 - slot / 2:
            return Change(name)
        share = share / (1 - slot) if parameter.off_is_above else (share - slot) / (1 - slot)
    value = low + min(max(share, 0.0), 1.0) * (high - low)
    value = min(max(value, parameter.minimum), parameter.maximum)
    if parameter.is_pitch:
        return Change(name, pitch_name(round(value)))
    return Change(name, round(value) if parameter.kind == "integer" else round(value, _digits(low, high)))


def position_of(name: str, value: Value, lowest: float | None = None, highest: float | None = None) -> float | None:
    """Where a controller is at a value, 0 to 1: the inverse of `at_position`; None where the value has no position.

    A value beyond the range is at its end. An action is at 0.
    """
    parameter = parameter_of(name)
    if parameter.kind == "action":
        return 0.0
    if parameter.kind == "switch":
        return 1.0 if value else 0.0
    if not parameter.has_range:
        ring = cycle_of(name) if parameter.choices() else ()
        return ring.index(value) / max(len(ring) - 1, 1) if value in ring else None
    low, high = _way(parameter, lowest, highest)
    if value is None:
        off_at = 1.0 if parameter.off_is_above else 0.0
        return off_at if low <= high else 1 - off_at
    number = parse_pitch(value, name) if isinstance(value, str) else float(value)
    share = (number - low) / (high - low) if high != low else 0.0
    share = min(max(share, 0.0), 1.0)
    if _has_off_end(parameter, lowest, highest):
        slot = 1 / _slots(parameter, low, high)
        share = share * (1 - slot) if parameter.off_is_above else slot + share * (1 - slot)
    return share


def reaches(name: str, value: Value, lowest: float | None = None, highest: float | None = None) -> bool:
    """Whether a controller can be at a value: not where that has no position or is beyond the range."""
    parameter = parameter_of(name)
    if not parameter.has_range:
        return position_of(name, value) is not None
    if value is None:
        return lowest is None and highest is None
    low, high = sorted(_way(parameter, lowest, highest))
    return low <= (parse_pitch(value, name) if isinstance(value, str) else value) <= high


def _way(parameter: Parameter, lowest: float | None, highest: float | None) -> tuple[float, float]:
    return (parameter.sweep[0] if lowest is None else lowest), (parameter.sweep[1] if highest is None else highest)


def _has_off_end(parameter: Parameter, lowest: float | None, highest: float | None) -> bool:
    """Whether off has a position of its own. A pitch's has not: its end is as good as off."""
    return parameter.optional and not parameter.is_pitch and lowest is None and highest is None


def _slots(parameter: Parameter, low: float, high: float) -> float:
    """How many steps the way has, that to off counted."""
    return abs(high - low) + 1 if parameter.kind == "integer" else CONTROLLER_STEPS


def _digits(low: float, high: float) -> int:
    """Decimals so that a tenth of a controller's step counts: no more, so that values can be read."""
    way = abs(high - low)
    return max(0, math.ceil(-math.log10(way / CONTROLLER_STEPS / 10))) if way else 6
