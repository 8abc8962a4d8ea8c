"""Prompts of music in bars, as ids: a header and bars of a piece, to choose, transpose and give another header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS, VOCABULARY
from musicgen_live.music.scales import Key
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

ENOUGH = 3
"""The number of prompts to choose among, so that takes do not all begin alike."""

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


def fitting(prompts: Sequence[Ids], requested: Controls, time_signature: TimeSignature | None) -> list[int]:
    """Return the indices of the prompts that fit a request, in order; none if none does.

    They have the requested style and time signature. Of these, those that match most of the other controls; if they are
    fewer than `ENOUGH`, those that match fewer too.
    """
    style = requested.get("style", "any")
    by_score: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        own = controls_of(prompt)
        if style in ("any", own.get("style", "any")) and time_signature in (None, time_signature_of(prompt)):
            by_score.setdefault(sum(own.get(kind) == value for kind, value in requested.items()), []).append(i)
    found: list[int] = []
    for _, indices in sorted(by_score.items(), reverse=True):
        if len(found) < ENOUGH:
            found += indices
    return sorted(found)


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
