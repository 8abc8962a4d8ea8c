"""Everything that can be steered and what it is set to, and what a wish makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from musicgen_live.config.changes import settings_with, values_of
from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.generation.plan import for_model
from musicgen_live.session.output_transform import OutputTransform

OF_THE_TAKE = ("meter", "bars", "steps", "channel", "program", "max_note")
"""The settings that a preset or model chosen on the way leaves as they are."""


@dataclass(frozen=True)
class LiveState:
    """What a bar is made by."""

    settings: Settings
    output: OutputTransform = field(default_factory=OutputTransform)
    freeze_bars: int = 0
    """How many bars go round; 0 for none."""
    preset: str | None = None

    @property
    def values(self) -> dict[str, Value]:
        """Every value by the name of its knob, in the order of `PARAMETERS`."""
        own: Mapping[str, Value] = {
            "transpose": self.output.transpose,
            "octave": self.output.octave,
            "mute": self.output.mute,
            "freeze": self.freeze_bars,
            "preset": self.preset,
        }
        values = {**values_of(self.settings), **own}
        return {name: values[name] for name in PARAMETERS if name in values}

    def changed(self, change: Change) -> LiveState:
        """What a wish makes of it; SettingsError or ModelError where that cannot be played."""
        name, value = change.name, change.value
        if name == "preset":
            preset = load_preset(str(value))
            return replace(self, settings=self._of_the_take(preset.settings), preset=preset.name)
        if name == "model":
            return replace(self, settings=self._of_the_take(for_model(self.settings, str(value))))
        if name == "freeze":
            return replace(self, freeze_bars=_whole(change))
        if name == "mute":
            return replace(self, output=replace(self.output, mute=bool(value)))
        if name in ("transpose", "octave"):
            changed: dict[str, Any] = {name: _whole(change)}
            return replace(self, output=replace(self.output, **changed))
        return replace(self, settings=settings_with(self.settings, change))

    def _of_the_take(self, settings: Settings) -> Settings:
        kept = {name: getattr(self.settings, name) for name in OF_THE_TAKE}
        return replace(settings, prompt=None, prompt_midi=None, **kept)


def _whole(change: Change) -> int:
    if not isinstance(change.value, int):
        raise SettingsError(f"{change.name} is {change.value!r}; a whole number is needed")
    return change.value
