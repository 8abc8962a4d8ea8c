"""Where a controller is on its way, and which value that means: both ways between positions and wishes."""

from __future__ import annotations

import math

from musicgen_live.config.changes import knob_of, ring_of, rounds
from musicgen_live.config.parameters import Knob, Steer, Value
from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import parse_pitch, pitch_name

CONTROLLER_STEPS = 127
"""What a controller can tell apart: 0 to 127."""


def at_position(name: str, share: float, lowest: float | None = None, highest: float | None = None) -> Steer:
    """The wish of a controller at a share of its way, 0 to 1, through `lowest` to `highest` or what is usual.

    Numbers go evenly; with a range of the knob's own that may be off, one end of the way is off. Choices, keys, presets
    and models share the way equally. A switch is on and an action done from the middle on; an action's wish below it is
    SettingsError, as is that of a text without positions.
    """
    knob = knob_of(name)
    share = min(max(share, 0.0), 1.0)
    if knob.kind == "action":
        if share < 0.5:
            raise SettingsError(f"{name} is done from the middle of a controller's way on")
        return Steer(name)
    if knob.kind == "switch":
        return Steer(name, share >= 0.5)
    if not knob.has_range:
        ring = ring_of(name)
        return Steer(name, ring[round(share * (len(ring) - 1))])
    low, high = _way(knob, lowest, highest)
    if _has_off_end(knob, lowest, highest):
        towards_off = share if knob.off_is_above else 1 - share
        slot = 1 / _slots(knob, low, high)
        if towards_off > 1 - slot / 2:
            return Steer(name)
        share = share / (1 - slot) if knob.off_is_above else (share - slot) / (1 - slot)
    value = low + min(max(share, 0.0), 1.0) * (high - low)
    value = min(max(value, knob.lowest), knob.highest)
    if knob.is_pitch:
        return Steer(name, pitch_name(round(value)))
    return Steer(name, round(value) if knob.kind == "whole" else round(value, _digits(low, high)))


def position_of(name: str, value: Value, lowest: float | None = None, highest: float | None = None) -> float | None:
    """Where a controller is at a value, 0 to 1: the inverse of `at_position`; None where the value has no position.

    A value beyond the range is at its end. An action is at 0.
    """
    knob = knob_of(name)
    if knob.kind == "action":
        return 0.0
    if knob.kind == "switch":
        return 1.0 if value else 0.0
    if not knob.has_range:
        ring = ring_of(name) if rounds(name) else ()
        return ring.index(value) / max(len(ring) - 1, 1) if value in ring else None
    low, high = _way(knob, lowest, highest)
    if value is None:
        off_at = 1.0 if knob.off_is_above else 0.0
        return off_at if low <= high else 1 - off_at
    number = parse_pitch(value, name) if isinstance(value, str) else float(value)
    share = (number - low) / (high - low) if high != low else 0.0
    share = min(max(share, 0.0), 1.0)
    if _has_off_end(knob, lowest, highest):
        slot = 1 / _slots(knob, low, high)
        share = share * (1 - slot) if knob.off_is_above else slot + share * (1 - slot)
    return share


def reaches(name: str, value: Value, lowest: float | None = None, highest: float | None = None) -> bool:
    """Whether a controller can be at a value: not where that has no position or is beyond the range."""
    knob = knob_of(name)
    if not knob.has_range:
        return position_of(name, value) is not None
    if value is None:
        return lowest is None and highest is None
    low, high = sorted(_way(knob, lowest, highest))
    return low <= (parse_pitch(value, name) if isinstance(value, str) else value) <= high


def _way(knob: Knob, lowest: float | None, highest: float | None) -> tuple[float, float]:
    return (knob.usual[0] if lowest is None else lowest), (knob.usual[1] if highest is None else highest)


def _has_off_end(knob: Knob, lowest: float | None, highest: float | None) -> bool:
    """Whether off has a position of its own. A pitch's has not: its end is as good as off."""
    return knob.may_be_off and not knob.is_pitch and lowest is None and highest is None


def _slots(knob: Knob, low: float, high: float) -> float:
    """How many steps the way has, that to off counted."""
    return abs(high - low) + 1 if knob.kind == "whole" else CONTROLLER_STEPS


def _digits(low: float, high: float) -> int:
    """Decimals so that a tenth of a controller's step counts: no more, so that values can be read."""
    way = abs(high - low)
    return max(0, math.ceil(-math.log10(way / CONTROLLER_STEPS / 10))) if way else 6
