"""Reads and writes the bindings of a controller's knobs, faders and pads, as the `[controls]` table of a TOML file.

[controls]
"cc 1" = "temperature"
"cc 74" = { value = "top-p", low = 0.5, high = 1.0 }
"cc 20 channel 2" = "density"
"note 36" = "reroll"
"note 37 channel 10" = { value = "tempo", to = 132 }
"note 38" = { value = "octave", step = -1 }
"cc 91" = { value = "mute", step = 1 }
"cc 22" = { value = "temperature", relative = "twos-complement" }
"note 39" = { value = "scene", to = "2", quantise = "4 bars" }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from musicgen_live.config.changes import parameter_of, parse_change, quantised
from musicgen_live.config.controller_map import CODINGS, HIGHEST_CC, NO_BINDINGS, Binding, Controller, ControllerMap
from musicgen_live.config.files import reason_of
from musicgen_live.config.parameter import Change, Parameter
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.toml_text import Plain, parse_toml, read_toml, toml_of
from musicgen_live.config.user_folder import controls_path
from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import parse_pitch, pitch_name

TABLE = "controls"
_PARTS = ("value", "low", "high", "to", "step", "relative", "quantise")


def format_controller_map(controls: ControllerMap) -> str:
    """Return the bindings as the text of a table with its heading; empty if there are none."""
    lines = [format_binding(*entry) for entry in controls.entries]
    return "\n".join([f"[{TABLE}]", *lines]) + "\n" if lines else ""


def format_binding(controller: Controller, binding: Binding) -> str:
    """Return an entry as a line of the table."""
    return f'"{controller}" = {toml_of(_entry(binding))}'


def _entry(binding: Binding) -> str | dict[str, Plain]:
    """Return the value of an entry: the name of a parameter, or a table with more about it."""
    parameter = PARAMETERS[binding.name]
    parts: dict[str, Plain] = {"value": binding.name}
    for part, end in (("low", binding.low), ("high", binding.high)):
        if end is not None:
            parts[part] = pitch_name(int(end)) if parameter.is_pitch else end
    if binding.to is not None and (parameter.kind != "action" or binding.to.value is not None):
        parts["to"] = parameter.off_label if binding.to.value is None else binding.to.value
    if binding.step:
        parts["step"] = binding.step
    if binding.relative:
        parts["relative"] = binding.relative
    if binding.quantise:
        parts["quantise"] = binding.quantise
    return parts if len(parts) > 1 else binding.name


def load_controller_map(path: Path) -> ControllerMap:
    """Read a file with no other table than `[controls]`; SettingsError names a wrong key and value."""
    values = _load(path)
    if unknown := sorted(set(values) - {TABLE}):
        raise SettingsError(f"{path} has an unknown key {unknown[0]!r}; it can have [{TABLE}] alone")
    return parse_controller_map(values.get(TABLE, {}), str(path))


def load_user_controller_map() -> ControllerMap:
    """Read the bindings in the user's folder; empty if the file does not exist."""
    path = controls_path()
    return load_controller_map(path) if path.exists() else NO_BINDINGS


def parse_controller_map(table: object, source: str) -> ControllerMap:
    """Return the bindings of a TOML table; SettingsError names the `source`, and a wrong key and value."""
    if not isinstance(table, dict):
        raise SettingsError(f"{source} has {TABLE} = {table!r}; a table [{TABLE}] is needed")
    entries: dict[Controller, Binding] = {}
    for key, value in table.items():
        try:
            controller = parse_controller(key)
            binding = _read_binding(value)
            check(controller, binding)
        except SettingsError as error:
            shown = toml_of(value) if isinstance(value, Plain) else repr(value)
            raise SettingsError(f'{source} has "{key}" = {shown} in [{TABLE}]: {error}') from error
        if controller in entries:
            raise SettingsError(f'{source} has "{key}" in [{TABLE}], which is {controller} once more; remove one')
        entries[controller] = binding
    return ControllerMap(tuple(entries.items()))


def parse_controller(text: str) -> Controller:
    """Parse a controller such as `cc 74`, `note 36` or `note C2 channel 10`; SettingsError if it is none."""
    parts = re.fullmatch(r"(cc|note) +([A-Ga-g0-9#♯b♭-]+)(?: +channel +([0-9]{1,2}))?", text.strip(), re.IGNORECASE)
    if parts:
        kind, number, channel = parts[1].lower(), parts[2], None if parts[3] is None else int(parts[3])
        if channel is None or 1 <= channel <= 16:
            if kind == "note":
                return Controller("note", parse_pitch(number, "the note"), channel)
            if number.isdecimal() and len(number) < 4 and int(number) <= HIGHEST_CC:
                return Controller("cc", int(number), channel)
    raise SettingsError(
        f'{text!r} is no controller; write "cc 74" (0 to {HIGHEST_CC}) or "note 36" (0 to 127), and if you like '
        '" channel 10" (1 to 16) after it'
    )


def binding_with(
    name: str,
    low: Any = None,  # noqa: ANN401
    high: Any = None,  # noqa: ANN401
    to: Any = None,  # noqa: ANN401
    step: Any = None,  # noqa: ANN401
    relative: Any = None,  # noqa: ANN401
    quantise: Any = None,  # noqa: ANN401
) -> Binding:
    """Return a binding made from values of a file or of flags; SettingsError on values that are wrong together."""
    parameter = parameter_of(name)
    if (low is not None or high is not None) and not parameter.has_range:
        raise SettingsError(f"{name} has no range; leave out low and high")
    if sum((low is not None or high is not None, to is not None, step is not None)) > 1:
        raise SettingsError("a range, to and step exclude each other; give one of them")
    if to is not None and parameter.kind == "action" and not (parameter.maximum or parameter.is_name):
        raise SettingsError(f"{name} is done, and has no value; leave out to")
    if step is not None:
        if type(step) is not int or step == 0:
            raise SettingsError(f"step is {step!r}; a whole number is needed, such as 1 or -1")
        if parameter.kind == "action" or not (parameter.kind == "switch" or parameter.has_range or parameter.choices()):
            raise SettingsError(f"{name} has no steps; leave out step")
    if relative is not None:
        _check_relative(parameter, relative, is_press=to is not None or step is not None)
    start, end = _parse_end(parameter, "low", low), _parse_end(parameter, "high", high)
    if start is not None and start == end:
        raise SettingsError(f"low and high are both {low!r}; a range is needed")
    if to is None and parameter.kind == "action" and parameter.is_name:
        raise SettingsError(f'{name} needs a number or a name (learn: --to), as in {{ value = "{name}", to = "1" }}')
    if to is not None:
        change: Change | None = parse_change(name, to)
    else:
        change = Change(name) if parameter.kind == "action" else None
    line = _line_of(name, quantise, change)
    return Binding(name, start, end, change and replace(change, quantise=None), step or 0, line, relative)


def _line_of(name: str, quantise: object, change: Change | None) -> str | None:
    """Return the line that is given, or that the change names."""
    if quantise is None:
        return None if change is None else change.quantise
    return quantised(Change(name), str(quantise)).quantise


def turns_endlessly(name: str) -> bool:
    """Return True if an endless knob can step through the values of a parameter."""
    parameter = parameter_of(name)
    return parameter.kind != "switch" and (parameter.has_range or bool(parameter.choices()))


def _check_relative(parameter: Parameter, relative: object, *, is_press: bool) -> None:
    if relative not in CODINGS:
        raise SettingsError(f"relative is {relative!r}; it can be {', '.join(CODINGS)}")
    if is_press:
        raise SettingsError("an endless knob is not pressed: leave out relative, or to and step")
    if not turns_endlessly(parameter.name):
        raise SettingsError(f"{parameter.name} has no steps for an endless knob; leave out relative")


def check(controller: Controller, binding: Binding) -> None:
    """Raise SettingsError if a controller of this kind cannot have this binding."""
    parameter, name = PARAMETERS[binding.name], binding.name
    if binding.is_press or parameter.kind == "switch":
        return
    if controller.kind == "note":
        raise SettingsError(
            f"a note is only struck: say to what it sets {name} (learn: --to), or by how many steps it moves it "
            f'(learn: --step), as in {{ value = "{name}", to = ... }} or {{ value = "{name}", step = 1 }}'
        )
    if not parameter.has_range and not parameter.choices():
        raise SettingsError(
            f"{name} is a text, which no controller can go through: say to what it is set (learn: --to), as in "
            f'{{ value = "{name}", to = "..." }}'
        )


def text_with_binding(text: str, controller: Controller, binding: Binding, source: str) -> str:
    """Return the text of a TOML file with this entry in its `[controls]`; all other lines and comments stay.

    SettingsError if the file cannot be read.
    """
    # Imported here: only `learn` needs it.
    import tomlkit

    _parse_map(text, source)  # Refuses what is wrong, with a message of ours.
    document = tomlkit.parse(text)
    table = document.setdefault(TABLE, tomlkit.table())
    key = next((key for key in table if parse_controller(key) == controller), str(controller))
    entry = _entry(binding)
    if isinstance(entry, dict):
        table[key] = tomlkit.inline_table()
        table[key].update(entry)
    else:
        table[key] = entry
    return tomlkit.dumps(document)


def binding_in(text: str, controller: Controller, source: str) -> Binding | None:
    """Return the binding of a controller in the text of a TOML file; None if it has none."""
    return dict(_parse_map(text, source).entries).get(controller)


def _parse_map(text: str, source: str) -> ControllerMap:
    return parse_controller_map(parse_toml(text, source).get(TABLE, {}), source)


def _load(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path, str(path))
    except FileNotFoundError as exc:
        raise SettingsError(f"there is no file {path}; make one with: musicgen-live learn --controls {path}") from exc
    except OSError as exc:
        raise SettingsError(f"{path} cannot be read ({reason_of(exc)})") from exc


def _read_binding(value: object) -> Binding:
    if isinstance(value, str):
        return binding_with(value)
    if not isinstance(value, Mapping) or not isinstance(value.get("value"), str):
        raise SettingsError('a name is needed, such as "tempo", or a table such as { value = "tempo", low = 80 }')
    if unknown := sorted(set(value) - set(_PARTS)):
        raise SettingsError(f"{unknown[0]!r} is unknown; known are {', '.join(_PARTS)}")
    for part, given in value.items():
        if not isinstance(given, Plain):
            raise SettingsError(f"{part} is {str(given)!r}; a text, a number, true or false is needed")
    return binding_with(value["value"], *(value.get(part) for part in _PARTS[1:]))


def _parse_end(parameter: Parameter, part: str, given: Any) -> float | None:  # noqa: ANN401
    if given is None:
        return None
    if parameter.is_pitch:
        given = parse_pitch(f"{given:g}" if isinstance(given, int | float) else str(given), part)
    if (
        isinstance(given, bool)
        or not isinstance(given, int | float)
        or not parameter.minimum <= given <= parameter.maximum
    ):
        raise SettingsError(
            f"{part} is {given!r}; {parameter.name} can be from {parameter.minimum:g} to {parameter.maximum:g}"
        )
    return given
