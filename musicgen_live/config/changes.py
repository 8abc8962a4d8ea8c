"""Wishes to change something while it plays: read from text and keys, and applied to settings.

Everything that steers (keys of the screen, OSC, controllers by `control_positions`) makes a `Steer` by one of these
functions, so a value that cannot be is refused where it was asked for, with the same words everywhere.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from musicgen_live.config.parameters import KNOBS, Knob, Steer, Value
from musicgen_live.config.settings import Settings
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.music.chord_symbols import parse_chords
from musicgen_live.music.scales import CLASS_NAMES, parse_key, parse_pitch, pitch_name

_OFF = ("off", "auto", "none", "")
_YES = ("on", "yes", "true", "1")
_NO = ("off", "no", "false", "0")
_KEYS = tuple(f"{tonic} {scale}" for scale in ("major", "minor") for tonic in CLASS_NAMES)


def knob_of(name: str) -> Knob:
    """The knob of a name; SettingsError with all names if there is none."""
    if name not in KNOBS:
        raise SettingsError(f"there is no value {name!r} that can be steered; there are {', '.join(KNOBS)}")
    return KNOBS[name]


def rounds(name: str) -> tuple[str, ...]:
    """What keys and controllers go through, of a choice or of a text that has a list: keys, presets, models.

    Presets and models are looked up in their folders at each call.
    """
    from musicgen_live.config import library

    if name == "key":
        return _KEYS
    if name == "preset":
        return tuple(library.preset_names())
    if name == "model":
        return tuple(library.model_names())
    return knob_of(name).choices


def ring_of(name: str) -> tuple[Value, ...]:
    """What a value goes round that has a list, off first; SettingsError where it has none."""
    listed = rounds(name)
    if not listed:
        raise SettingsError(f"{name} is a text and has no next one; write it")
    return (None, *listed) if knob_of(name).may_be_off else listed


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
        ring = ring_of(name)
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
    from musicgen_live.config import library

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
        library.preset_path(given)
    else:
        try:
            library.model_path(given)
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
