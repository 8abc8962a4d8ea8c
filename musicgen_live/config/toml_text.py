"""Formats flat TOML, and parses TOML from anywhere: text, numbers, and tables of these."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicgen_live.config.files import open_regular
from musicgen_live.errors import SettingsError

Plain = str | int | float | bool

MAX_CHARACTERS = 1_000_000
_MAX_DEPTH = 8
_MAX_NUMBER = 2**53
"""Up to here a float has every whole number."""


def read_toml(path: Path, source: str) -> dict[str, Any]:
    """Parse a regular file; SettingsError names the `source`, OSError if it cannot be opened."""
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{source} cannot be read ({exc})") from exc
    return parse_toml(text, source)


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Parse the text of a file; SettingsError names the `source` and what cannot be used, such as endless numbers."""
    if len(text) > MAX_CHARACTERS:
        raise SettingsError(f"{source} cannot be read (it has more than {MAX_CHARACTERS:,} characters)")
    try:
        values = tomllib.loads(text)
        _check(values)
    except RecursionError as exc:
        raise SettingsError(f"{source} cannot be read (it is nested too deeply)") from exc
    except ValueError as exc:
        # A TOMLDecodeError, a number of more digits than Python parses, or one of ours.
        reason = "a number has too many digits" if "digits" in str(exc) else exc
        raise SettingsError(f"{source} cannot be read ({reason})") from exc
    return values


def _check(value: object, depth: int = 0) -> None:
    """ValueError on values that would make trouble wherever they are used."""
    if depth > _MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner, depth + 1)
    elif isinstance(value, int | float) and not abs(value) <= _MAX_NUMBER:  # nan too
        raise ValueError("a number is too large")


def toml_of(value: Plain | Mapping[str, Plain]) -> str:
    """Return a value as TOML; a mapping, whose keys must be bare keys, as a table in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_of(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, str):
        # JSON's escapes are valid in TOML, but TOML does not allow an unescaped DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value).lower() if isinstance(value, bool) else repr(value)
