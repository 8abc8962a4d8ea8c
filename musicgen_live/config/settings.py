"""Everything that decides how a take sounds, as plain checked values: defaults, then a preset, then flags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import NoneType
from typing import Any, get_args, get_type_hints

from musicgen_live.errors import SettingsError
from musicgen_live.music.chord_symbols import Progression, parse_chords
from musicgen_live.music.notes import PPQ
from musicgen_live.music.scales import Key, parse_key, parse_pitch
from musicgen_live.music.time_signature import TimeSignature, parse_time_signature

DECODES = ("argmax", "pure-argmax", "sample")
SWUNG = ("1/8", "1/16")
DEFAULT_PRESET = "sonatina"
DEFAULT_METER = "4/4"
DEFAULT_STEP = "1/8"
DEFAULT_STEPS = 200
DEFAULT_BARS = 16
DEFAULT_REMIND_BARS = 16
DEFAULT_VARIATION = 0.3

CONTROL_KINDS = ("style", "mode", "density", "texture")
"""The settings that are said to the network, not enforced."""


@dataclass(frozen=True)
class Settings:
    """The values of a take; SettingsError, naming the value and what would be right, on one that cannot be.

    None means not said. What is then used may depend on the model: see `plan.plan_take`.
    """

    model: str = "classic"
    """The name of a model that ships, or the path of a model file."""
    decode: str = "argmax"
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    prompt: int | None = None
    """Which of the model's prompts to go on from, from 1, or 0 for none; None lets the seed decide."""
    prompt_midi: str | None = None
    """The path of a MIDI file to go on from the end of; there is no `prompt` then."""
    bars: int | None = None
    """How many bars to generate, of a model that knows bars."""
    steps: int | None = None
    """How many tokens to generate; of a model that knows bars, at most."""
    step: str | None = None
    """The length of a token that has none of its own, as a fraction of a whole note."""

    style: str | None = None
    mode: str | None = None
    density: str | None = None
    texture: str | None = None
    """These four name what `bar_tokens.CONTROL_TOKENS` has."""
    remind: int | None = None
    """After how many bars the network is told the controls again; 0 for never."""
    variation: float | None = None
    """In which share of the bars the network does not see what followed the last time, 0 to 1."""

    chords: str | None = None
    """What notes are drawn to, a bar each and round again: `Dm7 G7 | Cmaj7`."""
    chord_strength: float = 2.0
    """What the logit of a pitch outside the chord loses: at 2 it is chosen 7 times (e squared) more seldom."""

    near_key: str | None = None
    """What notes are drawn to where no `key` holds and no `chords` draw them; of a file gone on from, its own."""
    key_strength: float = 0.5
    """What the logit of a pitch outside `near_key` loses; one of its scale but not of its tonic triad, two fifths."""

    key: str | None = None
    low: str | None = None
    high: str | None = None
    """The lowest and the highest pitch; C4 is 60."""
    polyphony: int | None = None
    """How many notes may sound at once, those held on included."""
    max_onsets: float | None = None
    """How many onsets there may be in any stretch of a quarter note; notes struck together are one."""
    shortest: str | None = None
    """No note is shorter, and onsets lie on this grid in their bar; a fraction of a whole note."""

    tempo: float = 120.0
    """Quarter notes a minute."""
    meter: str | None = None
    """The time signature of the take, and of every bar of it."""
    swing: float = 0.5
    """Where the second of two swung notes begins between the first and the next pair: 0.5 is even, 0.667 triplets."""
    swing_of: str = "1/8"
    humanize: float = 0.0
    """By how many milliseconds at most a note comes late, by chance."""
    humanize_velocity: int = 0
    """By how much at most a velocity is moved up or down, by chance."""
    velocity: int = 80
    channel: int = 1
    """1 to 16, as DAWs count."""
    program: int | None = None
    """1 to 128, as General MIDI counts; None sends no program change."""
    max_note: float = 16.0
    """How many quarter notes a note may last."""

    def __post_init__(self) -> None:
        _one_of("decode", self.decode, DECODES)
        _one_of("swing-of", self.swing_of, SWUNG)
        for name, (lowest, highest) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None:
                _between(name.replace("_", "-"), value, lowest, highest)
        ticks_of(self.step or DEFAULT_STEP)
        parse_time_signature(self.meter or DEFAULT_METER)
        if any(getattr(self, name) is not None for name in (*CONTROL_KINDS, "shortest")):
            self._check_what_bars_have()
        if self.near_key is not None:
            parse_key(self.near_key, "near-key")
        if not self.pitches:
            raise SettingsError(self._no_pitch())
        if self.prompt is not None and self.prompt_midi is not None:
            raise SettingsError(f"prompt is {self.prompt} and prompt-midi is {self.prompt_midi!r}; give one of them")
        self._check_chords()

    def _check_chords(self) -> None:
        if self.progression is None:
            return
        allowed = {pitch % 12 for pitch in self.pitches}
        for chord in {chord for bar in self.progression.bars for chord in bar if chord}:
            if not chord.classes & allowed:
                limits = f"the key {self.key!r}" if self.key else f"the range from {self.low} to {self.high}"
                raise SettingsError(f"chords has {chord.symbol!r}, of which {limits} has no note; change one of them")

    def _check_what_bars_have(self) -> None:
        # Only where it is needed: the command line starts without the encodings.
        from musicgen_live.encodings import bar_tokens

        for name in CONTROL_KINDS:
            if (value := getattr(self, name)) is not None:
                _one_of(name, value, bar_tokens.CONTROL_TOKENS[name])
        if self.shortest is not None:
            ticks = ticks_of(self.shortest, "shortest")
            if ticks % bar_tokens.UNIT_TICKS or ticks > 4 * PPQ:
                raise SettingsError(
                    f"shortest is {self.shortest!r}; it can be up to 1/1, in whole ninety-sixths, such as 1/8, 1/16 or "
                    "1/12 (a triplet eighth)"
                )

    def _no_pitch(self) -> str:
        low, high = self.low or "C-1", self.high or "G9"
        if self.lowest > self.highest:
            return f"low is {low!r}, which is above high, {high!r}"
        return f"no note of the key {self.key!r} lies from {low} to {high}; make the range wider"

    @cached_property
    def pitches(self) -> tuple[int, ...]:
        """The MIDI pitches that the key and the range allow, rising."""
        classes = frozenset(range(12)) if self.key is None else parse_key(self.key).classes
        return tuple(pitch for pitch in range(self.lowest, self.highest + 1) if pitch % 12 in classes)

    @cached_property
    def progression(self) -> Progression | None:
        """`chords` as chords; None where there are none."""
        return None if self.chords is None else parse_chords(self.chords)

    @cached_property
    def effective_near_key(self) -> Key | None:
        """`near_key` where it draws notes; None where something stronger says what notes there are, or not its mode."""
        if self.near_key is None or not self.key_strength or self.key or self.chords:
            return None
        key = parse_key(self.near_key)
        return key if None in (self.mode, key.mode) or self.mode == key.mode else None

    @property
    def lowest(self) -> int:
        """`low` as a MIDI pitch."""
        return 0 if self.low is None else parse_pitch(self.low, "low")

    @property
    def highest(self) -> int:
        """`high` as a MIDI pitch."""
        return 127 if self.high is None else parse_pitch(self.high, "high")

    @property
    def time_signature(self) -> TimeSignature:
        """`meter` as a value."""
        return parse_time_signature(self.meter or DEFAULT_METER)

    @property
    def bar_ticks(self) -> int:
        """The length of a bar of `meter`."""
        return self.time_signature.bar_ticks

    @property
    def max_note_ticks(self) -> int:
        """`max_note` in ticks."""
        return round(self.max_note * PPQ)

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """These settings with some values in place of theirs; None means not given."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


_LIMITS: dict[str, tuple[float, float]] = {
    "temperature": (0.01, 100),
    "top_k": (1, 1_000_000),
    "top_p": (0.001, 1),
    "prompt": (0, 1_000_000),
    "bars": (1, 1_000_000),
    "steps": (1, 10_000_000),
    "remind": (0, 10_000),
    "variation": (0, 1),
    "chord_strength": (0, 100),
    "key_strength": (0, 100),
    "polyphony": (1, 64),
    "max_onsets": (0.05, 16),
    "tempo": (10, 1000),
    "swing": (0.5, 0.75),
    "humanize": (0, 100),
    "humanize_velocity": (0, 64),
    "velocity": (1, 127),
    "channel": (1, 16),
    "program": (1, 128),
    "max_note": (0.01, 10_000),
}


def setting_types() -> dict[str, type]:
    """The name of every setting and the type of its value when it has one."""
    hints = get_type_hints(Settings)
    return {name: next(t for t in get_args(hint) or (hint,) if t is not NoneType) for name, hint in hints.items()}


def allowed_range(name: str) -> tuple[float, float]:
    """The lowest and the highest value of a setting that is a number."""
    return _LIMITS[name]


def ticks_of(step: str, name: str = "step") -> int:
    """The ticks of a length such as `1/8`, `3/16` or `1/12` (a triplet eighth); SettingsError if it is none."""
    numerator, slash, denominator = step.partition("/")
    if not slash or not numerator.isdecimal() or not denominator.isdecimal() or int(denominator) == 0:
        raise SettingsError(f"{name} is {step!r}; write it as a fraction of a whole note, such as 1/8 or 1/16")
    ticks, rest = divmod(4 * PPQ * int(numerator), int(denominator))
    if rest or not 1 <= ticks <= 64 * 4 * PPQ:
        raise SettingsError(f"{name} is {step!r}; it has to be a whole number of ticks, up to 64 whole notes")
    return ticks


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingsError(f"{name} is {value!r}; it can be {', '.join(known)}")


def _between(name: str, value: float, lowest: float, highest: float) -> None:
    if not (math.isfinite(value) and lowest <= value <= highest):
        raise SettingsError(f"{name} is {value:g}; it can be from {lowest:g} to {highest:g}")
