"""Converts between the position of a controller, as a share of its range, and the value of a parameter."""

from __future__ import annotations

import math

from musicgen_live.config.changes import cycle_of, parameter_of
from musicgen_live.config.parameter import Change, Parameter, Value
from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import parse_pitch, pitch_name

CONTROLLER_STEPS = 127
"""The number of steps of a controller, whose values are 0 to 127."""


def change_at_position(name: str, share: float, lowest: float | None = None, highest: float | None = None) -> Change:
    """Return the change of a controller at `share` of its range, 0 to 1.

    The range is `lowest` to `highest`, or the parameter's sweep. Numbers are spread evenly; an optional parameter in
    its own sweep is off at one end. Choices, keys, presets and models share the range equally. A switch is on and an
    action done from the middle on. SettingsError for an action below the middle, and for a text without positions.
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
        cycle = cycle_of(name)
        return Change(name, cycle[round(share * (len(cycle) - 1))])
    low, high = _range(parameter, lowest, highest)
    if _has_off_end(parameter, lowest, highest):
        towards_off = share if parameter.off_is_above else 1 - share
        slot = 1 / _slot_count(parameter, low, high)
        if towards_off > 1 - slot / 2:
            return Change(name)
        share = share / (1 - slot) if parameter.off_is_above else (share - slot) / (1 - slot)
    value = low + min(max(share, 0.0), 1.0) * (high - low)
    value = min(max(value, parameter.minimum), parameter.maximum)
    if parameter.is_pitch:
        return Change(name, pitch_name(round(value)))
    return Change(name, round(value) if parameter.kind == "integer" else round(value, _decimals(low, high)))


def position_of(name: str, value: Value, lowest: float | None = None, highest: float | None = None) -> float | None:
    """Return the position of a controller at a value, 0 to 1; None if the value has none.

    This is the inverse of `change_at_position`. A value beyond the range is at its end, an action at 0.
    """
    parameter = parameter_of(name)
    if parameter.kind == "action":
        return 0.0
    if parameter.kind == "switch":
        return 1.0 if value else 0.0
    if not parameter.has_range:
        cycle = cycle_of(name) if parameter.choices() else ()
        return cycle.index(value) / max(len(cycle) - 1, 1) if value in cycle else None
    low, high = _range(parameter, lowest, highest)
    if value is None:
        off_position = 1.0 if parameter.off_is_above else 0.0
        return off_position if low <= high else 1 - off_position
    number = parse_pitch(value, name) if isinstance(value, str) else float(value)
    share = (number - low) / (high - low) if high != low else 0.0
    share = min(max(share, 0.0), 1.0)
    if _has_off_end(parameter, lowest, highest):
        slot = 1 / _slot_count(parameter, low, high)
        share = share * (1 - slot) if parameter.off_is_above else slot + share * (1 - slot)
    return share


def reaches(name: str, value: Value, lowest: float | None = None, highest: float | None = None) -> bool:
    """Return True if the value has a position within the range of a controller."""
    parameter = parameter_of(name)
    if not parameter.has_range:
        return position_of(name, value) is not None
    if value is None:
        return lowest is None and highest is None
    low, high = sorted(_range(parameter, lowest, highest))
    return low <= (parse_pitch(value, name) if isinstance(value, str) else value) <= high


def _range(parameter: Parameter, lowest: float | None, highest: float | None) -> tuple[float, float]:
    return (parameter.sweep[0] if lowest is None else lowest), (parameter.sweep[1] if highest is None else highest)


def _has_off_end(parameter: Parameter, lowest: float | None, highest: float | None) -> bool:
    """Return True if off has its own position. A pitch has none, because the end of its range has the same effect."""
    return parameter.optional and not parameter.is_pitch and lowest is None and highest is None


def _slot_count(parameter: Parameter, low: float, high: float) -> float:
    """Return the number of steps of the range, including the step to off."""
    return abs(high - low) + 1 if parameter.kind == "integer" else CONTROLLER_STEPS


def _decimals(low: float, high: float) -> int:
    """Return the decimals that show a tenth of a controller's step; more would be hard to read."""
    width = abs(high - low)
    return max(0, math.ceil(-math.log10(width / CONTROLLER_STEPS / 10))) if width else 6
