"""Changes of parameters: parsed from text, made by steps, shown as text, and applied to settings.

The keys of the screen, OSC and controllers (by `interfaces.scaling`) all make a `Change` by one of these functions,
which refuse a wrong value where it was requested, with the same message everywhere.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

from musicgen_live.config.parameter import Change, Parameter, Value
from musicgen_live.config.parameters import PARAMETERS, QUANTISES
from musicgen_live.config.settings import Settings, setting_types
from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import parse_pitch, pitch_name

_AT_LINE = re.compile(rf"(.*?)\s*@\s*({'|'.join(QUANTISES)})|(?:.*\s)?@\s*([\w ]*)", re.IGNORECASE)
"""A value and a line, or a word behind `@` that is none. Without a blank before it, `@` may be part of a name."""
_OFF = ("off", "auto", "none", "")
_YES = ("on", "yes", "true", "1")
_NO = ("off", "no", "false", "0")


def parameter_of(name: str) -> Parameter:
    """Return the parameter of a name; SettingsError with all names if there is none."""
    if name not in PARAMETERS:
        raise SettingsError(f"there is no value {name!r} that can be steered; {_instead_of(name)}")
    return PARAMETERS[name]


def _instead_of(name: str) -> str:
    """Return what to say of a name that no parameter has."""
    from difflib import get_close_matches

    if name.replace("-", "_") in setting_types():
        return f"--{name} says it at the start"
    near = get_close_matches(name.lower(), PARAMETERS, n=2, cutoff=0.75)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{hint}there are {', '.join(PARAMETERS)}"


def cycle_of(name: str) -> tuple[Value, ...]:
    """Return the values that a parameter with choices cycles through, off first; SettingsError if it has no choices."""
    parameter = parameter_of(name)
    choices = parameter.choices()
    if not choices:
        raise SettingsError(f"{name} is a text and has no next one; write it")
    return (None, *choices) if parameter.optional else choices


def parse_change(name: str, given: Value) -> Change:
    """Check a text, a number or a bool; SettingsError with the name, the value and the allowed values.

    None, and the words off, auto and none, are off for an optional parameter. An action takes no value, or one that it
    names; 1 is the value of a pressed button. A text may end with the line at which the change takes effect, as in
    `12 @now`.
    """
    parameter = parameter_of(name)
    given = given.strip() if isinstance(given, str) else given
    if isinstance(given, str) and (at_line := _AT_LINE.fullmatch(given)):
        value, line, word = at_line.groups()
        return quantised(Change(name), word) if line is None else quantised(_parsed(parameter, value), line)
    return _parsed(parameter, given)


def _parsed(parameter: Parameter, given: Value) -> Change:
    name = parameter.name
    if parameter.is_name:
        return Change(name, _parse_name(parameter, given))
    if parameter.kind == "action":
        return Change(name, _parse_action(parameter, given))
    if parameter.kind == "switch":
        return Change(name, _parse_switch(name, given))
    if parameter.optional and (given is None or (isinstance(given, str) and given.lower() in _OFF)):
        return Change(name)
    if parameter.kind in ("number", "integer"):
        return Change(name, _parse_number(parameter, given))
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = f"{given:g}"
    if not isinstance(given, str):
        raise SettingsError(f"{name} is {given!r}; a text is needed")
    return Change(name, _parse_choice(parameter, given) if parameter.kind == "choice" else parameter.parse(given))


def quantised(change: Change, quantise: str) -> Change:
    """Return a change that takes effect at another line; SettingsError if there is none, or if it waits for none."""
    line = quantise.removeprefix("@").strip().lower()
    if not parameter_of(change.name).is_quantised:
        raise SettingsError(f"{change.name} has a moment of its own; leave out @{quantise}")
    if line not in QUANTISES:
        known = " or ".join([", ".join(f"@{line}" for line in QUANTISES[:-1]), f"@{QUANTISES[-1]}"])
        raise SettingsError(f"{change.name} cannot take effect @{quantise}; write {known}")
    return replace(change, quantise=line)


def stepped(name: str, value: Value, steps: int) -> Change:
    """Return the change that `steps` presses of a key make to the present value: up, or down if it is negative.

    Numbers stop at their limits, and off is one more step of an optional parameter; choices, keys, presets and models
    wrap around; a key in another scale keeps its scale. A switch toggles, an action takes no value. SettingsError for a
    text without a next one.
    """
    parameter = parameter_of(name)
    if parameter.kind == "action":
        return Change(name)
    if parameter.kind == "switch":
        return Change(name, bool(value) ^ bool(steps % 2))
    if parameter.has_range:
        return _stepped_number(parameter, value, steps)
    cycle = cycle_of(name)
    if parameter.step_unlisted and isinstance(value, str) and value not in cycle:
        return Change(name, parameter.step_unlisted(value, steps))
    # From a value that is not in the list, such as a file's path, go to either end of it.
    at = cycle.index(value) if value in cycle else -1 if steps > 0 else 0
    return Change(name, cycle[(at + steps) % len(cycle)])


def format_value(name: str, value: Value) -> str:
    """Return a value as a person reads it, which `parse_change` accepts: `0.95`, `off`, `D dorian`, `on`, `+5`."""
    parameter = parameter_of(name)
    if parameter.kind == "switch":
        return "on" if value else "off"
    if value is None:
        return "" if parameter.kind == "action" else parameter.off_label
    if isinstance(value, str):
        return value
    if parameter.zero_label and not value:
        return parameter.zero_label
    return f"{value:+d}" if parameter.minimum < 0 and isinstance(value, int) and value else f"{value:g}"


def settings_with(settings: Settings, change: Change) -> Settings:
    """Return the settings with a change applied; unlike `Settings.changed`, None too. SettingsError on a conflict.

    A change of a parameter without a setting leaves them as they are.
    """
    setting = parameter_of(change.name).setting
    changed: dict[str, Any] = {} if setting is None else {setting: change.value}
    return replace(settings, **changed)


def values_of(settings: Settings) -> dict[str, Value]:
    """Return the value of every parameter but actions and parts, in the table's order: of settings, or the initial."""
    return {
        parameter.name: getattr(settings, parameter.setting) if parameter.setting else parameter.initial
        for parameter in PARAMETERS.values()
        if parameter.kind != "action" and not parameter.part
    }


def _parse_name(parameter: Parameter, given: Value) -> str:
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = f"{given:g}"
    if not isinstance(given, str) or not given:
        raise SettingsError(f"{parameter.name} needs a number or a name")
    return parameter.parse(given)


def _parse_action(parameter: Parameter, given: Value) -> Value:
    if given in (None, "", True, 1):
        return None
    if not parameter.maximum:
        raise SettingsError(f"{parameter.name} is {given!r}; it is an action and takes no value")
    return _parse_number(parameter, given)


def _parse_switch(name: str, given: Value) -> bool:
    word = str(given).lower()
    if isinstance(given, int | float):
        word = f"{given:g}"
    if word not in _YES + _NO:
        raise SettingsError(f"{name} is {given!r}; it can be on or off")
    return word in _YES


def _parse_choice(parameter: Parameter, given: str) -> str:
    choices = parameter.choices()
    if given.lower() not in choices:
        known = f"{', '.join(choices)}, or {parameter.off_label}" if parameter.optional else " or ".join(choices)
        raise SettingsError(f"{parameter.name} is {given!r}; it can be {known}")
    return given.lower()


def _parse_number(parameter: Parameter, given: Value) -> float | int:
    number = math.nan
    if isinstance(given, str):
        text = given.lower().removesuffix(parameter.unit.lower()).strip()
        if text and text == parameter.zero_label:
            text = "0"
        try:
            number = float(text)
        except ValueError:
            number = math.nan
    elif given is not None and not isinstance(given, bool):
        number = float(given)
    is_integer, minimum, maximum = parameter.kind in ("integer", "action"), parameter.minimum, parameter.maximum
    if not minimum <= number <= maximum or (is_integer and number != int(number)):
        kind = "a whole number" if is_integer else "a number"
        off = f", or {parameter.off_label}" if parameter.optional else ""
        value = repr(given) if isinstance(given, str | bool | None) else f"{given:g}"
        raise SettingsError(f"{parameter.name} is {value}; it can be {kind} from {minimum:g} to {maximum:g}{off}")
    return int(number) if is_integer else number


def _stepped_number(parameter: Parameter, value: Value, steps: int) -> Change:
    """Step a number. From off the first step is to the near end of the sweep: nobody steps down from 64 voices."""
    if value is None:
        into = -1 if parameter.off_is_above else 1
        if steps * into <= 0:
            return Change(parameter.name)
        number, steps = parameter.sweep[1 if parameter.off_is_above else 0], steps - into
    else:
        number = parse_pitch(value, parameter.name) if isinstance(value, str) else float(value)
    number = round(number + steps * parameter.step, 6)
    beyond = number > parameter.maximum if parameter.off_is_above else number < parameter.minimum
    if beyond and parameter.optional:
        return Change(parameter.name)
    number = min(max(number, parameter.minimum), parameter.maximum)
    if parameter.is_pitch:
        return Change(parameter.name, pitch_name(int(number)))
    return Change(parameter.name, int(number) if parameter.kind == "integer" else float(number))
