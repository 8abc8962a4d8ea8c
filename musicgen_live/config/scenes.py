"""Scenes: all values of a moment under a number or a name, in a file of the user's and in presets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicgen_live.config.changes import parse_change
from musicgen_live.config.files import reason_of, replace_text
from musicgen_live.config.library import scene_names
from musicgen_live.config.parameter import Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.toml_text import read_toml, toml_of
from musicgen_live.config.user_folder import scenes_path
from musicgen_live.errors import SettingsError

Scene = Mapping[str, Value]
"""Values by the names of their parameters."""

MOST_SCENES = 128

_OFF = "off"
"""The word for None in a file, as TOML has none; `parse_change` reads it."""

_LEFT_ALONE = ("preset", "scene", "variant", "freeze", "play-kept")
"""The parameters that say where the music is, not how it sounds."""
_AT_ONCE = ("tempo", "program", "bank", "mute")
"""The parameters, besides those of parts, that the player carries out, and that a scene sets."""


def is_in_scenes(name: str) -> bool:
    """Return True if scenes have a value of this parameter."""
    parameter = PARAMETERS[name]
    if parameter.kind == "action" or name in _LEFT_ALONE:
        return False
    return parameter.applies != "at once" or name in _AT_ONCE or parameter.part != ""


def scene_of(values: Mapping[str, Value]) -> Scene:
    """Return the scene of present values."""
    return {name: value for name, value in values.items() if name in PARAMETERS and is_in_scenes(name)}


def parse_scenes(table: object, source: str) -> dict[str, Scene]:
    """Check the scenes of a file; SettingsError names the `source`, the scene and the wrong value."""
    if not isinstance(table, dict) or not all(isinstance(values, dict) for values in table.values()):
        raise SettingsError(f"{source} has scenes that are no tables; write [scenes.1], and values below it")
    return {_checked_name(name): _parsed(values, f"{source}, scene {name}") for name, values in table.items()}


def _checked_name(name: str) -> str:
    return str(PARAMETERS["scene"].parse(name))


def _parsed(values: dict[str, Any], source: str) -> Scene:
    scene: dict[str, Value] = {}
    for name, given in values.items():
        if name not in PARAMETERS or not is_in_scenes(name):
            raise SettingsError(f"{source}, has {name!r}, which is no value of a scene")
        try:
            scene[name] = parse_change(name, given).value
        except SettingsError as error:
            raise SettingsError(f"{source}: {error}") from error
    return scene


def format_scenes(scenes: Mapping[str, Scene]) -> str:
    """Return scenes as the text of a TOML file."""
    tables = []
    for name, values in scenes.items():
        lines = [f"{key} = {toml_of(_OFF if value is None else value)}" for key, value in values.items()]
        tables.append("\n".join([f"[scenes.{toml_of(name)}]", *lines]) + "\n")
    return "\n".join(tables)


def load_user_scenes(path: Path | None = None) -> dict[str, Scene]:
    """Read the user's scenes; none if there is no file. SettingsError if it cannot be read."""
    path = path or scenes_path()
    try:
        values = read_toml(path, f"the file of scenes {path}")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(f"the file of scenes {path} cannot be read ({reason_of(error)})") from error
    return parse_scenes(values.get("scenes", {}), f"the file of scenes {path}")


class Scenes:
    """The scenes of a session: those of its preset, and the user's."""

    def __init__(self, of_preset: Mapping[str, Scene]) -> None:
        """Start with the scenes of a preset, which precede the user's of the same name."""
        self._own = dict(of_preset)

    def all(self) -> dict[str, Scene]:
        """Return every scene by its name; SettingsError if the user's file cannot be read."""
        return {**load_user_scenes(), **self._own}

    def names(self) -> list[str]:
        """Return the names of all scenes, without the user's if their file cannot be read."""
        return list(dict.fromkeys([*scene_names(), *self._own]))

    def __getitem__(self, name: str) -> Scene:
        """Return a scene; SettingsError if there is none of that name."""
        if name in self._own:
            return self._own[name]
        scenes = self.all()
        if name not in scenes:
            known = f"stored so far: {', '.join(scenes)}" if scenes else "none is stored yet; store one first"
            raise SettingsError(f"there is no scene {name!r}; {known}")
        return scenes[name]

    def store(self, name: str, values: Mapping[str, Value]) -> None:
        """Store values as a scene, in the user's file too, atomically; SettingsError if that cannot be written."""
        path, scene = scenes_path(), scene_of(values)
        scenes = {**load_user_scenes(path), name: scene}
        if len(scenes) > MOST_SCENES:
            raise SettingsError(f"there are {MOST_SCENES} scenes already; store this one in place of another")
        try:
            replace_text(path, format_scenes(scenes))
        except OSError as error:
            raise SettingsError(f"the file of scenes {path} cannot be written ({reason_of(error)})") from error
        self._own[name] = scene
