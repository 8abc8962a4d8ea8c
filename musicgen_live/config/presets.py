"""Reads presets, which are settings with a name, from TOML files, and writes them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from musicgen_live.config import library
from musicgen_live.config.checked_values import checked_values
from musicgen_live.config.controller_map import NO_BINDINGS, ControllerMap
from musicgen_live.config.files import is_file, reason_of, replace_text
from musicgen_live.config.settings import DEFAULT_PRESET, Settings, setting_types
from musicgen_live.config.toml_text import read_toml, toml_of
from musicgen_live.config.user_folder import presets_folder
from musicgen_live.errors import NameTaken, SettingsError

if TYPE_CHECKING:
    # Imported for typing only: the player process is started before parameters are loaded.
    from musicgen_live.config.parameter import Value

NO_SCENES: Mapping[str, Mapping[str, Value]] = MappingProxyType({})

_CONTROLS = "controls"
_SCENES = "scenes"


@dataclass(frozen=True)
class Preset:
    """Settings with a name, a sentence that describes the sound, and controller bindings."""

    name: str
    description: str
    settings: Settings
    controls: ControllerMap = NO_BINDINGS
    scenes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """Values by the names of parameters, by the names of scenes."""


def load_preset(name: str) -> Preset:
    """Read a preset; SettingsError names an unknown key, a value of the wrong type or a wrong value.

    A preset without a model is based on the default preset: a tempo alone is that preset at another tempo.
    """
    return _read_preset(library.preset_path(name))


def _read_preset(path: Path) -> Preset:
    try:
        values = read_toml(path, f"the preset {path}")
    except OSError as exc:
        raise SettingsError(f"the preset {path} cannot be read ({reason_of(exc)})") from exc
    controls = NO_BINDINGS
    if _CONTROLS in values:
        from musicgen_live.config.controller_map_file import parse_controller_map

        controls = parse_controller_map(values.pop(_CONTROLS), f"the preset {path}")
    scenes: Mapping[str, Mapping[str, Value]] = {}
    if _SCENES in values:
        from musicgen_live.config.scenes import parse_scenes

        scenes = parse_scenes(values.pop(_SCENES), f"the preset {path}")
    types = {"description": str, **setting_types()}
    checked = checked_values(values, types, f"the preset {path}", also_known=(_CONTROLS, _SCENES))
    description = checked.pop("description", "")
    shipped_default = library.shipped_folder() / f"{DEFAULT_PRESET}.toml"
    base = Settings() if "model" in checked or path == shipped_default else _read_preset(shipped_default).settings
    try:
        return Preset(path.stem, description, base.changed(checked), controls, scenes)
    except SettingsError as exc:
        raise SettingsError(f"the preset {path} cannot be played: {exc}") from exc


def preset_text(
    settings: Settings,
    controls: ControllerMap = NO_BINDINGS,
    description: str = "",
    scenes: Mapping[str, Mapping[str, Value]] = NO_SCENES,
) -> str:
    """Return a preset as the text of its file: every value but None, including those that equal their default."""
    values = {name: value for name, value in asdict(settings).items() if value is not None}
    lines = [
        f"{name.replace('_', '-')} = {toml_of(value)}" for name, value in {"description": description, **values}.items()
    ]
    text = "\n".join(lines) + "\n"
    if controls.entries:
        from musicgen_live.config.controller_map_file import format_controller_map

        text += "\n" + format_controller_map(controls)
    if scenes:
        from musicgen_live.config.scenes import format_scenes

        text += "\n" + format_scenes(scenes)
    return text


def save_preset(
    name: str,
    settings: Settings,
    controls: ControllerMap = NO_BINDINGS,
    description: str = "",
    *,
    scenes: Mapping[str, Mapping[str, Value]] = NO_SCENES,
    replace: bool = False,
) -> Path:
    """Write a preset atomically to the user's folder, or to `name` if that is a path; return its path.

    File names in it become absolute. SettingsError on an invalid name or if writing fails; NameTaken if it exists,
    unless `replace`.
    """
    path = library.own_preset_path(name)
    if is_file(path) and not replace:
        raise NameTaken(f"there is a preset {path} already; choose another name")
    try:
        replace_text(path, preset_text(with_absolute_paths(settings), controls, description, scenes))
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise SettingsError(f"the preset {path} cannot be written ({reason})") from exc
    return path


def with_absolute_paths(settings: Settings) -> Settings:
    """Return settings whose files are found from every folder."""
    absolute: dict[str, Any] = {}
    if library.is_path(settings.model, library.MODEL_SUFFIX):
        absolute["model"] = str(Path(settings.model).absolute())
    if settings.prompt_midi is not None:
        absolute["prompt_midi"] = str(Path(settings.prompt_midi).absolute())
    return settings.changed(absolute)


def saved_message(name: str, path: Path) -> str:
    """Return the text to show after a preset was saved: its path, and the command that plays it."""
    hides_shipped = path.parent == presets_folder() and path.stem in library.shipped_preset_names()
    instead = f" It is played in place of the {path.stem} that ships; delete that file to have that back."
    command = shlex.join(["musicgen-live", "play", "--preset", name])
    return f"The preset {name} is saved: {path}.{instead * hides_shipped} Play it with: {command}"
