"""The values of all parameters at a moment, the effect of a change on them, and what they make of a bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from musicgen_live.config.changes import parse_change, settings_with, values_of
from musicgen_live.config.parameter import Change, Parameter, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar
from musicgen_live.generation.plan import for_file, for_model
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress, pedal_presses
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.output_transform import OutputTransform
from musicgen_live.session.part_values import Parts

TAKE_SETTINGS = ("meter", "bars", "steps", "channel", "program", "bank", "max_note")
"""The settings of the take, which a preset or model chosen during the take does not change."""

OF_WHOLE_MUSIC = ("program", "bank")
"""The parameters of music that is not split; each part has its own."""


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
    parts: Parts = field(default_factory=dict)
    quantise: str = "bar"
    """One of `QUANTISES`."""
    variant: str = "a"
    """One of `VARIANTS`."""
    play_kept: bool = False
    """True while kept bars are played again beneath the music."""
    scene: str | None = None
    """The scene that was called back last."""

    @property
    def values(self) -> dict[str, Value]:
        """Every value by the name of its parameter, in the order of `PARAMETERS`."""
        own: Mapping[str, Value] = {
            **self.output.values,
            **{name: getattr(self.parts[row.part], row.field_of_part) for name, row in _PART_ROWS if self.parts},
            "freeze": self.freeze_bars,
            "preset": self.preset,
            "scene": self.scene,
            **{name: getattr(self, field) for name, field in _FIELDS.items()},
        }
        values = {**values_of(self.settings), **own}
        return {name: values[name] for name in PARAMETERS if name in values}

    def changed(self, change: Change) -> LiveState:
        """Return the state with a change applied; SettingsError or ModelError if that cannot be played."""
        row = PARAMETERS[change.name]
        if row.part:
            return self._with_part(change, row)
        if row.applies == "output" and row.setting is None and change.name not in _FIELDS:
            checked = parse_change(change.name, change.value)
            return replace(self, output=self.output.changed(checked.name, checked.value))
        if (field := _FIELDS.get(change.name)) is not None:
            return replace(self, **{field: parse_change(change.name, change.value).value})  # type: ignore[arg-type]
        if (apply := _APPLY.get(change.name)) is not None:
            return apply(self, change)
        return replace(self, settings=settings_with(self.settings, change))

    def _with_part(self, change: Change, row: Parameter) -> LiveState:
        """Return the state with a value of a part changed; SettingsError if the music is not split."""
        if not self.parts:
            raise SettingsError(f"{change.name} has no effect, because the music is not split; play with --parts")
        value = parse_change(change.name, change.value).value
        part = self.parts[row.part].changed(row.field_of_part, value)
        return replace(self, parts={**self.parts, row.part: part})

    def is_same_music(self, other: LiveState) -> bool:
        """Return True if this state sends the same composed music as another one, perhaps in another way."""
        settings = replace(self.settings, pedal=other.settings.pedal, max_note=other.settings.max_note)
        same = replace(self, settings=settings, output=other.output, parts=other.parts, play_kept=other.play_kept)
        return same == other

    def sent(self, notes: Iterable[Note], meter: Meter) -> tuple[Note, ...]:
        """Return notes of a time signature as they are sent."""
        if self.parts:
            notes = [self.parts[note.part].sent(note) for note in notes]
        longest_ticks = self.settings.max_note_ticks
        return tuple(
            replace(note, duration_ticks=longest_ticks) if note.duration_ticks > longest_ticks else note
            for note in self.output(notes, meter)
        )

    def pedal(self, bar: Bar, time_signature: TimeSignature) -> tuple[PedalPress, ...]:
        """Return the presses of the sustain pedal under a bar of a time signature."""
        if not self.settings.pedal:
            return ()
        return pedal_presses(bar.notes, bar.start_tick, bar.end_tick, time_signature.beat_ticks)

    def with_preset(self, change: Change) -> LiveState:
        """Return the state with the values of a preset."""
        preset = load_preset(str(change.value))
        return replace(self, settings=self._kept_for_take(preset.settings), preset=preset.name)

    def with_scene(self, name: str, values: Mapping[str, Value]) -> LiveState:
        """Return the state with the values of a scene, all at once; SettingsError if they cannot be played."""
        values = {name: value for name, value in values.items() if not (self.parts and name in OF_WHOLE_MUSIC)}
        settings = {setting: value for name, value in values.items() if (setting := PARAMETERS[name].setting)}
        state = replace(self, settings=replace(self.settings, **settings), scene=name)  # type: ignore[arg-type]
        for each, value in values.items():
            row = PARAMETERS[each]
            if row.setting is None and row.applies != "session" and (self.parts or not row.part):
                state = state.changed(Change(each, value))
        return state

    def with_model(self, change: Change) -> LiveState:
        """Return the state with another model, without the values that this model does not use."""
        return replace(self, settings=self._kept_for_take(for_model(self.settings, str(change.value))))

    def with_freeze(self, change: Change) -> LiveState:
        """Return the state with a freeze of the latest bars, or without one."""
        if not isinstance(change.value, int):
            raise SettingsError(f"{change.name} is {change.value!r}; a whole number is needed")
        return replace(self, freeze_bars=change.value)

    def rerolled(self, change: Change) -> LiveState:
        """Return the state after a reroll, which makes the new music the second variant."""
        del change
        return replace(self, variant="b")

    def undone(self, change: Change) -> LiveState:
        """Return the state without the latest reroll."""
        del change
        return replace(self, variant="a")

    def thawed(self, change: Change | None = None) -> LiveState:
        """Return the state without a freeze, as before an end."""
        del change
        return replace(self, freeze_bars=0)

    def restarted(self, change: Change) -> LiveState:
        """Return the state without a freeze; a MIDI file, the value of the change, is continued from its end."""
        settings = self.settings
        if isinstance(change.value, str):
            settings = replace(for_file(settings, change.value), meter=settings.meter)
        return replace(self, settings=settings, freeze_bars=0)

    def _kept_for_take(self, settings: Settings) -> Settings:
        kept = {name: getattr(self.settings, name) for name in TAKE_SETTINGS}
        return replace(settings, prompt=None, prompt_midi=None, **kept)


_PART_ROWS = tuple((name, row) for name, row in PARAMETERS.items() if row.part)

_FIELDS = {name: name.replace("-", "_") for name in ("mute", "mute-at", "pause", "quantise", "variant", "play-kept")}
"""The fields of parameters without a setting, by the names of these."""

_APPLY: dict[str, Callable[[LiveState, Change], LiveState]] = {
    "preset": LiveState.with_preset,
    "model": LiveState.with_model,
    "freeze": LiveState.with_freeze,
    "reroll": LiveState.rerolled,
    "undo": LiveState.undone,
    "restart": LiveState.restarted,
    "end": LiveState.thawed,
}
"""The changes that do not just set a field of the settings."""
