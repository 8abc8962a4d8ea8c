"""Describes the presets and models that there are, for the cards of the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from musicgen_live.config.library import model_names, model_path, preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.errors import MusicgenError
from musicgen_live.interfaces.web.messages import Card, Cards
from musicgen_live.model.metadata import Metadata


class CardFile:
    """Reads presets and models when it is asked for their cards; each model once, as its file does not change."""

    def __init__(self) -> None:
        self._models: dict[Path, str] = {}

    def cards(self, scenes: Sequence[str] = ()) -> Cards:
        """Return a card for each preset and each model; one that cannot be read says why. Scenes have names alone."""
        presets = [Card(name=name, words=_preset_words(name)) for name in preset_names()]
        models = [Card(name=name, words=self._model_words(name)) for name in model_names()]
        return Cards(event="cards", presets=presets, models=models, scenes=list(scenes))

    def _model_words(self, name: str) -> str:
        path = model_path(name)
        if path not in self._models:
            try:
                origin = Metadata.read(path).card.origin
                self._models[path] = f"{origin[0].upper()}{origin[1:]}."
            except MusicgenError as error:
                return str(error)
        return self._models[path]


def _preset_words(name: str) -> str:
    try:
        preset = load_preset(name)
    except MusicgenError as error:
        return str(error)
    return preset.description or f"Model {preset.settings.model}, {preset.settings.tempo:g} BPM."
