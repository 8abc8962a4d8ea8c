"""The table of parameters: everything that can be changed while a take plays, what it can be, and when it applies.

To add a parameter, add a row. The functions that parse, step and show values, the controllers, the screen and OSC all
use the rows; `applies` names the part of a session that carries a change out.
"""

from __future__ import annotations

from musicgen_live.config import library
from musicgen_live.config.parameter import Parameter
from musicgen_live.config.parameter_rows import (
    as_chords,
    as_form,
    as_key,
    as_meter,
    as_model,
    as_near_key,
    as_preset,
    as_scene,
    choice,
    number,
    part_rows,
    pitch,
    scenes,
    transposed_key,
)
from musicgen_live.config.settings import SWUNG
from musicgen_live.music.form import FREE
from musicgen_live.music.parts import PARTS
from musicgen_live.music.scales import CLASS_NAMES

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

_TABLE = (
    number("tempo", "Quarter notes per minute, without --sync.", 1, (40, 240), unit="BPM", applies="at once"),
    number("temperature", "Below 1 safer, above 1 wilder.", 0.05, (0.2, 2)),
    number("top-p", "Sample only the most probable tokens that make up this share.", 0.01, (0.3, 1)),
    Parameter(
        "key", "text", "Only notes of this key.", setting="key", choices=lambda: KEYS, parse=as_key,
        step_unlisted=transposed_key, optional=True,
    ),
    choice("density", "Notes per quarter that the model is asked for."),
    choice("texture", "Notes per onset that the model is asked for."),
    choice("mode", "Mode that the model is asked for."),
    choice("style", "Style that the model is asked for."),
    pitch("low", "No note below this one.", off_is_above=False),
    pitch("high", "No note above this one.", off_is_above=True),
    number(
        "polyphony", "Maximum number of notes at once.", 1, (1, 8), kind="integer", optional=True, off_is_above=True
    ),
    number(
        "chord-size", "Maximum number of notes that begin together.", 1, (1, 8), kind="integer", optional=True,
        off_is_above=True,
    ),
    number(
        "left-chord-size", "The same below middle C, where the left hand plays.", 1, (1, 8), kind="integer",
        optional=True, off_is_above=True,
    ),
    number("velocity", "MIDI velocity of an ordinary note.", 1, kind="integer"),
    number(
        "variation", "Share of the bars without recall: more is less repetitive.", 0.05, optional=True,
        off_label="auto",
    ),
    Parameter(
        "form", "text", "Phrases as letters: a prime varies, A+5 transposes.", setting="form", choices=lambda: FORMS,
        parse=as_form, optional=True, off_label="auto",
    ),
    number(
        "phrase", "Length of a phrase of the form.", 1, kind="integer", unit="bars", optional=True, off_label="auto"
    ),
    number("theme", "How often the music returns to what it was given.", 0.1),
    number(
        "top-k", "Sample only this number of the most probable tokens.", 1, (1, 64), kind="integer", optional=True,
        off_is_above=True,
    ),
    Parameter(
        "near-key", "text", "Prefer notes of this key, without --key and chords.", setting="near_key",
        choices=lambda: KEYS, parse=as_near_key, step_unlisted=transposed_key, optional=True,
    ),
    number("key-strength", "Strength of that preference: 0 is none, 0.5 the default.", 0.1, (0, 4)),
    number(
        "remind", "Ask the model again for style and so on after this many bars; 0 for never.", 1, (0, 32),
        kind="integer", unit="bars", optional=True, off_label="auto",
    ),
    number(
        "max-onsets", "Maximum number of onsets (notes or chords) within a quarter note.", 0.25, (0.25, 8),
        optional=True, off_is_above=True,
    ),
    number("swing", "0.5 is even, 0.667 triplets, 0.75 the maximum.", 0.01),
    Parameter(
        "swing-of", "choice", "Notes that swing: eighths or sixteenths.", setting="swing_of", choices=lambda: SWUNG,
    ),
    number("humanize", "Delay each onset at random by up to this time.", 1, (0, 40), unit="ms"),
    number("humanize-velocity", "Change each velocity at random by up to this amount.", 1, (0, 40), kind="integer"),
    Parameter(
        "chords", "text", "Prefer the notes of these chords, a bar each, repeated.", setting="chords",
        parse=as_chords, optional=True,
    ),
    number("chord-strength", "Strength of the chords: 0 is none, 6 leaves hardly any other note.", 0.5, (0, 8)),
    number(
        "dissonance", "Clashes of a semitone: below 1 fewer, above 1 more.", 0.05, (0, 2), optional=True,
        off_label="auto",
    ),
    number(
        "repetition", "Repeated top notes and loops: below 1 fewer, above 1 more.", 0.05, (0, 2), optional=True,
        off_label="auto",
    ),
    Parameter(
        "preset", "text", "Apply all values of a preset.", choices=lambda: tuple(library.preset_names()),
        parse=as_preset, off_label="none",
    ),
    Parameter(
        "model", "text", "The network that plays.", setting="model", choices=lambda: tuple(library.model_names()),
        parse=as_model,
    ),
    Parameter(
        "scene", "text", "Call back all values stored under this number or name.",
        choices=scenes, parse=as_scene, off_label="none", is_name=True,
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
    number(
        "max-note", "End every note after this many quarter notes.", 0.25, (0.25, 16), applies="output",
    ),
    Parameter(
        "meter", "text", "Time signature, without --sync.", setting="meter", choices=lambda: METERS, parse=as_meter,
    ),
    number("channel", "MIDI channel of the output.", 1, kind="integer", applies="at once"),
    number(
        "program", "General MIDI program of music without parts.", 1, kind="integer", applies="at once", optional=True,
        off_label="none",
    ),
    number(
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
    *(row for part in PARTS for row in part_rows(part)),
    Parameter("reroll", "action", "Replace the planned bars by other music."),
    Parameter("undo", "action", "Take the latest reroll back, heard or not."),
    Parameter("restart", "action", "Begin again at the next bar line."),
    Parameter("end", "action", "Lead the music to a close within four bars, and end the take."),
    Parameter(
        "keep", "action", "Save the last bars as a .mid file: eight, those of a freeze, or as many as you say.",
        "session", minimum=2, maximum=32, unit="bars",
    ),
    Parameter(
        "store", "action", "Store all values as a scene of this number or name.", "session", parse=as_scene,
        is_name=True,
    ),
    Parameter("tap", "action", "Tap quarter notes: from the third tap on they set the tempo.", "session"),
    Parameter("panic", "action", "End every note at every port; the music goes on.", "at once"),
)  # fmt: skip

PARAMETERS: dict[str, Parameter] = {parameter.name: parameter for parameter in _TABLE}
"""By name, in the order in which a screen shows them."""
