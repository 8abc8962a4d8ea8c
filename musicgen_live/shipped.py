"""The presets and models that come with the project, found in a checkout and in an installed wheel alike."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.settings import Settings, setting_types

MODEL_SUFFIX = ".safetensors"


def shipped_folder() -> Path:
    """The folder of presets; its subfolder `models` holds the models."""
    package = Path(__file__).resolve().parent
    installed = package / "presets"
    return installed if installed.is_dir() else package.parent / "presets"


def preset_names() -> list[str]:
    """The presets that ship, sorted."""
    return sorted(path.stem for path in shipped_folder().glob("*.toml"))


def model_names() -> list[str]:
    """The models that ship, sorted."""
    return sorted(path.stem for path in (shipped_folder() / "models").glob(f"*{MODEL_SUFFIX}"))


def preset_path(name: str) -> Path:
    """The file of a preset: one that ships by its name, or a path; SettingsError if there is none."""
    path = Path(name) if _is_path(name, ".toml") else shipped_folder() / f"{name}.toml"
    if not path.is_file():
        raise SettingsError(f"there is no preset {name!r}; there are {', '.join(preset_names())}")
    return path


def model_path(name: str) -> Path:
    """The file of a model: one that ships by its name, or a path; ModelError if there is none."""
    path = Path(name) if _is_path(name, MODEL_SUFFIX) else shipped_folder() / "models" / f"{name}{MODEL_SUFFIX}"
    if not path.is_file():
        raise ModelError(
            f"there is no model {name!r}; there are {', '.join(model_names())}, or give a model file's path"
        )
    return path


def _is_path(name: str, suffix: str) -> bool:
    return name.endswith(suffix) or "/" in name or "\\" in name


@dataclass(frozen=True)
class Preset:
    """Settings with a name and a sentence on how they sound."""

    name: str
    description: str
    settings: Settings


def load_preset(name: str) -> Preset:
    """Read a preset; SettingsError names an unknown key, a value of the wrong type or one that cannot be."""
    path = preset_path(name)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"the preset {path} cannot be read ({exc})") from exc
    types = {"description": str, **setting_types()}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        name_of_setting = key.replace("-", "_")
        if name_of_setting not in types:
            known = ", ".join(known.replace("_", "-") for known in types)
            raise SettingsError(f"the preset {path} has an unknown key {key!r}; known are {known}")
        wanted = types[name_of_setting]
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise SettingsError(f"the preset {path} has {key} = {value!r}; {_KIND[wanted]} is needed")
        checked[name_of_setting] = value
    description = checked.pop("description", "")
    try:
        return Preset(path.stem, description, Settings().changed(checked))
    except SettingsError as exc:
        raise SettingsError(f"the preset {path} cannot be played: {exc}") from exc


_KIND = {str: "text in quotes", int: "a whole number", float: "a number"}
