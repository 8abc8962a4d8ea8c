"""The tokens of the `bars` encoding and what each of them says: a fixed vocabulary, the same for every corpus."""

from __future__ import annotations

from collections.abc import Sequence

from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature

UNITS = 24
"""Units a quarter note."""
UNIT_TICKS = PPQ // UNITS

CONTROL_TOKENS: dict[str, tuple[str, ...]] = {
    "style": (
        "any", "baroque", "classical", "romantic", "impressionist", "modern", "ragtime", "jazz", "folk", "chopin",
        "lied", "own",
    ),
    "mode": ("major", "minor"),
    "density": ("sparse", "medium", "dense"),
    "texture": ("thin", "medium", "full"),
}  # fmt: skip
"""What may be said of the music that follows, before a bar, in this order; a style is always said."""

TIME_SIGNATURES: tuple[TimeSignature, ...] = (
    *(TimeSignature(n, 4) for n in (1, 2, 3, 4, 5, 6)),
    *(TimeSignature(n, 2) for n in (2, 3)),
    *(TimeSignature(n, 8) for n in range(1, 13)),
    *(TimeSignature(n, 16) for n in (1, 2, 3, 5, 6, 7, 9, 11, 12, 13, 15)),
    *(TimeSignature(n, 32) for n in (1, 3)),
)
"""The time signatures that a bar can have; the first of a length stands for other bars of that length."""

HANDS = ("left", "right")
"""In the order in which they are written at one onset."""

DURATIONS: tuple[int, ...] = (
    1, 2, 3, 4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24, 28, 30, 32, 36, 40, 42, 45, 48, 54, 60, 66, 72, 84, 90,
    96, 108, 120, 132, 144, 168, 192, 216, 240, 288, 384,
)  # fmt: skip
"""The lengths a note can have, in units."""

VELOCITIES: tuple[int, ...] = (24, 40, 56, 72, 88, 104, 120)
DEFAULT_VELOCITY = 88
"""What every bar begins with, and what a file that has a single velocity is taken to have: it says nothing of loud
and soft. LilyPond's 90, the most frequent velocity of the corpora, is nearest to it."""


def units_of(time_signature: TimeSignature) -> int:
    """Return the length of a bar, in units."""
    return time_signature.beats * 4 * UNITS // time_signature.unit


_LONGEST_BAR_UNITS = max(map(units_of, TIME_SIGNATURES))
POSITIONS: tuple[int, ...] = tuple(unit for unit in range(_LONGEST_BAR_UNITS) if unit % 6 in {0, 2, 3, 4})
"""Where in a bar a note can begin, in units from the bar line."""

END = "end"
_GROUPS: dict[str, tuple[str, ...]] = {
    **{kind: tuple(f"{kind} {value}" for value in values) for kind, values in CONTROL_TOKENS.items()},
    "bar": tuple(f"bar {time_signature}" for time_signature in TIME_SIGNATURES),
    "position": tuple(f"position {place}" for place in POSITIONS),
    "hand": tuple(f"hand {hand}" for hand in HANDS),
    "velocity": tuple(f"velocity {velocity}" for velocity in VELOCITIES),
    "pitch": tuple(f"pitch {pitch}" for pitch in range(128)),
    "duration": tuple(f"duration {duration}" for duration in DURATIONS),
    END: (END,),
}
VOCABULARY = Vocabulary(tuple(token for tokens in _GROUPS.values() for token in tokens))
"""Kind by kind, each in rising order, so that what may follow is a few runs of ids. Both variants share it."""

DEFAULT_HEADER = ("style any",)


def ids_of(kind: str) -> range:
    """Return the ids of a kind: one of `CONTROL_TOKENS`, bar, position, hand, velocity, pitch, duration or end."""
    first = VOCABULARY.ids[_GROUPS[kind][0]]
    return range(first, first + len(_GROUPS[kind]))


def time_signature_of(bar_token: str) -> TimeSignature:
    """Return the time signature of a bar token; ValueError on another token."""
    beats, unit = bar_token.removeprefix("bar ").split("/")
    return TimeSignature(int(beats), int(unit))


def bar_units(bar_token: str) -> int:
    """The length of a bar, in units."""
    return units_of(time_signature_of(bar_token))


TIME_SIGNATURES_BY_UNITS: dict[int, TimeSignature] = {
    units_of(time_signature): time_signature for time_signature in reversed(TIME_SIGNATURES)
}
"""For every length of a bar, in units, the time signature that is written for it."""
KINDS: dict[str, str] = {token: kind for kind, tokens in _GROUPS.items() for token in tokens}
"""The kind of every token, as `ids_of` names them."""


def header(controls: Sequence[str]) -> tuple[str, ...]:
    """Control tokens in the order in which they are written, with `style any` where no style is among them.

    ValueError on a token that is none, and on two of a kind.
    """
    by_kind: dict[str, str] = {}
    for token in controls:
        kind = KINDS.get(token, "")
        if kind not in CONTROL_TOKENS or kind in by_kind:
            known = ", ".join(token for kind in CONTROL_TOKENS for token in _GROUPS[kind])
            raise ValueError(f"{token!r} cannot be said of a piece here; one of a kind can be: {known}")
        by_kind[kind] = token
    by_kind.setdefault("style", DEFAULT_HEADER[0])
    return tuple(by_kind[kind] for kind in CONTROL_TOKENS if kind in by_kind)


def transposed_ids(semitones: int) -> tuple[int, ...]:
    """Id by id, what stands for it when the music is moved by some semitones; pitches stay within 0 to 127."""
    pitches = ids_of("pitch")
    return tuple(
        min(max(i + semitones, pitches[0]), pitches[-1]) if i in pitches else i for i in range(len(VOCABULARY))
    )
