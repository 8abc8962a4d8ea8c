"""The flags of all settings, as a table; every command that makes music has all of them."""

from __future__ import annotations

import functools
import inspect
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Optional

import typer

from musicgen_live.config.controller_map import NO_BINDINGS
from musicgen_live.config.presets import Preset, load_preset
from musicgen_live.config.settings import DEFAULT_PRESET, Settings, setting_types
from musicgen_live.config.user_config import load_user_config
from musicgen_live.errors import SettingsError
from musicgen_live.generation.requested import settings_over
from musicgen_live.midi.takes.label import TakeLabel

PANELS: dict[str, dict[str, str]] = {
    "Music": {
        "model": "A model by name (see: models list) or the path of a model file.",
        "style": "Such as ragtime; models show lists the styles of a model.",
        "mode": "major or minor.",
        "density": "Notes per quarter that the model is asked for: sparse, medium or dense.",
        "texture": "Notes per onset that the model is asked for: thin, medium or full.",
        "form": 'Phrases as letters, such as "A A\' B A"; free for no plan; by default that of a real piece.',
        "phrase": "Length of a phrase of the form in bars; by default 4, or what makes the form fill the bars.",
        "theme": "How often music behind --prompt-midi, or behind you, returns to it: 0 never, 1 always.",
        "loop": "The take is to be looped: it leads back to its beginning and does not close.",
        "bars": "Number of bars, for a model with bars; 16 by default.",
        "meter": "Time signature of every bar, such as 3/4; by default that of the prompt.",
        "prompt": "Number of the model's prompt to continue from, from 1; 0 for none.",
        "prompt_midi": "Continue a .mid file from its end, in its key, tempo and time signature unless flags differ.",
        "remind": "Repeat the requests (style and so on) to the model after this number of bars; 0 for never.",
        "variation": "Share of the bars without recall: more is less repetitive; 0.3 by default.",
        "steps": "Number of notes or chords, for a model without bars; 200 by default. "
        "For a model with bars: the maximum number of tokens.",
        "step": "Length of a note or chord, for a model without bars, such as 1/8 or 1/16.",
    },
    "Sampling": {
        "decode": "argmax (with a guard against loops), pure-argmax or sample.",
        "temperature": "With sample: below 1 safer, above 1 wilder.",
        "top_k": "With sample: only the K most probable tokens.",
        "top_p": "With sample: only the most probable tokens that make up this share, above 0 to 1.",
        "dissonance": "With sample in bars: clashes of a semitone, below 1 fewer, above 1 more; 1 leaves them.",
        "repetition": "With sample in bars: repeated top notes and loops, below 1 fewer, above 1 more.",
        "chords": 'Prefer the notes of these chords, a bar each, repeated: "Dm7 G7 | Cmaj7".',
        "near_key": 'Prefer notes of this key, such as "D minor"; by default that of --prompt-midi.',
        "key_strength": "Strength of that preference: 0 is none, 0.5 the default.",
        "chord_strength": "Strength of the chords: 0 is none, 2 the default, 6 leaves hardly any other note.",
    },
    "Limits that always hold": {
        "key": 'Only notes of this key, such as "D dorian" or "Bb minor".',
        "low": "No note below this one, such as C2; middle C is C4.",
        "high": "No note above this one, such as C6.",
        "polyphony": "Maximum number of notes at once, including held ones.",
        "chord_size": "Maximum number of notes that begin together.",
        "left_chord_size": "Maximum number of them below middle C, where the left hand plays.",
        "max_onsets": "Maximum number of onsets (notes or chords) within a quarter note.",
        "shortest": "Shortest note, and grid of all onsets, such as 1/8 or 1/16.",
    },
    "Sound": {
        "tempo": "Quarter notes per minute.",
        "swing": "0.5 is even, 0.667 triplets, 0.75 the maximum.",
        "swing_of": "Notes that swing: 1/8 or 1/16.",
        "humanize": "Delay each onset at random by up to this number of milliseconds.",
        "humanize_velocity": "Change each velocity at random by up to this amount.",
        "velocity": "MIDI velocity of an ordinary note, 1 to 127.",
        "channel": "MIDI channel, 1 to 16.",
        "program": "Send this General MIDI program first, 1 to 128.",
        "bank": "Send this bank before it: controller 0 times 128, plus controller 32.",
        "pedal": "Send the sustain pedal, changed with the harmony as pianists do.",
        "max_note": "End every note after this many quarter notes.",
    },
}
"""Every setting with its help text, under a heading of `--help`."""


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--preset` and a flag for every setting to a command, which then gets `settings`.

    Values without a flag come from the preset. A command with a parameter `seed` gets `--seed` too, whose default is
    random. A command with a parameter `preset` gets the loaded `Preset`. A command with a flag `again`, a take to
    repeat, gets its `label`, whose settings and seed are then the default. A command with a parameter `has_tempo` is
    told whether a flag, a file to continue or a take to repeat says the tempo.
    """
    own = inspect.signature(command, eval_str=True).parameters
    keyword = inspect.Parameter.KEYWORD_ONLY
    preset_help = "A preset by name (see: presets list) or the path of a .toml file."
    added = [
        inspect.Parameter(
            "preset",
            keyword,
            default=None,
            annotation=Annotated[Optional[str], typer.Option(help=preset_help, show_default=DEFAULT_PRESET)],  # noqa: UP045
        ),
    ]
    if "seed" in own:
        seed_help = "Same seed, same take. With argmax it only picks the prompt."
        seed_type = Annotated[int | None, typer.Option(help=seed_help)]
        added.append(inspect.Parameter("seed", keyword, default=None, annotation=seed_type))
    types = setting_types()
    for panel, names in PANELS.items():
        for name, help_text in names.items():
            option = typer.Option(help=help_text, rich_help_panel=panel)
            annotation = Annotated[Optional[types[name]], option]  # type: ignore[valid-type]  # noqa: UP045
            added.append(inspect.Parameter(name, keyword, default=None, annotation=annotation))

    @functools.wraps(command)
    def wrapped(**arguments: Any) -> None:  # noqa: ANN401 (flags of any type)
        flags = {name: arguments.pop(name) for name in types}
        name, label = arguments.pop("preset"), _label(arguments.get("again"))
        if label is not None and name is not None:
            raise SettingsError(f"--again and --preset {name} exclude each other; give one of them")
        if label is None:
            preset = load_preset(load_user_config().preset if name is None else name)
        else:
            preset = _preset_of(label)
        if "seed" in own:
            seed = arguments["seed"]
            arguments["seed"] = label.seed if label is not None and seed is None else _seed(seed)
        if "label" in own:
            arguments["label"] = label
        if "preset" in own:
            arguments["preset"] = preset
        over = settings_over if label is None else _take_over
        try:
            settings = over(preset.settings, flags)
            if "has_tempo" in own:
                is_given = flags["tempo"] is not None or label is not None
                arguments["has_tempo"] = is_given or settings.prompt_midi is not None
            command(settings=settings, **arguments)
        except SettingsError as error:
            raise _with_flag(error, flags) from error

    kept = [own[name].replace(kind=keyword) for name in own if name not in _FILLED]
    signature = inspect.Signature(kept + added)
    wrapped.__signature__ = signature  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return wrapped


_FILLED = ("settings", "seed", "preset", "label", "has_tempo")
"""The parameters of a command that are no flags of its own."""


def _with_flag(error: SettingsError, flags: Mapping[str, Any]) -> SettingsError:
    """Return an error that begins with the name of a setting, with the name of its flag if that was given."""
    name = re.match(r"([a-z-]+) (?:is|has) ", str(error))
    if name is None or flags.get(name[1].replace("-", "_")) is None:
        return error
    return SettingsError(f"--{error}")


def _label(again: str | None) -> TakeLabel | None:
    """Return the label of the take to repeat, if one is named."""
    if again is None:
        return None
    from musicgen_live.cli.takes import label_of

    return label_of(again)


def _preset_of(label: TakeLabel) -> Preset:
    """Return the settings of a take under the name of its preset, with the preset's knobs if there still is one."""
    try:
        controls = load_preset(label.preset).controls
    except SettingsError:
        controls = NO_BINDINGS
    return Preset(label.preset, "", label.settings(), controls)


def _take_over(settings: Settings, flags: Mapping[str, Any]) -> Settings:
    """Return a take's settings with flags over them.

    The key, tempo and time signature of the file that it continues stay as the take had them, whatever they came from.
    """
    if flags["prompt_midi"] is not None or flags["prompt"] is not None:
        return settings_over(settings, flags)
    return replace(settings_over(replace(settings, prompt_midi=None), flags), prompt_midi=settings.prompt_midi)


def _seed(seed: int | None) -> int:
    if seed is None:
        return random.SystemRandom().randrange(1_000_000)
    if seed < 0:
        raise SettingsError(f"--seed is {seed}; it can be any whole number from 0")
    return seed
