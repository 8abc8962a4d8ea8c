"""The settings that somebody requests: values given by name over those of a preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from musicgen_live.config.settings import Settings
from musicgen_live.config.styles import for_style


def settings_over(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Return a preset's settings with values given over them; None, or no value, keeps that of the preset.

    Values of the preset that another model cannot have are dropped, a style brings its own tempo, time signature and
    limits, and a file to continue its key, tempo and time signature. Only values that were given may be refused: by
    SettingsError, and by ModelError or TakeError if a file cannot be read.
    """
    if (model := given.get("model")) is not None:
        # Imported here, as below: most starts of the command line name no model and no file, and save the time.
        from musicgen_live.generation.plan import for_model

        settings = for_model(settings, model)
    if (style := given.get("style")) is not None:
        settings = for_style(settings, style)
    prompt_midi = given.get("prompt_midi")
    if given.get("prompt") is not None and prompt_midi is None:
        settings = replace(settings, prompt_midi=None)
    if path := prompt_midi or settings.prompt_midi:
        from musicgen_live.generation.plan import for_file

        settings = for_file(settings, path)
    return settings.changed(given)
