"""Checks the names and types of values that come by name from somebody's file or program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from musicgen_live.errors import SettingsError

_TYPE_NAMES = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def checked_values(
    values: Mapping[str, Any], types: Mapping[str, type], source: str, *, also_known: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return values by their names with underscores, as fields of `Settings` are called.

    SettingsError names the `source`, and a name that is not in `types` or a value of another type. `also_known` are
    names that the message lists besides: those that the caller reads itself.
    """
    checked = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in types:
            known = ", ".join(known.replace("_", "-") for known in (*types, *also_known))
            raise SettingsError(f"{source} has an unknown key {key!r}; known are {known}")
        expected = types[name]
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise SettingsError(f"{source} has {key} = {value!r}; {_TYPE_NAMES[expected]} is needed")
        if isinstance(value, str) and "\0" in value and name != "description":
            # No file name may have one.
            raise SettingsError(f"{source} has a null character in {key}")
        checked[name] = value
    return checked
