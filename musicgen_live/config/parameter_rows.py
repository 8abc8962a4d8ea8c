"""Makes rows of the table of parameters, and checks the texts of those that are texts."""

from __future__ import annotations

from musicgen_live.config import library
from musicgen_live.config.parameter import Parameter
from musicgen_live.config.part_options import MOST_BANK, MOST_PROGRAM, MOST_TRANSPOSE, MOST_VELOCITY
from musicgen_live.config.settings import allowed_range
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.music.chord_symbols import parse_chords
from musicgen_live.music.form import FREE, is_free, parse_form
from musicgen_live.music.scales import CLASS_NAMES, MODES, parse_key, parse_pitch, pitch_name
from musicgen_live.music.time_signature import parse_time_signature

LONGEST_NAME = 40
"""The longest name of a scene, in characters."""


def number(
    name: str, help_text: str, step: float, sweep: tuple[float, float] | None = None, **others: object
) -> Parameter:
    """Return the row of a setting that is a number, within the limits of that setting."""
    setting = name.replace("-", "_")
    minimum, maximum = allowed_range(setting)
    row = {"kind": "number", "setting": setting, "sweep": sweep or (minimum, maximum), **others}
    return Parameter(name=name, help=help_text, minimum=minimum, maximum=maximum, step=step, **row)  # type: ignore[arg-type]


def choice(name: str, help_text: str) -> Parameter:
    """Return the row of a word that the model is asked for."""
    choices = MODES if name == "mode" else CONTROL_TOKENS[name]
    return Parameter(name, "choice", help_text, setting=name, choices=lambda: choices, optional=True, off_label="auto")


def pitch(name: str, help_text: str, *, off_is_above: bool) -> Parameter:
    """Return the row of a limit of pitch."""
    return Parameter(
        name, "text", help_text, setting=name, minimum=0, maximum=127, step=1, sweep=(0, 127),
        parse=lambda text: pitch_name(parse_pitch(text, name)), optional=True, off_is_above=off_is_above,
    )  # fmt: skip


def part_rows(part: str) -> tuple[Parameter, ...]:
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


def as_key(text: str) -> str:
    """Return the name of a key; SettingsError if it is none."""
    parse_key(text)
    return text


def as_near_key(text: str) -> str:
    """Return the name of a key that is preferred; SettingsError if it is none."""
    parse_key(text, "near-key")
    return text


def as_meter(text: str) -> str:
    """Return a time signature as it is stored; SettingsError if it is none."""
    return str(parse_time_signature(text))


def as_chords(text: str) -> str:
    """Return chord symbols; SettingsError if one is unknown."""
    parse_chords(text)
    return text


def as_form(text: str) -> str:
    """Return a form; SettingsError if it is none."""
    if is_free(text):
        return FREE
    parse_form(text)
    return text


def as_preset(text: str) -> str:
    """Return the name or path of a preset; SettingsError if there is none."""
    library.preset_path(text)
    return text


def as_model(text: str) -> str:
    """Return the name or path of a model; SettingsError if there is none."""
    try:
        library.model_path(text)
    except ModelError as error:
        raise SettingsError(str(error)) from error
    return text


def scenes() -> tuple[str, ...]:
    """Return the scenes that are stored, or the numbers of a controller's pads."""
    return tuple(library.scene_names()) or tuple(map(str, range(1, 9)))


def as_scene(text: str) -> str:
    """Return the number or name of a scene; SettingsError if it cannot be one."""
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise SettingsError(f"a scene is a number or a name of up to {LONGEST_NAME} characters, not {text!r}")
    return text


def transposed_key(text: str, steps: int) -> str:
    """Return the key a number of semitones higher."""
    key = parse_key(text)
    return f"{CLASS_NAMES[(key.tonic + steps) % 12]} {key.scale}"
