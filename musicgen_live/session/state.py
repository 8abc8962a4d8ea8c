"""The values of all parameters at a moment, and the effect of a change on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace

from musicgen_live.config.changes import parse_change, settings_with, values_of
from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.generation.plan import for_model
from musicgen_live.session.output_transform import OutputTransform

TAKE_SETTINGS = ("meter", "bars", "steps", "channel", "program", "max_note")
"""The settings of the take, which a preset or model chosen during the take does not change."""


@dataclass(frozen=True)
class LiveState:
    """The values by which a bar is composed and sent."""

    settings: Settings
    output: OutputTransform = field(default_factory=OutputTransform)
    freeze_bars: int = 0
    """The number of bars that are repeated; 0 for none."""
    preset: str | None = None
    mute: bool = False
    mute_at: str = "now"
    """One of `MUTE_MOMENTS`."""
    pause: bool = False

    @property
    def values(self) -> dict[str, Value]:
        """Every value by the name of its parameter, in the order of `PARAMETERS`."""
        own: Mapping[str, Value] = {
            **asdict(self.output),
            "freeze": self.freeze_bars,
            "preset": self.preset,
            **{name: getattr(self, field) for name, field in _FIELDS.items()},
        }
        values = {**values_of(self.settings), **own}
        return {name: values[name] for name in PARAMETERS if name in values}

    def changed(self, change: Change) -> LiveState:
        """Return the state with a change applied; SettingsError or ModelError if that cannot be played."""
        if PARAMETERS[change.name].applies == "output":
            checked = parse_change(change.name, change.value)
            return replace(self, output=self.output.changed(checked.name, checked.value))
        if (field := _FIELDS.get(change.name)) is not None:
            return replace(self, **{field: parse_change(change.name, change.value).value})  # type: ignore[arg-type]
        if (apply := _APPLY.get(change.name)) is not None:
            return apply(self, change)
        return replace(self, settings=settings_with(self.settings, change))

    def with_preset(self, change: Change) -> LiveState:
        """Return the state with the values of a preset."""
        preset = load_preset(str(change.value))
        return replace(self, settings=self._kept_for_take(preset.settings), preset=preset.name)

    def with_model(self, change: Change) -> LiveState:
        """Return the state with another model, without the values that this model does not use."""
        return replace(self, settings=self._kept_for_take(for_model(self.settings, str(change.value))))

    def with_freeze(self, change: Change) -> LiveState:
        """Return the state with a freeze of the latest bars, or without one."""
        if not isinstance(change.value, int):
            raise SettingsError(f"{change.name} is {change.value!r}; a whole number is needed")
        return replace(self, freeze_bars=change.value)

    def thawed(self, change: Change | None = None) -> LiveState:
        """Return the state without a freeze, as after a restart."""
        del change
        return replace(self, freeze_bars=0)

    def _kept_for_take(self, settings: Settings) -> Settings:
        kept = {name: getattr(self.settings, name) for name in TAKE_SETTINGS}
        return replace(settings, prompt=None, prompt_midi=None, **kept)


_FIELDS = {"mute": "mute", "mute-at": "mute_at", "pause": "pause"}
"""The fields of the parameters that the player carries out, by the names of these."""

_APPLY: dict[str, Callable[[LiveState, Change], LiveState]] = {
    "preset": LiveState.with_preset,
    "model": LiveState.with_model,
    "freeze": LiveState.with_freeze,
    "restart": LiveState.thawed,
    "end": LiveState.thawed,
}
"""The changes that do not just set a field of the settings."""
