"""Prompts of music in bars, as ids: a header and bars of a piece, to choose, transpose and give another header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS, VOCABULARY
from musicgen_live.music.scales import Key, parse_key
from musicgen_live.music.time_signature import TimeSignature

_BAR, _PITCH = bar_tokens.ids_of("bar"), bar_tokens.ids_of("pitch")
_CONTROLS = {
    VOCABULARY.ids[f"{kind} {value}"]: (kind, value) for kind, values in CONTROL_TOKENS.items() for value in values
}

Ids = tuple[int, ...]
Controls = Mapping[str, str]
"""Kinds of controls with their values: `style` with `ragtime`."""

MOST_IDS = 240
"""The length of a prompt in bars, that of the models' own prompts: about 90 notes."""

_HALVED_BEATS = frozenset({1, 2, 4, 8})

FIFTH_SEMITONES = 7
# The tonic and the fifth separate a key from its relatives, which have the same notes.
_TONIC_WEIGHT, _FIFTH_WEIGHT = 1.5, 1.25


def controls_of(prompt: Sequence[int]) -> dict[str, str]:
    """Return the controls in the header of a prompt."""
    controls = {}
    for token_id in prompt:
        if token_id not in _CONTROLS:
            break
        kind, value = _CONTROLS[token_id]
        controls[kind] = value
    return controls


def header_of(controls: Controls) -> Ids:
    """Return the ids of some controls; with `style any` if they have no style."""
    return tuple(VOCABULARY.encode(bar_tokens.header([f"{kind} {value}" for kind, value in controls.items()])))


def time_signature_of(prompt: Sequence[int]) -> TimeSignature | None:
    """Return the time signature of most bars of a prompt, the earliest such; None if it has no bar."""
    counts = Counter(token_id for token_id in prompt if token_id in _BAR)
    if not counts:
        return None
    return bar_tokens.TIME_SIGNATURES[counts.most_common(1)[0][0] - _BAR.start]


def fitting(
    prompts: Sequence[Ids], requested: Controls, mode: str | None, time_signature: TimeSignature | None
) -> list[int]:
    """Return the indices of the prompts that agree with all that is requested, in order; none if none does.

    Of a requested key only the mode counts, because prompts are transposed. The style `any` agrees with all.
    """
    wanted = {kind: value for kind, value in requested.items() if kind != "key" and (kind, value) != ("style", "any")}
    mode = mode or (parse_key(requested["key"]).mode if "key" in requested else None)

    def agrees(prompt: Ids) -> bool:
        own = controls_of(prompt)
        if any(own.get(kind) != value for kind, value in wanted.items()):
            return False
        if mode is not None and ("key" not in own or parse_key(own["key"]).mode != mode):
            return False
        return time_signature is None or is_alike(time_signature_of(prompt), time_signature)

    return [i for i, prompt in enumerate(prompts) if agrees(prompt)]


def is_alike(one: TimeSignature | None, other: TimeSignature) -> bool:
    """Return True if bars of two time signatures are of one length and divide into halves alike, as 2/2 and 4/4."""
    if one is None or one == other:
        return one is not None
    return one.bar_ticks == other.bar_ticks and {one.beats, other.beats} <= _HALVED_BEATS


def with_bars_of(prompt: Ids, time_signature: TimeSignature) -> Ids:
    """Return a prompt in which bars of a time signature alike have this one's token."""
    if time_signature not in bar_tokens.TIME_SIGNATURES:
        return prompt
    alike = {_BAR[i] for i, known in enumerate(bar_tokens.TIME_SIGNATURES) if is_alike(known, time_signature)}
    own = _BAR[bar_tokens.TIME_SIGNATURES.index(time_signature)]
    return tuple(own if token_id in alike else token_id for token_id in prompt)


def transposed(prompt: Ids, key: Key | None, pitches: Sequence[int]) -> Ids:
    """Return a prompt transposed by the fewest semitones that put most of it into a key and among some pitches.

    Without a key, it moves by octaves alone. A tonic counts one and a half times, a fifth one and a quarter.
    """
    counts = Counter(i - _PITCH.start for i in prompt if i in _PITCH)
    weights = dict.fromkeys(pitches, 1.0)
    if key is not None:
        for degree, weight in ((0, _TONIC_WEIGHT), (FIFTH_SEMITONES, _FIFTH_WEIGHT)):
            weights.update((pitch, weight) for pitch in pitches if (pitch - key.tonic) % 12 == degree)
    shifts = sorted(range(-24, 25, 12 if key is None else 1), key=abs)
    best = max(
        shifts, key=lambda semitones: sum(n * weights.get(pitch + semitones, 0.0) for pitch, n in counts.items())
    )
    ids = bar_tokens.transposed_ids(best)
    return tuple(ids[i] for i in prompt)


def latest_fitting(ids: Sequence[int], starts: Sequence[int]) -> Ids:
    """Return the ids from the first start on of which at most `MOST_IDS` are left; else from the last start on."""
    return tuple(ids[next((at for at in starts if len(ids) - at <= MOST_IDS), starts[-1]) :])


def with_header(prompt: Ids, controls: Controls) -> Ids:
    """Return a prompt with another header in place of its own."""
    return (*header_of(controls), *prompt[len(controls_of(prompt)) :])
