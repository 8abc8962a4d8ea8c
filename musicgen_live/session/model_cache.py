"""Loads models by their name in the settings, each once in a session."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.config.library import model_path
from musicgen_live.model.bundle import Bundle


def load_model(name: str) -> Bundle:
    """Load a model by its name or path; ModelError if it cannot be read."""
    return Bundle.load(model_path(name)).for_playing()


class ModelCache:
    """Models by their name in the settings."""

    def __init__(self, name: str, bundle: Bundle, load: Callable[[str], Bundle] = load_model) -> None:
        """Start with one model; `load` loads the others."""
        self._bundles = {name: bundle}
        self._load = load

    def load(self, name: str) -> Bundle:
        """Return a model; ModelError if it cannot be read."""
        if name not in self._bundles:
            self._bundles[name] = self._load(name)
        return self._bundles[name]
