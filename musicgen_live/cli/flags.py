"""The flags that change a setting, as a table; every command that makes music has all of them."""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable
from typing import Annotated, Any, Optional

import typer

from musicgen_live.errors import SettingsError
from musicgen_live.settings import DEFAULT_PRESET, setting_types
from musicgen_live.shipped import load_preset

HELP = {
    "model": "A model by name (see: models list) or the path of a model file.",
    "decode": "How to choose: argmax (with a guard against loops), pure-argmax or sample.",
    "temperature": "With sample: below 1 safer, above 1 wilder.",
    "top_k": "With sample: only the K most probable.",
    "top_p": "With sample: only the most probable that hold this share, above 0 to 1.",
    "steps": "How many steps to generate.",
    "step": "The length of a step, such as 1/8 or 1/16.",
    "tempo": "Quarter notes a minute.",
    "meter": "Time signature of the take, such as 3/4.",
    "velocity": "How hard notes are struck, 1 to 127.",
    "channel": "MIDI channel, 1 to 16.",
    "program": "Send this General MIDI program first, 1 to 128.",
    "max_note": "End every note after this many quarter notes.",
    "prompt": "Which of the model's openings to go on from, from 1.",
}


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--preset`, `--seed` and a flag for every setting; it is called with `settings` and `seed`.

    What was not given comes from the preset. Without `--seed`, one is drawn.
    """
    own = inspect.signature(command, eval_str=True).parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    preset_help = "A preset by name (see: presets list) or the path of a .toml file."
    added = [
        inspect.Parameter(
            "preset", keyword, default=DEFAULT_PRESET, annotation=Annotated[str, typer.Option(help=preset_help)]
        ),
        inspect.Parameter(
            "seed",
            keyword,
            default=None,
            annotation=Annotated[
                int | None, typer.Option(help="Same seed, same take. With argmax it only picks the opening.")
            ],
        ),
    ]
    types = setting_types()
    for name, kind in types.items():
        annotation = Annotated[Optional[kind], typer.Option(help=HELP[name])]  # type: ignore[valid-type]  # noqa: UP045
        added.append(inspect.Parameter(name, keyword, default=None, annotation=annotation))

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:  # noqa: ANN401 (flags of any type)
        flags = {name: given.pop(name) for name in types}
        settings = load_preset(given.pop("preset")).settings.changed(flags)
        command(settings=settings, seed=_seed(given.pop("seed")), **given)

    kept = [parameter.replace(kind=keyword) for parameter in own if parameter.name not in ("settings", "seed")]
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
