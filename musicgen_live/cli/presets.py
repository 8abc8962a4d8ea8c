"""The commands `presets list|show|path|save` and `models list|show`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from musicgen_live.cli.console import echo, new_app, sentence
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
from musicgen_live.config.settings import Settings
from musicgen_live.errors import ModelError, NameTaken, SettingsError

Name = Annotated[str, typer.Argument(help="Its name, or the path of a file.")]

presets_app = new_app("What takes can sound like, by name.")
models_app = new_app("The networks that ship.")


@presets_app.command("list")
def list_presets() -> None:
    """Name every preset, and say how it sounds, or why it cannot be read."""
    own, shipped = own_preset_names(), shipped_preset_names()
    for name in preset_names():
        owner = ""
        if name in own:
            owner = "(yours, in place of the one that ships) " if name in shipped else "(yours) "
        try:
            preset = load_preset(name)
        except SettingsError as error:
            echo(sentence(f"{name:16} {owner}cannot be read: {error}"))
        else:
            echo(sentence(f"{name:16} {owner}{preset.description or _summary(preset.settings)}"))


def _summary(settings: Settings) -> str:
    """Return a summary in place of a description."""
    parts = [f"model {settings.model}", settings.style, f"{settings.tempo:g} BPM", settings.key]
    return ", ".join(part for part in parts if part)


@presets_app.command("show")
def show_preset(name: Name) -> None:
    """Print every value of a preset, those it leaves at their default too."""
    preset = load_preset(name)
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
        path = save_preset(name, settings, preset.controls, description, replace=replace)
    except NameTaken as error:
        raise NameTaken(f"{error}, or add --replace") from error
    echo(saved_message(name, path))


@models_app.command("list")
def list_models() -> None:
    """Name every model, with the recipe and the music it was trained on, or why it cannot be read."""
    from musicgen_live.model.bundle import Bundle

    for name in model_names():
        try:
            card = Bundle.load(model_path(name)).card
        except ModelError as error:
            echo(sentence(f"{name:16} cannot be read: {error}"))
        else:
            echo(sentence(f"{name:16} recipe {card.recipe}, trained on {card.corpus} ({card.licence})"))


@models_app.command("show")
def show_model(name: Name) -> None:
    """Print all that a model file says about itself but its weights."""
    from musicgen_live.encodings import BAR_ENCODINGS
    from musicgen_live.generation.plan import styles_of
    from musicgen_live.model.bundle import Bundle

    path = model_path(name)
    bundle = Bundle.load(path)
    description = {
        "file": str(path),
        "bytes": path.stat().st_size,
        "encoding": bundle.encoding,
        "classes": len(bundle.vocabulary),
        "prompts": len(bundle.prompts),
        **bundle.architecture.to_json(),
        **asdict(bundle.card),
    }
    if bundle.encoding in BAR_ENCODINGS:
        prompts = styles_of(bundle.prompts)
        description["styles"] = ", ".join(
            f"{style} ({count} prompt{'s' if count > 1 else ''})" for style, count in prompts.items()
        )
    for key, value in description.items():
        if key != "metrics":
            echo(sentence(f"{key}: {value}"))
    for key, figure in bundle.card.metrics.items():
        echo(sentence(f"{key}: {figure:.4g}" if isinstance(figure, float) else f"{key}: {figure}"))
