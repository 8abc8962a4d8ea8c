"""Finds presets and models by name: those that ship, in a checkout or a wheel, and the user's own."""

from __future__ import annotations

import re
from pathlib import Path

from musicgen_live.config.files import exists, is_file
from musicgen_live.config.toml_text import read_toml
from musicgen_live.config.user_folder import models_folder, presets_folder, scenes_path
from musicgen_live.errors import ModelError, SettingsError

MODEL_SUFFIX = ".safetensors"


def shipped_folder() -> Path:
    """Return the folder of the presets that ship; its subfolder `models` has the models."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "presets"
    return installed if installed.is_dir() else package.parent / "presets"


def preset_names() -> list[str]:
    """Return the names of the presets that ship and the user's own, sorted.

    Examples:
        >>> from musicgen_live import preset_names
        >>> "nocturne" in preset_names()
        True
    """
    return sorted({*shipped_preset_names(), *own_preset_names()})


def shipped_preset_names() -> list[str]:
    """Return the names of the presets that ship, sorted."""
    return sorted(path.stem for path in shipped_folder().glob("*.toml"))


def own_preset_names() -> list[str]:
    """Return the names of the presets in the user's folder, sorted; each precedes a shipped one of the same name."""
    return sorted(path.stem for path in presets_folder().glob("*.toml"))


def model_names() -> list[str]:
    """Return the names of the models that ship and the user's own, sorted.

    Examples:
        >>> from musicgen_live import model_names
        >>> model_names()
        ['classic', 'piano', 'stream']
    """
    return sorted({*shipped_model_names(), *(path.stem for path in models_folder().glob(f"*{MODEL_SUFFIX}"))})


def shipped_model_names() -> list[str]:
    """Return the names of the models that ship, sorted; each precedes one of the user's of the same name."""
    return sorted(path.stem for path in (shipped_folder() / "models").glob(f"*{MODEL_SUFFIX}"))


def scene_names() -> list[str]:
    """Return the names of the user's scenes, in the order of storing; none if their file cannot be read."""
    try:
        scenes = read_toml(scenes_path(), "the file of scenes").get("scenes", {})
    except (OSError, SettingsError):
        return []
    return list(scenes) if isinstance(scenes, dict) else []


def preset_path(name: str) -> Path:
    """Return the file of a preset, by a path or a name (the user's before shipped); SettingsError if there is none."""
    if is_path(name, ".toml"):
        path = Path(name)
    else:
        own = presets_folder() / f"{name}.toml"
        path = own if is_file(own) else shipped_folder() / f"{name}.toml"
    if not exists(path):
        raise SettingsError(f"there is no preset {name!r}; there are {', '.join(preset_names())}")
    return path


def model_path(name: str) -> Path:
    """Return the file of a model, by a path or a name (shipped before the user's); ModelError if there is none."""
    path = Path(name)
    if not is_path(name, MODEL_SUFFIX):
        path = shipped_folder() / "models" / f"{name}{MODEL_SUFFIX}"
        path = path if exists(path) else models_folder() / path.name
    if not exists(path):
        raise ModelError(
            f"there is no model {name!r}; there are {', '.join(model_names())}, or give a model file's path"
        )
    return path


def is_path(name: str, suffix: str) -> bool:
    """Return True if the text is the path of a file, not the name of a preset or model."""
    return name.endswith(suffix) or "/" in name or "\\" in name


def own_preset_path(name: str) -> Path:
    """Return the file to save a user's preset to, by a name or a path; SettingsError if it is neither."""
    if is_path(name, ".toml"):
        if not name.endswith(".toml"):
            raise SettingsError(f"the preset's file is {name!r}; it has to end in .toml")
        return Path(name)
    if not re.fullmatch(r"[^\W_][\w .+-]*", name) or name.endswith((" ", ".")):
        raise SettingsError(
            f"the preset's name is {name!r}; write letters, digits, spaces and - _ . + only, a letter or digit first, "
            "or the path of a .toml file"
        )
    return presets_folder() / f"{name}.toml"
