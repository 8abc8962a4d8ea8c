"""Presets and models by name: where the files lie that ship, in a checkout and in a wheel alike, and the user's own."""

from __future__ import annotations

import re
from pathlib import Path

from musicgen_live.config.user_folder import presets_folder
from musicgen_live.errors import ModelError, SettingsError

MODEL_SUFFIX = ".safetensors"


def shipped_folder() -> Path:
    """The folder of presets; its subfolder `models` holds the models."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "presets"
    return installed if installed.is_dir() else package.parent / "presets"


def preset_names() -> list[str]:
    """The presets that ship and the user's own, sorted."""
    return sorted({*shipped_preset_names(), *own_preset_names()})


def shipped_preset_names() -> list[str]:
    """The presets that ship, sorted."""
    return sorted(path.stem for path in shipped_folder().glob("*.toml"))


def own_preset_names() -> list[str]:
    """The presets in the user's folder, sorted. One of the name of a preset that ships goes before it."""
    return sorted(path.stem for path in presets_folder().glob("*.toml"))


def model_names() -> list[str]:
    """The models that ship, sorted."""
    return sorted(path.stem for path in (shipped_folder() / "models").glob(f"*{MODEL_SUFFIX}"))


def preset_path(name: str) -> Path:
    """The file of a preset: the user's or one that ships by its name, or a path; SettingsError if there is none."""
    if is_path(name, ".toml"):
        path = Path(name)
    else:
        own = presets_folder() / f"{name}.toml"
        path = own if is_file(own) else shipped_folder() / f"{name}.toml"
    if not is_file(path):
        raise SettingsError(f"there is no preset {name!r}; there are {', '.join(preset_names())}")
    return path


def model_path(name: str) -> Path:
    """The file of a model: one that ships by its name, or a path; ModelError if there is none."""
    path = Path(name) if is_path(name, MODEL_SUFFIX) else shipped_folder() / "models" / f"{name}{MODEL_SUFFIX}"
    if not is_file(path):
        raise ModelError(
            f"there is no model {name!r}; there are {', '.join(model_names())}, or give a model file's path"
        )
    return path


def is_file(path: Path) -> bool:
    """Whether a file is there, also where no file can have such a name."""
    try:
        return path.is_file()
    except OSError:
        return False  # No file can have such a name: it is too long, or its folder may not be looked into.


def is_path(name: str, suffix: str) -> bool:
    """Whether a name is the path of a file and not that of a preset or model."""
    return name.endswith(suffix) or "/" in name or "\\" in name


def own_preset_path(name: str) -> Path:
    """Return the file that a preset of the user's is saved to, by its name or by a path; SettingsError on neither."""
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
