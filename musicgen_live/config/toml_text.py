"""Flat TOML, written: text, numbers and tables of these in one line. Reading is the standard library's."""

from __future__ import annotations

import json
from collections.abc import Mapping

Plain = str | int | float | bool


def toml_of(value: Plain | Mapping[str, Plain]) -> str:
    """A value as TOML; a mapping as a table in one line, whose keys have to be bare ones."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_of(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, str):
        # The escapes of JSON are TOML's, which allows no bare DEL besides.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value).lower() if isinstance(value, bool) else repr(value)
