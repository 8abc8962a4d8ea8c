"""Plans a take from settings and the metadata of a model, before the network is loaded and without NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musicgen_live.config.library import model_path
from musicgen_live.config.settings import (
    CONTROL_KINDS,
    DEFAULT_BARS,
    DEFAULT_DISSONANCE,
    DEFAULT_METER,
    DEFAULT_REMIND_BARS,
    DEFAULT_REPETITION,
    DEFAULT_STEP,
    DEFAULT_STEPS,
    DEFAULT_VARIATION,
    Settings,
    allowed_range,
)
from musicgen_live.encodings import BAR_ENCODINGS, ENCODINGS, VOCABULARIES, bar_tokens, bars, chords
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.prompt_file import PromptFile, read_prompt_file
from musicgen_live.generation.prompts import (
    Controls,
    Ids,
    controls_of,
    fitting,
    header_of,
    time_signature_of,
    transposed,
    with_bars_of,
    with_header,
)
from musicgen_live.model.metadata import Metadata
from musicgen_live.music.scales import Key, parse_key
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature, parse_time_signature

_FOR_BARS = {
    "bars": "has no bars, so it cannot count them: say --steps instead",
    **dict.fromkeys((*CONTROL_KINDS, "remind"), "cannot be told such things: choose one that can, such as piano"),
    "chord_size": "plays whole chords of its vocabulary: say --polyphony instead",
    "left_chord_size": "plays whole chords of its vocabulary: say --polyphony instead",
    "max_onsets": "plays one note or chord a step: say --step instead",
    "shortest": "has every note last one step: say --step instead",
    "dissonance": "plays one note or chord after the other, so none can clash: leave it out",
    "repetition": "has no top line: say --variation instead",
}
_FOR_STEPS = {
    "step": "has notes of many lengths: say --shortest to limit them",
}
_TIME_SIGNATURES = ", ".join(map(str, bar_tokens.TIME_SIGNATURES)) + ", and bars of two of these, such as 7/4"
_MOST_PIECES = 2
_BAR = bar_tokens.ids_of("bar")
_STYLES = dict(zip(bar_tokens.ids_of("style"), bar_tokens.CONTROL_TOKENS["style"], strict=True))


@dataclass(frozen=True)
class Plan:
    """The settings with all values filled in that they left to the model, and the prompt that the network reads."""

    settings: Settings
    number: int
    """The number of the model's prompt, from 1; 0 for none of them."""
    prompt: Ids
    reminder: Ids = ()
    """The header that the network reads again every `settings.remind` bars."""
    theme: Ids = ()
    """The bars of a continued file before the prompt: the network is reminded of them, but does not read them."""
    theme_bars: int = 0
    """The number of bars of theme and prompt, in the time signature of the take; 0 without a file."""
    remarks: tuple[str, ...] = ()
    """The parts of the prompt's file that were left out, each with its reason; text that follows the file's name."""

    @property
    def opening_key(self) -> Key | None:
        """The key that the network is told; None if it is told none."""
        name = controls_of(self.reminder).get("key")
        return None if name is None else parse_key(name)

    @property
    def style(self) -> str:
        """The style that the network is told."""
        return controls_of(self.reminder).get("style", "any")

    @property
    def description(self) -> str:
        """The origin of the prompt, in words."""
        if self.settings.prompt_midi is not None:
            return f"from the end of {Path(self.settings.prompt_midi).name}"
        return f"opening {self.number}" if self.number else "without an opening"


def plan_of(settings: Settings, seed: int) -> Plan:
    """Plan a take with the model that settings name; ModelError on one that cannot be played."""
    metadata = Metadata.read(model_path(settings.model))
    check_encoding(settings.model, metadata.encoding, metadata.tokens)
    return plan_take(settings, metadata.encoding, metadata.prompts, seed, metadata.tokens)


def for_model(settings: Settings, model: str) -> Settings:
    """Return settings, such as a preset's, with another model, without the values that this model has no use for."""
    metadata = Metadata.read(model_path(model))
    check_encoding(model, metadata.encoding, metadata.tokens)
    has_bars = metadata.encoding in BAR_ENCODINGS
    dropped: dict[str, Any] = {"prompt": None, "steps": None, **dict.fromkeys(_FOR_STEPS if has_bars else _FOR_BARS)}
    if has_bars and settings.style not in styles_of(metadata.prompts):
        # Music of another kind: the prompts of the model say what it is like.
        dropped |= dict.fromkeys((*CONTROL_KINDS, "meter"))
    return replace(settings, model=model, **dropped)


def for_file(settings: Settings, path: str) -> Settings:
    """Return settings, such as a preset's, that continue a MIDI file from its end, in its key, tempo and meter.

    A tempo that settings cannot have is not taken over. Their keys stay only if they name this file themselves.
    """
    file = read_prompt_file(path)
    lowest, highest = allowed_range("tempo")
    tempo = file.tempo if lowest <= file.tempo <= highest else settings.tempo
    if settings.prompt_midi != path:
        settings = replace(settings, key=None, mode=None, near_key=None)
    near_key = settings.near_key or (None if file.key is None else file.key.name)
    return replace(settings, prompt_midi=path, prompt=None, tempo=tempo, meter=None, near_key=near_key)


def check_encoding(model: str, encoding: str, tokens: tuple[str, ...]) -> None:
    """Raise ModelError if this version does not know a model's encoding, or its tokens."""
    if encoding not in ENCODINGS:
        raise ModelError(
            f"the model {model} speaks the encoding {encoding!r:.60}, which this version does not know; "
            f"known are {', '.join(ENCODINGS)}"
        )
    if encoding in VOCABULARIES and VOCABULARIES[encoding].tokens != tokens:
        raise ModelError(
            f"the model {model} cannot be played: its vocabulary is not that of the encoding {encoding!r} as this "
            "version knows it"
        )
    if encoding == chords.NAME:
        try:
            for token in tokens:
                chords.pitches_of(token)
        except ValueError as exc:
            raise ModelError(f"the model {model} cannot be played: {exc}") from exc


def plan_take(settings: Settings, encoding: str, prompts: Sequence[Ids], seed: int, tokens: Sequence[str] = ()) -> Plan:
    """Choose the prompt of a take and fill its settings in; SettingsError if settings and model do not go together.

    `tokens` are the model's; an encoding without a fixed vocabulary needs them for a prompt from a file.
    """
    has_bars = encoding in BAR_ENCODINGS
    for name, reason in (_FOR_STEPS if has_bars else _FOR_BARS).items():
        if (value := getattr(settings, name)) is not None:
            raise SettingsError(f"{name.replace('_', '-')} is {value}, but the model {settings.model} {reason}")
    if settings.prompt is not None and settings.prompt > len(prompts):
        lowest = 0 if has_bars else 1
        raise SettingsError(f"prompt is {settings.prompt}; the model {settings.model} has {lowest} to {len(prompts)}")
    if has_bars:
        return _plan_bars(settings, encoding, prompts, seed)
    return _plan_steps(settings, prompts, seed, tokens)


def plan_after(prompt: Ids, settings: Settings, time_signature: TimeSignature) -> Plan:
    """Plan music in bars after a given prompt, which the network reads unchanged; its header gives the controls.

    Style, key, density and texture of `settings` have no effect on it.
    """
    reminder = _reminder(controls_of(prompt), {})
    settings = replace(settings, density=None, texture=None)
    return Plan(_filled_for_bars(settings, time_signature), 0, prompt, reminder)


def styles_of(prompts: Sequence[Ids]) -> dict[str, int]:
    """Return the styles of the prompts of a model in bars, with the number of prompts of each."""
    # A header begins with the style, if it has one. Reading whole headers took 0.4 ms, twice in a change of settings.
    counts = Counter(_STYLES.get(prompt[0], "any") if prompt else "any" for prompt in prompts)
    return {style: counts[style] for style in bar_tokens.CONTROL_TOKENS["style"] if style in counts}


def requested_controls(settings: Settings) -> dict[str, str]:
    """Return the controls that settings request; of a key that limits or biases notes, the major or minor one."""
    requested = {
        name: value for name in bar_tokens.CONTROL_TOKENS if (value := getattr(settings, name)) and name != "key"
    }
    key = settings.effective_near_key if settings.key is None else parse_key(settings.key)
    return requested if key is None or key.mode is None else {"key": Key(key.tonic, key.mode).name, **requested}


def in_mode(controls: Controls, mode: str | None) -> dict[str, str]:
    """Return controls with their key in a mode, on the same tonic; unchanged without a mode or a key."""
    key = parse_key(controls["key"]) if "key" in controls else None
    if key is None or mode is None or key.mode == mode:
        return dict(controls)
    return {**controls, "key": Key(key.tonic, mode).name}


def _plan_steps(settings: Settings, prompts: Sequence[Ids], seed: int, tokens: Sequence[str]) -> Plan:
    meter = settings.meter or DEFAULT_METER
    remarks: tuple[str, ...] = ()
    if settings.prompt == 0:
        raise SettingsError(f"prompt is 0; the model {settings.model} needs one to go on from, 1 to {len(prompts)}")
    if settings.prompt_midi is not None:
        file = read_prompt_file(settings.prompt_midi)
        meter, remarks = settings.meter or _checked_time_signature(file), file.remarks
        try:
            number, prompt = 0, file.step_ids(tokens, max(map(len, prompts)))
        except ValueError as exc:
            raise ModelError(f"the model {settings.model} cannot be played: {exc}") from exc
    else:
        number = settings.prompt or seed % len(prompts) + 1
        prompt = prompts[number - 1]
    filled = {
        "steps": settings.steps or DEFAULT_STEPS,
        "step": settings.step or DEFAULT_STEP,
        "meter": meter,
        "variation": DEFAULT_VARIATION if settings.variation is None else settings.variation,
    }
    return Plan(settings.changed(filled), number, prompt, remarks=remarks)


def _checked_time_signature(file: PromptFile) -> str:
    """Return the time signature of a file; SettingsError if settings cannot have it."""
    meter = str(file.time_signature)
    try:
        parse_time_signature(meter)
    except SettingsError as exc:
        raise SettingsError(f"prompt-midi is {file.path!r}, which ends in {meter}; say another --meter") from exc
    return meter


def _known_time_signature(file: PromptFile, model: str) -> TimeSignature:
    """Return the time signature of a file, or the one of the same length that the encoding has."""
    time_signature = file.time_signature
    if not _is_known(time_signature):
        raise SettingsError(
            f"prompt-midi is {file.path!r}, which ends in {time_signature}; the model {model} can have "
            f"{_TIME_SIGNATURES}: say one of them as --meter"
        )
    pieces = bars.pieces_of(time_signature)
    return pieces[0] if len(pieces) == 1 else time_signature


def _is_known(time_signature: TimeSignature) -> bool:
    """Return True if the encoding writes a bar of exactly this length, or two halves of it."""
    pieces = bars.pieces_of(time_signature)
    return len(pieces) <= _MOST_PIECES and sum(piece.bar_ticks for piece in pieces) == time_signature.bar_ticks


def _transposed(prompt: Ids, settings: Settings) -> Ids:
    """Return a prompt in the key and range of settings; a file stays in its key, which biases what follows."""
    if settings.key is not None:
        return transposed(prompt, parse_key(settings.key), settings.pitches)
    near = settings.effective_near_key if settings.prompt_midi is None else None
    pitches = settings.pitches if near is None else [p for p in settings.pitches if p % 12 in near.classes]
    return transposed(prompt, near, pitches)


def _plan_bars(settings: Settings, encoding: str, prompts: Sequence[Ids], seed: int) -> Plan:
    time_signature = None if settings.meter is None else settings.time_signature
    if time_signature is not None and not _is_known(time_signature):
        raise SettingsError(f"meter is {settings.meter!r}; the model {settings.model} can have {_TIME_SIGNATURES}")
    requested = requested_controls(settings)
    styles = styles_of(prompts)
    if requested.get("style", "any") not in {"any", *styles}:
        raise SettingsError(f"style is {settings.style!r}; the model {settings.model} knows {', '.join(styles)}")
    remarks: tuple[str, ...] = ()
    theme: Ids = ()
    number = settings.prompt
    if settings.prompt_midi is not None:
        file = read_prompt_file(settings.prompt_midi)
        hands = encoding == bars.NAME_WITH_HANDS
        number, remarks, prompt, theme = 0, file.remarks, file.bar_ids(hands=hands), file.theme_ids(hands=hands)
        time_signature = time_signature or _known_time_signature(file, settings.model)
    else:
        if number is None:
            first_bar = time_signature and bars.pieces_of(time_signature)[0]
            found = fitting(prompts, requested, settings.mode, first_bar)
            number = found[seed % len(found)] + 1 if found else 0
        prompt = prompts[number - 1] if number else ()
    time_signature = time_signature or time_signature_of(prompt) or COMMON_TIME
    music = with_bars_of(_transposed(theme + prompt, settings), time_signature)
    theme, prompt = music[: len(theme)], music[len(theme) :]
    controls = in_mode({**controls_of(prompt), **requested}, settings.mode)
    if settings.mode is not None and "key" not in controls:
        controls["key"] = Key(seed % 12, settings.mode).name
    reminder = _reminder(controls, requested)
    theme_bars = 0
    if settings.prompt_midi is not None:
        theme_bars = sum(token_id in _BAR for token_id in music) // len(bars.pieces_of(time_signature))
    prompt = with_header(prompt, controls) + (reminder if requested else ()) if prompt else reminder
    filled = _filled_for_bars(settings, time_signature)
    return Plan(filled, number, prompt, reminder, theme, theme_bars, remarks)


def _reminder(controls: Controls, requested: Controls) -> Ids:
    """Return the header that the network reads again; density and texture are in it only if requested.

    The density and texture of a prompt describe the prompt alone, requested ones describe the music after it too.
    """
    kinds = ("style", "key", *requested)
    return header_of({kind: value for kind, value in controls.items() if kind in kinds})


def _filled_for_bars(settings: Settings, time_signature: TimeSignature) -> Settings:
    """Return settings with the values filled in that they leave to a model in bars."""
    return settings.changed(
        {
            "bars": settings.bars if settings.bars or settings.steps else DEFAULT_BARS,
            "meter": str(time_signature),
            "remind": DEFAULT_REMIND_BARS if settings.remind is None else settings.remind,
            "variation": DEFAULT_VARIATION if settings.variation is None else settings.variation,
            "dissonance": DEFAULT_DISSONANCE if settings.dissonance is None else settings.dissonance,
            "repetition": DEFAULT_REPETITION if settings.repetition is None else settings.repetition,
        }
    )
