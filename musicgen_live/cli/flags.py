"""The flags of all settings, as a table; every command that makes music has all of them."""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Annotated, Any, Optional

import typer

from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import DEFAULT_PRESET, setting_types
from musicgen_live.errors import SettingsError

PANELS: dict[str, dict[str, str]] = {
    "What is played": {
        "model": "A model by name (see: models list) or the path of a model file.",
        "style": "Such as ragtime; models show tells which styles a model knows.",
        "mode": "major or minor.",
        "density": "How much happens, told to the model: sparse, medium or dense.",
        "texture": "How many notes together, told to the model: thin, medium or full.",
        "bars": "How many bars, of a model that knows bars; 16 if not said.",
        "meter": "Time signature of every bar, such as 3/4; that of the opening if not said.",
        "prompt": "Which of the model's openings to go on from, from 1; 0 for none of them.",
        "prompt_midi": "Continue from the end of this .mid file, in its key, tempo and meter unless flags name others.",
        "remind": "Tell the model style and so on again after so many bars; 0 for never.",
        "variation": "In which share of the bars it does not look back at what it has played; 0.3 if not said.",
        "steps": "How many notes or chords, of a model that knows no bars; 200 if not said. Else how many tokens.",
        "step": "How long each of these is, such as 1/8 or 1/16.",
    },
    "How it is chosen": {
        "decode": "argmax (with a guard against loops), pure-argmax or sample.",
        "temperature": "With sample: below 1 safer, above 1 wilder.",
        "top_k": "With sample: only the K most probable.",
        "top_p": "With sample: only the most probable that hold this share, above 0 to 1.",
        "chords": 'Draw notes to these chords, a bar each and round again: "Dm7 G7 | Cmaj7".',
        "near_key": 'Rather notes of this key, such as "D minor"; that of --prompt-midi if not said.',
        "key_strength": "How much rather: 0 not at all, 0.5 if not said.",
        "chord_strength": "How much they draw: 0 not at all, 2 if not said, 6 for hardly any other note.",
    },
    "Limits that always hold": {
        "key": 'Only notes of this key, such as "D dorian" or "Bb minor".',
        "low": "No note below this one, such as C2; middle C is C4.",
        "high": "No note above this one, such as C6.",
        "polyphony": "At most so many notes at once, those held on included.",
        "max_onsets": "At most so many notes or chords begin in any quarter note.",
        "shortest": "No shorter notes, and none off this grid, such as 1/8 or 1/16.",
    },
    "How it sounds": {
        "tempo": "Quarter notes a minute.",
        "swing": "0.5 is even, 0.667 triplets, 0.75 the most.",
        "swing_of": "Which notes swing: 1/8 or 1/16.",
        "humanize": "Notes come late by up to so many milliseconds, by chance.",
        "humanize_velocity": "Notes are louder or softer by up to so much, by chance.",
        "velocity": "How hard notes are struck, 1 to 127.",
        "channel": "MIDI channel, 1 to 16.",
        "program": "Send this General MIDI program first, 1 to 128.",
        "max_note": "End every note after this many quarter notes.",
    },
}
"""Every setting with its help text, under a heading of `--help`."""


def help_panels(settings: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return `PANELS` with every other setting in the last one, with the help text of its parameter."""
    described = {name for names in PANELS.values() for name in names}
    texts = {parameter.setting: parameter.help for parameter in PARAMETERS.values()}
    last_panel = list(PANELS)[-1]
    others = {name: texts.get(name, "") for name in settings if name not in described}
    return {**PANELS, last_panel: {**PANELS[last_panel], **others}}


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--preset` and a flag for every setting to a command, which then gets `settings`.

    Values without a flag come from the preset. A command with a parameter `seed` gets `--seed` too, whose default is
    random. A command with a parameter `preset` gets the loaded `Preset`.
    """
    own = inspect.signature(command, eval_str=True).parameters
    keyword = inspect.Parameter.KEYWORD_ONLY
    preset_help = "A preset by name (see: presets list) or the path of a .toml file."
    added = [
        inspect.Parameter(
            "preset", keyword, default=DEFAULT_PRESET, annotation=Annotated[str, typer.Option(help=preset_help)]
        ),
    ]
    if "seed" in own:
        seed_help = "Same seed, same take. With argmax it only picks the opening."
        seed_type = Annotated[int | None, typer.Option(help=seed_help)]
        added.append(inspect.Parameter("seed", keyword, default=None, annotation=seed_type))
    types = setting_types()
    for panel, names in help_panels(types).items():
        for name, help_text in names.items():
            option = typer.Option(help=help_text, rich_help_panel=panel)
            annotation = Annotated[Optional[types[name]], option]  # type: ignore[valid-type]  # noqa: UP045
            added.append(inspect.Parameter(name, keyword, default=None, annotation=annotation))

    @functools.wraps(command)
    def wrapped(**arguments: Any) -> None:  # noqa: ANN401 (flags of any type)
        flags = {name: arguments.pop(name) for name in types}
        preset = load_preset(arguments.pop("preset"))
        settings = preset.settings
        if flags["model"] is not None:
            # Drop the preset's values that another model cannot have; only typed values may be refused.
            from musicgen_live.generation.plan import for_model

            settings = for_model(settings, flags["model"])
        if flags["prompt"] is not None and flags["prompt_midi"] is None:
            settings = replace(settings, prompt_midi=None)
        if path := flags["prompt_midi"] or settings.prompt_midi:
            from musicgen_live.generation.plan import for_file

            settings = for_file(settings, path)
        if "seed" in own:
            arguments["seed"] = _seed(arguments["seed"])
        if "preset" in own:
            arguments["preset"] = preset
        command(settings=settings.changed(flags), **arguments)

    kept = [own[name].replace(kind=keyword) for name in own if name not in ("settings", "seed", "preset")]
    signature = inspect.Signature(kept + added)
    wrapped.__signature__ = signature  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return wrapped


def _seed(seed: int | None) -> int:
    if seed is None:
        return random.SystemRandom().randrange(1_000_000)
    if seed < 0:
        raise SettingsError(f"seed is {seed}; it can be any whole number from 0")
    return seed
