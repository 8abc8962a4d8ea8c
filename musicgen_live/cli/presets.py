"""The commands `presets list|show|path|save` and `models list|show`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from musicgen_live.cli.console import AsJson, echo, echo_json, new_app, sentence
from musicgen_live.cli.flags import with_settings
from musicgen_live.config.library import (
    model_names,
    model_path,
    own_preset_names,
    preset_names,
    preset_path,
    shipped_preset_names,
)
from musicgen_live.config.presets import Preset, load_preset, preset_text, save_preset, saved_message
from musicgen_live.config.scenes import Scenes
from musicgen_live.config.settings import Settings
from musicgen_live.errors import ModelError, NameTaken, SettingsError

Name = Annotated[str, typer.Argument(help="Its name, or the path of a file.")]

presets_app = new_app("What takes can sound like, by name.")
models_app = new_app("The networks that ship.")


@presets_app.command("list")
def list_presets(*, json: AsJson = False) -> None:
    """Name every preset, and say how it sounds, or why it cannot be read."""
    rows = [_preset_row(name) for name in preset_names()]
    if json:
        echo_json(rows)
        return
    shipped = shipped_preset_names()
    for row in rows:
        owner = ""
        if row["yours"]:
            owner = "(yours, in place of the one that ships) " if row["name"] in shipped else "(yours) "
        text = row["description"] if row["error"] is None else f"cannot be read: {row['error']}"
        echo(sentence(f"{row['name']:16} {owner}{text}"))


def _preset_row(name: str) -> dict[str, Any]:
    row = {"name": name, "yours": name in own_preset_names(), "path": str(preset_path(name))}
    try:
        preset = load_preset(name)
    except SettingsError as error:
        return {**row, "description": None, "error": str(error)}
    return {**row, "description": preset.description or _summary(preset.settings), "error": None}


def _summary(settings: Settings) -> str:
    """Return a summary in place of a description."""
    parts = [f"model {settings.model}", settings.style, f"{settings.tempo:g} BPM", settings.key]
    return ", ".join(part for part in parts if part)


@presets_app.command("show")
def show_preset(name: Name, *, json: AsJson = False) -> None:
    """Print every value of a preset, those it leaves at their default too."""
    preset = load_preset(name)
    if json:
        from musicgen_live.config.controller_map_file import format_binding

        controls = [format_binding(*entry) for entry in preset.controls.entries]
        values = {"name": preset.name, "description": preset.description, **asdict(preset.settings)}
        echo_json({**values, "controls": controls})
        return
    echo(preset_text(preset.settings, preset.controls, preset.description), nl=False)


@presets_app.command("path")
def path_of_preset(name: Name) -> None:
    """Print where a preset's file lies, to copy and change it."""
    echo(preset_path(name))


@presets_app.command("save")
@with_settings
def save_command(
    *,
    settings: Settings,
    preset: Preset,
    name: Annotated[str, typer.Argument(help="What it shall be called, or the path of a .toml file.")],
    description: Annotated[str, typer.Option(help="One sentence on how it sounds.", show_default="none")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a preset of that name.")] = False,
) -> None:
    """Save a preset of your own: that of --preset, with what the other flags change, and its controls."""
    from musicgen_live.generation.plan import plan_of

    plan_of(settings, seed=0)  # raises for settings that cannot be played
    try:
        scenes = Scenes(preset.scenes).all()
        path = save_preset(name, settings, preset.controls, description, scenes=scenes, replace=replace)
    except NameTaken as error:
        raise NameTaken(f"{error}, or add --replace") from error
    echo(saved_message(name, path))


@models_app.command("list")
def list_models(*, json: AsJson = False) -> None:
    """Name every model, with the recipe and the music it was trained on, or why it cannot be read."""
    rows = [_model_row(name) for name in model_names()]
    if json:
        echo_json(rows)
        return
    for row in rows:
        text = f"cannot be read: {row['error']}"
        if row["error"] is None:
            text = f"{row['origin']} ({row['licence']})"
        echo(sentence(f"{row['name']:16} {text}"))


def _model_row(name: str) -> dict[str, Any]:
    from musicgen_live.model.bundle import Bundle

    path = model_path(name)
    try:
        card = Bundle.load(path).card
    except ModelError as error:
        return {"name": name, "path": str(path), "error": str(error)}
    return {"name": name, "path": str(path), "error": None, "origin": card.origin, **asdict(card)}


@models_app.command("show")
def show_model(name: Name, *, json: AsJson = False) -> None:
    """Print all that a model file says about itself but its weights."""
    from musicgen_live.encodings import BAR_ENCODINGS
    from musicgen_live.generation.plan import styles_of
    from musicgen_live.model.bundle import Bundle

    path = model_path(name)
    bundle = Bundle.load(path)
    description: dict[str, Any] = {
        "file": str(path),
        "bytes": path.stat().st_size,
        "encoding": bundle.encoding,
        "classes": len(bundle.vocabulary),
        "prompts": len(bundle.prompts),
        **bundle.architecture.to_json(),
        **asdict(bundle.card),
    }
    if bundle.encoding in BAR_ENCODINGS:
        description["styles"] = styles_of(bundle.prompts)
    if json:
        echo_json(description)
        return
    if "styles" in description:
        description["styles"] = ", ".join(
            f"{style} ({count} prompt{'s' if count > 1 else ''})" for style, count in description["styles"].items()
        )
    for key, value in description.items():
        if key != "metrics":
            echo(sentence(f"{key}: {value}"))
    for key, figure in bundle.card.metrics.items():
        echo(sentence(f"{key}: {figure:.4g}" if isinstance(figure, float) else f"{key}: {figure}"))
