"""What a take will be, from settings and what a model says of itself: known before the network is loaded, no NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.encodings import BAR_ENCODINGS, DECODERS, VOCABULARIES, bar_tokens
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation import openings
from musicgen_live.generation.openings import Ids
from musicgen_live.model.metadata import Metadata
from musicgen_live.scales import parse_key
from musicgen_live.settings import (
    CONTROLS,
    DEFAULT_BARS,
    DEFAULT_METER,
    DEFAULT_REMIND_BARS,
    DEFAULT_STEP,
    DEFAULT_STEPS,
    DEFAULT_VARIATION,
    Settings,
)
from musicgen_live.shipped import model_path

_FOR_BARS = {
    "bars": "say --steps instead",
    **dict.fromkeys(CONTROLS, "choose a model that can be told"),
    "remind": "choose a model that can be told",
    "variation": "choose a model that knows bars",
    "max_onsets": "its notes come one a step; say --step instead",
    "shortest": "its notes last one step; say --step instead",
}
_FOR_STEPS = {
    "steps": "say --bars instead",
    "step": "its notes have lengths of their own; --shortest limits them",
}


@dataclass(frozen=True)
class Plan:
    """The settings with all that was left to the model filled in, and what the network reads before it is heard."""

    settings: Settings
    number: int
    """The prompt that is gone on from, from 1; 0 for none."""
    prompts: int
    """How many there are."""
    prompt: Ids
    reminder: Ids = ()
    """What the network is told every `settings.remind` bars."""

    @property
    def opening(self) -> str:
        """What is gone on from, in words."""
        return f"prompt {self.number} of {self.prompts}" if self.number else "from nothing"


def plan_of(settings: Settings, seed: int) -> Plan:
    """The plan of a take with the model that settings name; ModelError on one that cannot be played."""
    metadata = Metadata.read(model_path(settings.model))
    check_encoding(settings.model, metadata.encoding, metadata.tokens)
    return plan_take(settings, metadata.encoding, metadata.prompts, seed)


def for_model(settings: Settings, model: str) -> Settings:
    """Settings, such as a preset's, with another model, and without what they say that it has no use for."""
    metadata = Metadata.read(model_path(model))
    check_encoding(model, metadata.encoding, metadata.tokens)
    has_bars = metadata.encoding in BAR_ENCODINGS
    dropped: dict[str, Any] = {"prompt": None, **dict.fromkeys(_FOR_STEPS if has_bars else _FOR_BARS)}
    if has_bars and settings.style not in styles_of(metadata.prompts):
        dropped["style"] = None
    return replace(settings, model=model, **dropped)


def check_encoding(model: str, encoding: str, tokens: tuple[str, ...]) -> None:
    """ModelError where this version does not know a model's encoding, or its tokens."""
    if encoding not in DECODERS:
        raise ModelError(
            f"the model {model} speaks the encoding {encoding!r}, which this version does not know; "
            f"known are {', '.join(DECODERS)}"
        )
    if encoding in VOCABULARIES and VOCABULARIES[encoding].tokens != tokens:
        raise ModelError(
            f"the model {model} cannot be played: its vocabulary is not that of the encoding {encoding!r} as this "
            "version knows it"
        )


def plan_take(settings: Settings, encoding: str, prompts: Sequence[Ids], seed: int) -> Plan:
    """Choose what to go on from; SettingsError where settings and model do not go together."""
    has_bars = encoding in BAR_ENCODINGS
    for name, instead in (_FOR_STEPS if has_bars else _FOR_BARS).items():
        if (value := getattr(settings, name)) is not None:
            raise SettingsError(
                f"{name.replace('_', '-')} is {value}, which the model {settings.model} of the encoding {encoding!r} "
                f"cannot do: {instead}"
            )
    if settings.prompt is not None and settings.prompt > len(prompts):
        lowest = 0 if has_bars else 1
        raise SettingsError(f"prompt is {settings.prompt}; the model {settings.model} has {lowest} to {len(prompts)}")
    return _plan_bars(settings, prompts, seed) if has_bars else _plan_steps(settings, prompts, seed)


def styles_of(prompts: Sequence[Ids]) -> dict[str, int]:
    """The styles that the prompts of a model in bars have, with the number of prompts."""
    styles = [openings.controls_of(prompt).get("style", "any") for prompt in prompts]
    return {style: styles.count(style) for style in bar_tokens.CONTROLS["style"] if style in styles}


def _plan_steps(settings: Settings, prompts: Sequence[Ids], seed: int) -> Plan:
    if settings.prompt == 0:
        raise SettingsError(f"prompt is 0; the model {settings.model} needs one to go on from, 1 to {len(prompts)}")
    number = settings.prompt or seed % len(prompts) + 1
    filled = {
        "steps": settings.steps or DEFAULT_STEPS,
        "step": settings.step or DEFAULT_STEP,
        "meter": settings.meter or DEFAULT_METER,
    }
    return Plan(settings.changed(filled), number, len(prompts), prompts[number - 1])


def _plan_bars(settings: Settings, prompts: Sequence[Ids], seed: int) -> Plan:
    metre = None if settings.meter is None else settings.time_signature
    if metre is not None and metre not in bar_tokens.METRES:
        known = ", ".join(f"{beats}/{unit}" for beats, unit in bar_tokens.METRES)
        raise SettingsError(f"meter is {settings.meter!r}; the model {settings.model} can have {known}")
    key = None if settings.key is None else parse_key(settings.key)
    asked = {name: value for name in CONTROLS if (value := getattr(settings, name)) is not None}
    if key is not None and key.mode is not None:
        asked.setdefault("mode", key.mode)
    styles = styles_of(prompts)
    if asked.get("style", "any") not in {"any", *styles}:
        raise SettingsError(f"style is {settings.style!r}; the model {settings.model} knows {', '.join(styles)}")
    number = settings.prompt
    if number is None:
        fitting = openings.fitting(prompts, asked, metre)
        number = fitting[seed % len(fitting)] + 1 if fitting else 0
    prompt = prompts[number - 1] if number else ()
    metre = metre or openings.metre_of(prompt) or (4, 4)
    controls = {**openings.controls_of(prompt), **asked}
    # What density and texture the prompt has is said of the prompt; what was asked for is said of what follows too.
    kept = {kind: value for kind, value in controls.items() if kind in ("style", "mode") or kind in asked}
    reminder = openings.header_of(kept)
    if number:
        prompt = openings.moved(prompt, key, settings.pitches)
        read = openings.told(prompt, controls) + (reminder if asked else ())
    else:
        read = reminder
    remind = DEFAULT_REMIND_BARS if settings.remind is None else settings.remind
    filled = {
        "bars": settings.bars or DEFAULT_BARS,
        "meter": f"{metre[0]}/{metre[1]}",
        "remind": remind,
        "variation": DEFAULT_VARIATION if settings.variation is None else settings.variation,
    }
    return Plan(settings.changed(filled), number, len(prompts), read, reminder)
