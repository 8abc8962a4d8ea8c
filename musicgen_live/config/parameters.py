"""The table of parameters: everything that can be changed while a take plays, what it can be, and when it applies.

To add a parameter, add a row. The functions that parse, step and show values, the controllers, the screen and OSC all
use the rows; `applies` names the part of a session that carries a change out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from musicgen_live.config import library
from musicgen_live.config.part_options import MOST_BANK, MOST_PROGRAM, MOST_TRANSPOSE, MOST_VELOCITY
from musicgen_live.config.settings import SWUNG, allowed_range
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.music.chord_symbols import parse_chords
from musicgen_live.music.form import FREE, is_free, parse_form
from musicgen_live.music.parts import PARTS
from musicgen_live.music.scales import CLASS_NAMES, MODES, parse_key, parse_pitch, pitch_name
from musicgen_live.music.time_signature import parse_time_signature

Value = float | int | str | bool | None
"""The value of a parameter; None is off, or left to the model (`Settings` lists its other meanings)."""

Kind = Literal["number", "integer", "choice", "text", "switch", "action"]

Applies = Literal["next bar", "output", "at once", "session"]
"""The part of a session that carries a change out.

`next bar`: bars are composed anew from the next bar line on. `output`: the same bars are sent anew from there, altered.
`at once`: the player alters it without a new bar. `session`: it concerns the session around the music.
"""

FORMS = (FREE, "A A' B A", "A B", "A A' A'' B", "A B A C A", "A A+2 A+4 B")
"""The forms that buttons and knobs step through."""

KEYS = tuple(f"{tonic} {scale}" for scale in ("major", "minor") for tonic in CLASS_NAMES)
"""The keys that buttons and knobs step through."""

MUTE_MOMENTS = ("now", "bar")
"""The moments at which mute acts: now, or at the next bar line."""

QUANTISES = ("now", "beat", "bar", "4 bars")
"""The lines at which changes take effect: the next sixteenth, beat, bar line, or line of four bars."""

VARIANTS = ("a", "b")
"""The music before the latest reroll, and after it."""

METERS = ("4/4", "3/4", "2/4", "6/8", "5/4", "7/4", "9/8", "12/8")
"""The time signatures that buttons and knobs step through."""

LISTEN_MODES = ("continue", "answer", "follow")
"""The ways to listen to a musician."""

ENTRIES = ("bar", "beat")
"""The places at which the model begins its turn."""

DEFAULT_FREEDOM = 0.25

LONGEST_NAME = 40
"""The longest name of a scene, in characters."""


@dataclass(frozen=True)
class Parameter:
    """A row of the table."""

    name: str
    """Spelled as its flag: `top-p`."""
    kind: Kind
    help: str
    """One plain sentence."""
    applies: Applies = "next bar"
    setting: str | None = None
    """The field of `Settings` that it sets; None for a parameter that exists only while a take plays."""
    minimum: float = 0
    maximum: float = 0
    """The limits of a number; of `low` and `high` as MIDI pitches. An action with a maximum takes a number, or none."""
    step: float = 0
    """The change by one press of a key."""
    sweep: tuple[float, float] = (0, 0)
    """The default range of a knob; within `minimum` to `maximum`."""
    unit: str = ""
    choices: Callable[[], tuple[str, ...]] = tuple
    """Return the values that buttons and knobs step through; presets and models are looked up in their folders."""
    parse: Callable[[str], str] = str
    """Check a text and return it as it is stored; SettingsError if it is not allowed."""
    step_unlisted: Callable[[str, int], str] | None = None
    """Step from a value that is not in `choices`, by a number of steps; None to go to either end of them."""
    optional: bool = False
    """True if None is allowed: no limit, or left to the model."""
    off_label: str = "off"
    """The text that None is shown as."""
    off_is_above: bool = False
    """True if turning past the maximum switches off (upper limits); False if turning below the minimum does."""
    zero_label: str = ""
    """The text that the number 0 is shown as and may be written as, if any."""
    initial: Value = None
    """The initial value of a parameter without a setting."""
    is_name: bool = False
    """True if its value is a number or a name, which an action needs too."""
    part: str = ""
    """The part of the music that it concerns, one of `music.parts.PARTS`; it exists only while the music is split."""

    @property
    def field_of_part(self) -> str:
        """Its name without the part."""
        return self.name.removeprefix(f"{self.part}-")

    @property
    def has_range(self) -> bool:
        """True if a controller sweeps evenly through a range, as through numbers and pitches."""
        return self.sweep != (0, 0)

    @property
    def is_quantised(self) -> bool:
        """True if its changes wait for a line, which a change may name."""
        return self.applies in ("next bar", "output")

    @property
    def is_pitch(self) -> bool:
        """True if its text names a pitch."""
        return self.kind == "text" and self.has_range


@dataclass(frozen=True)
class Change:
    """A request to set one of `PARAMETERS`, of which most actions need no value; or `save`, whose value is a name."""

    name: str
    value: Value = None
    quantise: str | None = None
    """The line at which it takes effect, one of `QUANTISES`; None for that of the parameter `quantise`."""


def _number(
    name: str, help_text: str, step: float, sweep: tuple[float, float] | None = None, **others: object
) -> Parameter:
    """Return the row of a setting that is a number, within the limits of that setting."""
    setting = name.replace("-", "_")
    minimum, maximum = allowed_range(setting)
    row = {"kind": "number", "setting": setting, "sweep": sweep or (minimum, maximum), **others}
    return Parameter(name=name, help=help_text, minimum=minimum, maximum=maximum, step=step, **row)  # type: ignore[arg-type]


def _choice(name: str, help_text: str) -> Parameter:
    choices = MODES if name == "mode" else CONTROL_TOKENS[name]
    return Parameter(name, "choice", help_text, setting=name, choices=lambda: choices, optional=True, off_label="auto")


def _pitch(name: str, help_text: str, *, off_is_above: bool) -> Parameter:
    return Parameter(
        name, "text", help_text, setting=name, minimum=0, maximum=127, step=1, sweep=(0, 127),
        parse=lambda text: pitch_name(parse_pitch(text, name)), optional=True, off_is_above=off_is_above,
    )  # fmt: skip


def _part_rows(part: str) -> tuple[Parameter, ...]:
    """Return the rows of a part of the music."""
    return (
        Parameter(f"{part}-mute", "switch", f"Send no notes of the {part}.", "at once", initial=False, part=part),
        Parameter(
            f"{part}-solo", "switch", f"Send the {part} alone, and other parts with solo.", "at once", initial=False,
            part=part,
        ),
        Parameter(
            f"{part}-transpose", "integer", f"Transpose the {part} by semitones.", "output", minimum=-MOST_TRANSPOSE,
            maximum=MOST_TRANSPOSE, step=1, sweep=(-MOST_TRANSPOSE, MOST_TRANSPOSE), unit="semitones", initial=0,
            part=part,
        ),
        Parameter(
            f"{part}-velocity", "integer", f"Play the {part} louder or softer: added to its velocities.", "output",
            minimum=-MOST_VELOCITY, maximum=MOST_VELOCITY, step=4, sweep=(-MOST_VELOCITY, MOST_VELOCITY), initial=0,
            part=part,
        ),
        Parameter(
            f"{part}-program", "integer", f"General MIDI program of the {part}.", "at once", minimum=1,
            maximum=MOST_PROGRAM, step=1, sweep=(1, MOST_PROGRAM), optional=True, off_label="none", part=part,
        ),
        Parameter(
            f"{part}-bank", "integer", f"Bank of the {part}: controller 0 times 128, plus controller 32.", "at once",
            minimum=0, maximum=MOST_BANK, step=1, sweep=(0, MOST_BANK), optional=True, off_label="none", part=part,
        ),
    )  # fmt: skip


def _parse_key(text: str) -> str:
    parse_key(text)
    return text


def _parse_near_key(text: str) -> str:
    parse_key(text, "near-key")
    return text


def _parse_meter(text: str) -> str:
    return str(parse_time_signature(text))


def _parse_chords(text: str) -> str:
    parse_chords(text)
    return text


def _parse_form(text: str) -> str:
    if is_free(text):
        return FREE
    parse_form(text)
    return text


def _parse_preset(text: str) -> str:
    library.preset_path(text)
    return text


def _parse_model(text: str) -> str:
    try:
        library.model_path(text)
    except ModelError as error:
        raise SettingsError(str(error)) from error
    return text


def _scenes() -> tuple[str, ...]:
    return tuple(library.scene_names()) or tuple(map(str, range(1, 9)))


def _parse_scene(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise SettingsError(f"a scene is a number or a name of up to {LONGEST_NAME} characters, not {text!r}")
    return text


def _transposed_key(text: str, steps: int) -> str:
    key = parse_key(text)
    return f"{CLASS_NAMES[(key.tonic + steps) % 12]} {key.scale}"


_TABLE = (
    _number("tempo", "Quarter notes per minute, without --sync.", 1, (40, 240), unit="BPM", applies="at once"),
    _number("temperature", "Below 1 safer, above 1 wilder.", 0.05, (0.2, 2)),
    _number("top-p", "Sample only the most probable tokens that make up this share.", 0.01, (0.3, 1)),
    Parameter(
        "key", "text", "Only notes of this key.", setting="key", choices=lambda: KEYS, parse=_parse_key,
        step_unlisted=_transposed_key, optional=True,
    ),
    _choice("density", "Notes per quarter that the model is asked for."),
    _choice("texture", "Notes per onset that the model is asked for."),
    _choice("mode", "Mode that the model is asked for."),
    _choice("style", "Style that the model is asked for."),
    _pitch("low", "No note below this one.", off_is_above=False),
    _pitch("high", "No note above this one.", off_is_above=True),
    _number(
        "polyphony", "Maximum number of notes at once.", 1, (1, 8), kind="integer", optional=True, off_is_above=True
    ),
    _number(
        "chord-size", "Maximum number of notes that begin together.", 1, (1, 8), kind="integer", optional=True,
        off_is_above=True,
    ),
    _number(
        "left-chord-size", "The same below middle C, where the left hand plays.", 1, (1, 8), kind="integer",
        optional=True, off_is_above=True,
    ),
    _number("velocity", "MIDI velocity of an ordinary note.", 1, kind="integer"),
    _number(
        "variation", "Share of the bars without recall: more is less repetitive.", 0.05, optional=True,
        off_label="auto",
    ),
    Parameter(
        "form", "text", "Phrases as letters: a prime varies, A+5 transposes.", setting="form", choices=lambda: FORMS,
        parse=_parse_form, optional=True, off_label="auto",
    ),
    _number(
        "phrase", "Length of a phrase of the form.", 1, kind="integer", unit="bars", optional=True, off_label="auto"
    ),
    _number("theme", "How often the music returns to what it was given.", 0.1),
    _number(
        "top-k", "Sample only this number of the most probable tokens.", 1, (1, 64), kind="integer", optional=True,
        off_is_above=True,
    ),
    Parameter(
        "near-key", "text", "Prefer notes of this key, without --key and chords.", setting="near_key",
        choices=lambda: KEYS, parse=_parse_near_key, step_unlisted=_transposed_key, optional=True,
    ),
    _number("key-strength", "Strength of that preference: 0 is none, 0.5 the default.", 0.1, (0, 4)),
    _number(
        "remind", "Ask the model again for style and so on after this many bars; 0 for never.", 1, (0, 32),
        kind="integer", unit="bars", optional=True, off_label="auto",
    ),
    _number(
        "max-onsets", "Maximum number of onsets (notes or chords) within a quarter note.", 0.25, (0.25, 8),
        optional=True, off_is_above=True,
    ),
    _number("swing", "0.5 is even, 0.667 triplets, 0.75 the maximum.", 0.01),
    Parameter(
        "swing-of", "choice", "Notes that swing: eighths or sixteenths.", setting="swing_of", choices=lambda: SWUNG,
    ),
    _number("humanize", "Delay each onset at random by up to this time.", 1, (0, 40), unit="ms"),
    _number("humanize-velocity", "Change each velocity at random by up to this amount.", 1, (0, 40), kind="integer"),
    Parameter(
        "chords", "text", "Prefer the notes of these chords, a bar each, repeated.", setting="chords",
        parse=_parse_chords, optional=True,
    ),
    _number("chord-strength", "Strength of the chords: 0 is none, 6 leaves hardly any other note.", 0.5, (0, 8)),
    _number(
        "dissonance", "Clashes of a semitone: below 1 fewer, above 1 more.", 0.05, (0, 2), optional=True,
        off_label="auto",
    ),
    _number(
        "repetition", "Repeated top notes and loops: below 1 fewer, above 1 more.", 0.05, (0, 2), optional=True,
        off_label="auto",
    ),
    Parameter(
        "preset", "text", "Apply all values of a preset.", choices=lambda: tuple(library.preset_names()),
        parse=_parse_preset, off_label="none",
    ),
    Parameter(
        "model", "text", "The network that plays.", setting="model", choices=lambda: tuple(library.model_names()),
        parse=_parse_model,
    ),
    Parameter(
        "scene", "text", "Call back all values stored under this number or name.",
        choices=_scenes, parse=_parse_scene, off_label="none", is_name=True,
    ),
    Parameter(
        "transpose", "integer", "Transpose the output by semitones.", "output", minimum=-48, maximum=48, step=1,
        sweep=(-48, 48), unit="semitones", initial=0,
    ),
    Parameter(
        "octave", "integer", "Transpose the output by octaves.", "output", minimum=-4, maximum=4,
        step=1, sweep=(-4, 4), unit="octaves", initial=0,
    ),
    Parameter(
        "pedal", "switch", "Sustain pedal: up and down again at each change of harmony.", "output", setting="pedal",
    ),
    Parameter(
        "gate", "number", "Length of notes: 50 is staccato, 100 as written, more overlaps.", "output", minimum=5,
        maximum=200, step=5, sweep=(5, 200), unit="%", initial=100.0,
    ),
    Parameter(
        "accent", "integer", "Play notes on the first beat of a bar louder by this velocity.", "output", maximum=64,
        step=4, sweep=(0, 64), initial=0,
    ),
    Parameter(
        "velocity-curve", "number", "Below 0 soft notes become softer, above 0 louder.", "output", minimum=-1,
        maximum=1, step=0.1, sweep=(-1, 1), initial=0.0,
    ),
    _number(
        "max-note", "End every note after this many quarter notes.", 0.25, (0.25, 16), applies="output",
    ),
    Parameter(
        "meter", "text", "Time signature, without --sync.", setting="meter", choices=lambda: METERS, parse=_parse_meter,
    ),
    _number("channel", "MIDI channel of the output.", 1, kind="integer", applies="at once"),
    _number(
        "program", "General MIDI program of music without parts.", 1, kind="integer", applies="at once", optional=True,
        off_label="none",
    ),
    _number(
        "bank", "Bank of music without parts: controller 0 times 128, plus controller 32.", 1, kind="integer",
        applies="at once", optional=True, off_label="none",
    ),
    Parameter("mute", "switch", "Send no notes while the music continues.", "at once", initial=False),
    Parameter(
        "mute-at", "choice", "The moment at which mute acts: now, or the next bar line.", "at once",
        choices=lambda: MUTE_MOMENTS, initial="now",
    ),
    Parameter(
        "quantise", "choice", "The line at which changes take effect.", "at once", choices=lambda: QUANTISES,
        initial="bar",
    ),
    Parameter("pause", "switch", "Let the music stand still; without --sync.", "at once", initial=False),
    Parameter(
        "freeze", "integer", "Repeat the last bars; 0 ends the loop.", minimum=0, maximum=16, step=1, sweep=(0, 16),
        unit="bars", zero_label="off", initial=0,
    ),
    Parameter(
        "play-kept", "switch", "Play the bars that were kept last again and again beneath the music.", "output",
        initial=False,
    ),
    Parameter(
        "variant", "choice", "Compare: a is the music before the latest reroll, b the one after it.",
        choices=lambda: VARIANTS, initial="a",
    ),
    Parameter(
        "respond", "choice", "With a keyboard: continue your phrases, answer them, or follow you.", "session",
        choices=lambda: LISTEN_MODES, initial="continue",
    ),
    Parameter(
        "enter", "choice", "With a keyboard: begin after your phrase on a bar line or on a beat.", "session",
        choices=lambda: ENTRIES, initial="bar",
    ),
    Parameter(
        "freedom", "number", "0 keeps answers in your key, register and loudness, 1 leaves them free.",
        "session", minimum=0, maximum=1, step=0.05, sweep=(0, 1), initial=DEFAULT_FREEDOM,
    ),
    Parameter("thru", "switch", "With a keyboard: play your notes too.", "session", initial=False),
    Parameter(
        "answer-bars", "integer", "Length of an answer; auto for as many bars as you played.", "session", minimum=1,
        maximum=16, step=1, sweep=(1, 16), unit="bars", optional=True, off_label="auto",
    ),
    *(row for part in PARTS for row in _part_rows(part)),
    Parameter("reroll", "action", "Replace the planned bars by other music."),
    Parameter("undo", "action", "Take the latest reroll back, heard or not."),
    Parameter("restart", "action", "Begin again at the next bar line."),
    Parameter("end", "action", "Lead the music to a close within four bars, and end the take."),
    Parameter(
        "keep", "action", "Save the last bars as a .mid file: eight, those of a freeze, or as many as you say.",
        "session", minimum=2, maximum=32, unit="bars",
    ),
    Parameter(
        "store", "action", "Store all values as a scene of this number or name.", "session", parse=_parse_scene,
        is_name=True,
    ),
    Parameter("tap", "action", "Tap quarter notes: from the third tap on they set the tempo.", "session"),
    Parameter("panic", "action", "End every note at every port; the music goes on.", "at once"),
)  # fmt: skip

PARAMETERS: dict[str, Parameter] = {parameter.name: parameter for parameter in _TABLE}
"""By name, in the order in which a screen shows them."""
