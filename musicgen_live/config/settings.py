"""The settings of a take as plain checked values: defaults, then a preset, then flags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import NoneType
from typing import Any, get_args, get_type_hints

from musicgen_live.errors import SettingsError
from musicgen_live.music.chord_symbols import Progression, parse_chords
from musicgen_live.music.form import LONGEST_PHRASE_BARS, is_free, parse_form
from musicgen_live.music.notes import PPQ
from musicgen_live.music.scales import MODES, Key, parse_key, parse_pitch
from musicgen_live.music.time_signature import TimeSignature, parse_time_signature

DECODES = ("argmax", "pure-argmax", "sample")
SWUNG = ("1/8", "1/16")
DEFAULT_PRESET = "sonatina"
DEFAULT_METER = "4/4"
DEFAULT_STEP = "1/8"
DEFAULT_STEPS = 200
DEFAULT_BARS = 16
DEFAULT_REMIND_BARS = 8
DEFAULT_VARIATION = 0.3
DEFAULT_DISSONANCE = 0.85
DEFAULT_REPETITION = 0.3

CONTROL_KINDS = ("style", "mode", "density", "texture")
"""The settings that the network gets as control tokens; they are not enforced."""


@dataclass(frozen=True)
class Settings:
    """The values of a take; SettingsError names a wrong value and the allowed ones.

    None has three meanings: a field is not given, so it has no effect or `plan.plan_take` fills it in, perhaps by the
    model; in `changed`, the field keeps its value; as the value of a parameter (`config.parameters`), off or left to
    the model.
    """

    model: str = "classic"
    """The name of a model that ships, or the path of a model file."""
    decode: str = "argmax"
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    prompt: int | None = None
    """The number of the model's prompt to continue, from 1, or 0 for none; None lets the seed decide."""
    prompt_midi: str | None = None
    """The path of a MIDI file to continue from its end; excludes `prompt`."""
    bars: int | None = None
    """The number of bars to generate, for a model with bars."""
    steps: int | None = None
    """The number of tokens to generate; for a model with bars, the maximum."""
    step: str | None = None
    """The length of a token that has no length of its own, as a fraction of a whole note."""

    style: str | None = None
    mode: str | None = None
    density: str | None = None
    texture: str | None = None
    """Values of `bar_tokens.CONTROL_TOKENS`, as are style and density; the mode is one of `scales.MODES`."""
    remind: int | None = None
    """The number of bars after which the network gets the control tokens again; 0 for never."""
    variation: float | None = None
    """The share of the bars, 0 to 1, in which recall is hidden from the network."""
    dissonance: float | None = None
    """The factor of the odds of a pitch a semitone from a sounding one, in any octave: below 1 fewer clashes, above 1
    more. For draws in bars, as is `repetition`."""
    repetition: float | None = None
    """The factor of the odds of a note that repeats the top line's latest; its square is that of continuing a loop."""

    form: str | None = None
    """The phrases of the take as letters, `A A' B A`, or `free`; None lets the seed draw the form of a real piece."""
    phrase: int | None = None
    """The length of a phrase of `form`, in bars; None for 4, or for what makes the form fill `bars`."""
    theme: float = 0.5
    """The probability, 0 to 1, that a phrase returns to the theme: the continued file, or what the musician played."""
    loop: bool = False
    """True for a take to be looped, which leads back to its beginning and does not close."""

    chords: str | None = None
    """The chords that the music is biased to, bars separated by `|`, repeated: `Dm7 G7 | Cmaj7`."""
    chord_strength: float = 2.0
    """The amount subtracted from the logits of pitches outside the chord: at 2 they are 7 times (e squared) rarer."""

    near_key: str | None = None
    """The key that the music is biased to while neither `key` nor `chords` is given; of a continued file, its key."""
    key_strength: float = 0.5
    """The amount subtracted from the logits of pitches outside `near_key`; two fifths of it for those in its scale but
    outside its tonic triad."""

    key: str | None = None
    low: str | None = None
    high: str | None = None
    """The highest pitch, as `low` is the lowest; C4 is 60."""
    polyphony: int | None = None
    """The greatest number of notes that sound at once, including held ones."""
    chord_size: int | None = None
    left_chord_size: int | None = None
    """The greatest number of notes that begin together; and of those below middle C, where the left hand plays."""
    max_onsets: float | None = None
    """The greatest number of onsets within any span of a quarter note; notes that begin together are one onset."""
    shortest: str | None = None
    """The shortest note, and the grid of the onsets in their bar; a fraction of a whole note."""

    tempo: float = 120.0
    """Quarter notes per minute."""
    meter: str | None = None
    """The time signature of every bar of the take."""
    swing: float = 0.5
    """The onset of the second of two swung notes as a share of the pair: 0.5 is even, 0.667 triplets."""
    swing_of: str = "1/8"
    humanize: float = 0.0
    """The greatest random delay of a note, in milliseconds."""
    humanize_velocity: int = 0
    """The greatest random change of a velocity, up or down."""
    velocity: int = 80
    channel: int = 1
    """1 to 16, as DAWs count."""
    program: int | None = None
    """1 to 128, as General MIDI counts; None sends no program change."""
    bank: int | None = None
    """0 to 16,383: the coarse number (controller 0) times 128, plus the fine one (controller 32); None sends none."""
    pedal: bool = False
    """True to send the sustain pedal, up and down again at each change of harmony."""
    max_note: float = 16.0
    """The greatest length of a note, in quarter notes."""

    def __post_init__(self) -> None:
        _check_choice("decode", self.decode, DECODES)
        _check_choice("swing-of", self.swing_of, SWUNG)
        for name, (minimum, maximum) in _RANGES.items():
            value = getattr(self, name)
            if value is not None:
                _check_range(name.replace("_", "-"), value, minimum, maximum)
        ticks_of(self.step or DEFAULT_STEP)
        parse_time_signature(self.meter or DEFAULT_METER)
        if any(getattr(self, name) is not None for name in (*CONTROL_KINDS, "shortest")):
            self._check_encoding_values()
        if self.form is not None and not is_free(self.form):
            parse_form(self.form)
        if self.near_key is not None:
            parse_key(self.near_key, "near-key")
        if not self.pitches:
            raise SettingsError(self._no_pitch_message())
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

    def _check_encoding_values(self) -> None:
        # Imported here, because the command line starts without the encodings.
        from musicgen_live.encodings import bar_tokens

        for name in CONTROL_KINDS:
            if (value := getattr(self, name)) is not None:
                _check_choice(name, value, MODES if name == "mode" else bar_tokens.CONTROL_TOKENS[name])
        if self.shortest is not None:
            ticks = ticks_of(self.shortest, "shortest")
            if ticks % bar_tokens.UNIT_TICKS or ticks > 4 * PPQ:
                raise SettingsError(
                    f"shortest is {self.shortest!r}; it can be up to 1/1, in whole ninety-sixths, such as 1/8, 1/16 or "
                    "1/12 (a triplet eighth)"
                )

    def _no_pitch_message(self) -> str:
        low, high = self.low or "C-1", self.high or "G9"
        if self.lowest > self.highest:
            return f"low is {low!r}, which is above high, {high!r}"
        return f"no note of the key {self.key!r} lies from {low} to {high}; make the range wider"

    @cached_property
    def pitches(self) -> tuple[int, ...]:
        """The MIDI pitches allowed by the key and the range, rising."""
        classes = frozenset(range(12)) if self.key is None else parse_key(self.key).classes
        return tuple(pitch for pitch in range(self.lowest, self.highest + 1) if pitch % 12 in classes)

    @cached_property
    def progression(self) -> Progression | None:
        """`chords` as a value; None if it is not given."""
        return None if self.chords is None else parse_chords(self.chords)

    @cached_property
    def effective_near_key(self) -> Key | None:
        """`near_key` if it is in effect; None beside a `key`, `chords` or another `mode`, or at strength 0."""
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
    def step_ticks(self) -> int:
        """The length of a step of a model without bars."""
        return ticks_of(self.step or DEFAULT_STEP)

    @property
    def time_signature(self) -> TimeSignature:
        """`meter`, or 4/4 if it is not given, as a value."""
        return parse_time_signature(self.meter or DEFAULT_METER)

    @property
    def bar_ticks(self) -> int:
        """The length of a bar in ticks."""
        return self.time_signature.bar_ticks

    @property
    def max_note_ticks(self) -> int:
        """`max_note` in ticks."""
        return round(self.max_note * PPQ)

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """Return these settings with some values replaced; None keeps a value."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.01, 100),
    "top_k": (1, 1_000_000),
    "top_p": (0.001, 1),
    "prompt": (0, 1_000_000),
    "bars": (1, 1_000_000),
    "steps": (1, 10_000_000),
    "remind": (0, 10_000),
    "variation": (0, 1),
    "dissonance": (0, 100),
    "repetition": (0, 100),
    "theme": (0, 1),
    "phrase": (1, LONGEST_PHRASE_BARS),
    "chord_strength": (0, 100),
    "key_strength": (0, 100),
    "polyphony": (1, 64),
    "chord_size": (1, 64),
    "left_chord_size": (1, 64),
    "max_onsets": (0.05, 16),
    "tempo": (10, 1000),
    "swing": (0.5, 0.75),
    "humanize": (0, 100),
    "humanize_velocity": (0, 64),
    "velocity": (1, 127),
    "channel": (1, 16),
    "program": (1, 128),
    "bank": (0, 16_383),
    "max_note": (0.01, 10_000),
}


def setting_types() -> dict[str, type]:
    """Return the name of every setting and the type of its values other than None."""
    hints = get_type_hints(Settings)
    return {name: next(t for t in get_args(hint) or (hint,) if t is not NoneType) for name, hint in hints.items()}


def allowed_range(name: str) -> tuple[float, float]:
    """Return the lowest and the highest value of a setting that is a number."""
    return _RANGES[name]


MAX_FRACTION_CHARACTERS = 12
MAX_SHOWN = 10**18
"""A whole number from here on is not worth its digits in an error."""


def ticks_of(step: str, name: str = "step") -> int:
    """Return the ticks of a length such as `1/8`, `3/16` or `1/12` (a triplet eighth); SettingsError if it is none."""
    numerator, slash, denominator = step.partition("/")
    # int() raises on thousands of digits.
    is_fraction = len(step) <= MAX_FRACTION_CHARACTERS and slash and numerator.isdecimal() and denominator.isdecimal()
    if not is_fraction or int(denominator) == 0:
        raise SettingsError(f"{name} is {step!r}; write it as a fraction of a whole note, such as 1/8 or 1/16")
    ticks, rest = divmod(4 * PPQ * int(numerator), int(denominator))
    if rest or not 1 <= ticks <= 64 * 4 * PPQ:
        raise SettingsError(f"{name} is {step!r}; write 1/8, 1/12 for triplets, or 3/16, up to 64 whole notes")
    return ticks


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; it can be {', '.join(choices)}")


def _check_range(name: str, value: float, minimum: float, maximum: float) -> None:
    # First the range: an int may be too large for a float.
    if not (minimum <= value <= maximum and math.isfinite(value)):
        shown = f"{value:g}" if abs(value) < MAX_SHOWN or isinstance(value, float) else "far too large"
        raise SettingsError(f"{name} is {shown}; it can be from {minimum:.12g} to {maximum:.12g}")
