"""The user's `config.toml`: the preset, ports, transport and folders of a command that names none.

preset = "nocturne"
port = ["IAC", "Minilogue:channel=2"]
sync = "clock"
clock-port = "IAC"
takes = "~/Music/takes"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from musicgen_live.config.files import exists, read_regular, reason_of, replace_text
from musicgen_live.config.library import preset_path
from musicgen_live.config.port_options import parse_port
from musicgen_live.config.settings import DEFAULT_PRESET
from musicgen_live.config.toml_text import MAX_CHARACTERS, parse_toml, read_toml, toml_of
from musicgen_live.config.transports import SYNCS
from musicgen_live.config.user_folder import user_folder
from musicgen_live.errors import SettingsError

TAKES_FOLDER = Path("takes")


@dataclass(frozen=True)
class UserConfig:
    """The values that hold where no flag says otherwise."""

    preset: str = DEFAULT_PRESET
    """A preset by name, or the path of one."""
    port: tuple[str, ...] = ()
    """Ports to play to, as `--port` names them; none creates a port of our own."""
    sync: str = "internal"
    """One of `SYNCS`."""
    clock_port: str | None = None
    """The port to receive MIDI clock from; None for a new one."""
    takes: Path = TAKES_FOLDER
    """The folder of new takes, below the working folder if it is relative."""


def config_path() -> Path:
    """Return the path of the user's `config.toml`, which need not exist."""
    return user_folder() / "config.toml"


def load_user_config() -> UserConfig:
    """Read `config.toml`; without one, everything has its default. SettingsError names file, key, value and remedy."""
    path = config_path()
    if not exists(path):
        return UserConfig()
    try:
        values = read_toml(path, str(path))
    except OSError as exc:
        raise SettingsError(f"{path} cannot be read ({reason_of(exc)})") from exc
    return _checked(values, str(path))


def _checked(values: Mapping[str, Any], source: str) -> UserConfig:
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in _PARSERS:
            raise SettingsError(f"{source} has an unknown key {key!r}; known are {', '.join(_PARSERS)}")
        try:
            checked[key.replace("-", "_")] = _PARSERS[key](value)
        except SettingsError as exc:
            raise SettingsError(f"{source} has {key} = {_shown(value)}: {exc}") from exc
    config = replace(UserConfig(), **checked)
    if config.clock_port is not None and config.sync != "clock":
        raise SettingsError(
            f"{source} has clock-port = {_shown(config.clock_port)}, which is of no use without a MIDI clock; "
            'add sync = "clock"'
        )
    return config


def text_with(text: str, key: str, value: str | list[str] | None, source: str) -> str:
    """Return the text of a `config.toml` with a value set, or removed if it is None; comments and order stay.

    SettingsError if the key or the value is wrong, or the file itself.
    """
    # Imported here: only what edits a file needs it, and it takes longer to import than a start may.
    import tomlkit

    if key not in _PARSERS:
        raise SettingsError(f"there is no {key!r} in config.toml; there are {', '.join(_PARSERS)}")
    parse_toml(text, source)  # Refuses what cannot be read, with a message of ours.
    document = tomlkit.parse(text)
    if value is None:
        document.pop(key, None)
    else:
        document[key] = value
    changed = tomlkit.dumps(document)
    _checked(parse_toml(changed, source), source)
    return changed


def set_value(key: str, value: str | list[str] | None) -> Path:
    """Set a value of `config.toml`, or remove it if it is None, and return the path; SettingsError if that fails."""
    path = config_path()
    try:
        text = read_regular(path, most_bytes=MAX_CHARACTERS).decode("utf-8") if exists(path) else ""
        replace_text(path, text_with(text, key, value, str(path)))
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path} is no text ({exc})") from exc
    except OSError as exc:
        raise SettingsError(f"{path} cannot be written ({reason_of(exc)})") from exc
    return path


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise SettingsError("text in quotes is needed")
    if not value.isprintable():
        raise SettingsError("it has a character that cannot be written; type it again")
    return value


def _preset(value: object) -> str:
    preset_path(_text(value))
    return _text(value)


def _ports(value: object) -> tuple[str, ...]:
    texts = tuple(map(_text, value if isinstance(value, list) else [value]))
    for text in texts:
        parse_port(text)
    return texts


def _sync(value: object) -> str:
    if value not in SYNCS:
        raise SettingsError(f"it can be {', '.join(SYNCS)}, in quotes")
    return str(value)


def _folder(value: object) -> Path:
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError as exc:
        raise SettingsError("there is no home folder that ~ stands for; write the whole path") from exc


_PARSERS: Mapping[str, Callable[[object], object]] = {
    "preset": _preset,
    "port": _ports,
    "sync": _sync,
    "clock-port": _text,
    "takes": _folder,
}
"""A function for every key, which returns its value; SettingsError says what is needed instead."""

KEYS = tuple(_PARSERS)
LISTS = ("port",)
"""The keys that can have several values."""


def _shown(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return toml_of(value)
    return "[" + ", ".join(map(_shown, value)) + "]" if isinstance(value, list | tuple) else repr(value)


def config_text(config: UserConfig) -> str:
    """Return all values as TOML, those that equal their default too; a value of None as a comment."""
    lines = []
    for field in fields(config):
        key, value = field.name.replace("_", "-"), getattr(config, field.name)
        shown = str(value) if isinstance(value, Path) else value
        lines.append(f"# {key} is not set" if value is None else f"{key} = {_shown(shown)}")
    return "\n".join(lines) + "\n"
