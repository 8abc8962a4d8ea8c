"""Formats flat TOML: text, numbers, and tables of these in one line. The standard library reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping

Plain = str | int | float | bool


def toml_of(value: Plain | Mapping[str, Plain]) -> str:
    """Return a value as TOML; a mapping, whose keys must be bare keys, as a table in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_of(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, str):
        # JSON's escapes are valid in TOML, but TOML does not allow an unescaped DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value).lower() if isinstance(value, bool) else repr(value)
