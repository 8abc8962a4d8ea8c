"""What music in bars goes on from: the header and bars of a piece, chosen, moved and told anew. Knows ids alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS, VOCABULARY
from musicgen_live.music.scales import Key
from musicgen_live.music.time_signature import TimeSignature

_BAR, _PITCH = bar_tokens.ids_of("bar"), bar_tokens.ids_of("pitch")
_SAID = {
    VOCABULARY.ids[f"{kind} {value}"]: (kind, value) for kind, values in CONTROL_TOKENS.items() for value in values
}

Ids = tuple[int, ...]
Controls = Mapping[str, str]
"""A kind of control to one of its values: `style` to `ragtime`."""

MOST_IDS = 240
"""How much is read of music in bars, as much as the openings that come with models: about 90 notes."""

ENOUGH = 3
"""Prompts to choose among, so that takes do not all begin alike."""

FIFTH_SEMITONES = 7
# A note of the key that is its tonic or fifth tells more than another that it is this key and no relative of it.
_TONIC_WEIGHT, _FIFTH_WEIGHT = 1.5, 1.25


def controls_of(prompt: Sequence[int]) -> dict[str, str]:
    """What the header of a prompt says."""
    said = {}
    for token_id in prompt:
        if token_id not in _SAID:
            break
        kind, value = _SAID[token_id]
        said[kind] = value
    return said


def header_of(controls: Controls) -> Ids:
    """The ids that say some controls; `style any` where no style is among them."""
    return tuple(VOCABULARY.encode(bar_tokens.header([f"{kind} {value}" for kind, value in controls.items()])))


def time_signature_of(prompt: Sequence[int]) -> TimeSignature | None:
    """Return the time signature of most bars of a prompt, the earliest such; None if it has no bar."""
    counted = Counter(token_id for token_id in prompt if token_id in _BAR)
    if not counted:
        return None
    return bar_tokens.TIME_SIGNATURES[counted.most_common(1)[0][0] - _BAR.start]


def fitting(prompts: Sequence[Ids], asked: Controls, time_signature: TimeSignature | None) -> list[int]:
    """The places of the prompts that fit, in their order; none if none does.

    Those of the style and the time signature that were asked for. Of these, those that have most else of what was
    asked for, and where they are fewer than `ENOUGH`, those that have less.
    """
    style = asked.get("style", "any")
    by_score: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        said = controls_of(prompt)
        if style in ("any", said.get("style", "any")) and time_signature in (None, time_signature_of(prompt)):
            by_score.setdefault(sum(said.get(kind) == value for kind, value in asked.items()), []).append(i)
    found: list[int] = []
    for _, places in sorted(by_score.items(), reverse=True):
        if len(found) < ENOUGH:
            found += places
    return sorted(found)


def transposed(prompt: Ids, key: Key | None, pitches: Sequence[int]) -> Ids:
    """A prompt moved by the semitones that put most of it into a key and among some pitches; the fewest such.

    Without a key, by octaves alone. A tonic counts one and a half times, a fifth one and a quarter.
    """
    heard = Counter(i - _PITCH.start for i in prompt if i in _PITCH)
    weights = dict.fromkeys(pitches, 1.0)
    if key is not None:
        for degree, weight in ((0, _TONIC_WEIGHT), (FIFTH_SEMITONES, _FIFTH_WEIGHT)):
            weights.update((pitch, weight) for pitch in pitches if (pitch - key.tonic) % 12 == degree)
    by = sorted(range(-24, 25, 12 if key is None else 1), key=abs)
    best = max(by, key=lambda semitones: sum(n * weights.get(pitch + semitones, 0.0) for pitch, n in heard.items()))
    ids = bar_tokens.transposed_ids(best)
    return tuple(ids[i] for i in prompt)


def latest_fitting(ids: Sequence[int], starts: Sequence[int]) -> Ids:
    """Return the ids from the first start on of which at most `MOST_IDS` are left; else from the last start on."""
    return tuple(ids[next((at for at in starts if len(ids) - at <= MOST_IDS), starts[-1]) :])


def with_header(prompt: Ids, controls: Controls) -> Ids:
    """A prompt with another header in the place of its own."""
    return (*header_of(controls), *prompt[len(controls_of(prompt)) :])
