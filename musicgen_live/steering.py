"""Wishes to change something while it plays: read from text, controllers and keys, and applied to settings.

Everything that steers (keys of the screen, controllers, OSC) makes a `Steer` by one of these functions, so a value
that cannot be is refused where it was asked for, with the same words everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.chord_symbols import parse_chords
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.knobs import KNOBS, Kind, Knob
from musicgen_live.live.events import Value
from musicgen_live.scales import CLASS_NAMES, parse_key, parse_pitch, pitch_name
from musicgen_live.settings import Settings

__all__ = [
    "KNOBS", "Kind", "Knob", "Steer", "at_position", "knob_of", "position_of", "read", "rounds", "settings_with",
    "shown", "stepped", "values_of",
]  # fmt: skip

CONTROLLER_STEPS = 127
"""What a controller can tell apart: 0 to 127."""

_OFF = ("off", "auto", "none", "")
_YES = ("on", "yes", "true", "1")
_NO = ("off", "no", "false", "0")
_KEYS = tuple(f"{tonic} {scale}" for scale in ("major", "minor") for tonic in CLASS_NAMES)


@dataclass(frozen=True)
class Steer:
    """A wish: set `name`, one of `KNOBS`, to a value; an action, such as `reroll`, has none."""

    name: str
    value: Value = None


def knob_of(name: str) -> Knob:
    """The knob of a name; SettingsError with all names if there is none."""
    if name not in KNOBS:
        raise SettingsError(f"there is no value {name!r} that can be steered; there are {', '.join(KNOBS)}")
    return KNOBS[name]


def rounds(name: str) -> tuple[str, ...]:
    """What keys and controllers go through, of a choice or of a text that has a list: keys, presets, models.

    Presets and models are looked up in their folders at each call.
    """
    from musicgen_live import shipped

    if name == "key":
        return _KEYS
    if name == "preset":
        return tuple(shipped.preset_names())
    if name == "model":
        return tuple(shipped.model_names())
    return knob_of(name).choices


def read(name: str, given: Value) -> Steer:
    """A checked wish of a text, a number or a bool; SettingsError with name, value and what would be right.

    None, and the words off, auto and none, are off for what may be off. An action takes no value.
    """
    knob = knob_of(name)
    given = given.strip() if isinstance(given, str) else given
    if knob.kind == "action":
        if given not in (None, "", True, 1):
            raise SettingsError(f"{name} is {given!r}; it is done, and has no value")
        return Steer(name)
    if knob.kind == "switch":
        return Steer(name, _switch(name, given))
    if knob.may_be_off and (given is None or (isinstance(given, str) and given.lower() in _OFF)):
        return Steer(name)
    if knob.kind in ("number", "whole"):
        return Steer(name, _number(knob, given))
    if knob.is_pitch and isinstance(given, int | float) and not isinstance(given, bool):
        given = f"{given:g}"
    if not isinstance(given, str):
        raise SettingsError(f"{name} is {given!r}; a text is needed")
    return Steer(name, _checked_text(knob, given))


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
        ring = _some(_ring(knob), name)
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
        ring = _ring(knob)
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


def stepped(name: str, value: Value, steps: int) -> Steer:
    """The wish of so many presses of a key, up or with a negative number down, from the present value.

    Numbers stop at their ends, where off is one more step if they may be off; choices, keys, presets and models go
    round; a key that is in another scale keeps it. A switch is turned, an action done. SettingsError for a text that
    has no next one.
    """
    knob = knob_of(name)
    if knob.kind == "action":
        return Steer(name)
    if knob.kind == "switch":
        return Steer(name, bool(value) ^ bool(steps % 2))
    if name == "key" and isinstance(value, str) and value not in _KEYS:
        key = parse_key(value)
        return Steer(name, f"{CLASS_NAMES[(key.tonic + steps) % 12]} {key.scale}")
    if not knob.has_range:
        ring = _some(_ring(knob), name)
        # From what is not in the list, such as a file's path, one comes to either end of it.
        at = ring.index(value) if value in ring else -1 if steps > 0 else 0
        return Steer(name, ring[(at + steps) % len(ring)])
    return _stepped_number(knob, value, steps)


def shown(name: str, value: Value) -> str:
    """A value as a person reads it, which `read` reads: `0.95`, `off`, `D dorian`, `on`, `+5`."""
    knob = knob_of(name)
    if knob.kind == "switch":
        return "on" if value else "off"
    if value is None:
        return "" if knob.kind == "action" else knob.off_said
    if isinstance(value, str):
        return value
    if name == "freeze" and not value:
        return "off"
    return f"{value:+d}" if knob.lowest < 0 and isinstance(value, int) and value else f"{value:g}"


def settings_with(settings: Settings, steer: Steer) -> Settings:
    """The settings with a wish that has a setting fulfilled, None too; SettingsError where they cannot go together.

    A wish without a setting leaves them as they are.
    """
    setting = knob_of(steer.name).setting
    changes: dict[str, Any] = {} if setting is None else {setting: steer.value}
    return replace(settings, **changes)


def values_of(settings: Settings) -> dict[str, Value]:
    """What every knob but the actions is set to, in the table's order: by settings, else as it is at first."""
    return {
        knob.name: getattr(settings, knob.setting) if knob.setting else knob.at_start
        for knob in KNOBS.values()
        if knob.kind != "action"
    }


def _switch(name: str, given: Value) -> bool:
    word = str(given).lower()
    if isinstance(given, int | float):
        word = f"{given:g}"
    if word not in _YES + _NO:
        raise SettingsError(f"{name} is {given!r}; it can be on or off")
    return word in _YES


def _number(knob: Knob, given: Value) -> float | int:
    number = math.nan
    if isinstance(given, str):
        text = given.lower().removesuffix(knob.unit.lower()).strip()
        if knob.name == "freeze" and text == "off":
            text = "0"
        try:
            number = float(text)
        except ValueError:
            number = math.nan
    elif given is not None and not isinstance(given, bool):
        number = float(given)
    if not knob.lowest <= number <= knob.highest or (knob.kind == "whole" and number != int(number)):
        kind = "a whole number" if knob.kind == "whole" else "a number"
        off = f", or {knob.off_said}" if knob.may_be_off else ""
        value = repr(given) if isinstance(given, str | bool | None) else f"{given:g}"
        raise SettingsError(f"{knob.name} is {value}; it can be {kind} from {knob.lowest:g} to {knob.highest:g}{off}")
    return int(number) if knob.kind == "whole" else number


def _checked_text(knob: Knob, given: str) -> str:
    from musicgen_live import shipped

    if knob.kind == "choice":
        found = next((choice for choice in knob.choices if choice == given.lower()), None)
        if found is None:
            raise SettingsError(f"{knob.name} is {given!r}; it can be {', '.join(knob.choices)}, or {knob.off_said}")
        return found
    if knob.is_pitch:
        return pitch_name(parse_pitch(given, knob.name))
    if knob.name == "key":
        parse_key(given)
    elif knob.name == "chords":
        parse_chords(given)
    elif knob.name == "preset":
        shipped.preset_path(given)
    else:
        try:
            shipped.model_path(given)
        except ModelError as error:
            raise SettingsError(str(error)) from error
    return given


def _stepped_number(knob: Knob, value: Value, steps: int) -> Steer:
    """From off the first step is to the near end of what is usual: nobody wants to come down from 64 voices."""
    if value is None:
        into = -1 if knob.off_is_above else 1
        if steps * into <= 0:
            return Steer(knob.name)
        number, steps = knob.usual[1 if knob.off_is_above else 0], steps - into
    else:
        number = parse_pitch(value, knob.name) if isinstance(value, str) else float(value)
    number = round(number + steps * knob.step, 6)
    beyond = number > knob.highest if knob.off_is_above else number < knob.lowest
    if beyond and knob.may_be_off:
        return Steer(knob.name)
    number = min(max(number, knob.lowest), knob.highest)
    if knob.is_pitch:
        return Steer(knob.name, pitch_name(int(number)))
    return Steer(knob.name, int(number) if knob.kind == "whole" else float(number))


def _ring(knob: Knob) -> tuple[Value, ...]:
    """What goes round, off first; nothing of a text without a list."""
    listed = rounds(knob.name)
    return (None, *listed) if listed and knob.may_be_off else listed


def _some(ring: tuple[Value, ...], name: str) -> tuple[Value, ...]:
    if not ring:
        raise SettingsError(f"{name} is a text and has no next one; write it")
    return ring


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
