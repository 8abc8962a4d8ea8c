"""The tokens of the `bars` encoding and their meanings: a fixed vocabulary, the same for every corpus."""

from __future__ import annotations

from collections.abc import Sequence

from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.music.notes import PPQ
from musicgen_live.music.scales import MODES, Key
from musicgen_live.music.time_signature import TimeSignature

UNITS = 24
"""Units per quarter note."""
UNIT_TICKS = PPQ // UNITS

CONTROL_TOKENS: dict[str, tuple[str, ...]] = {
    "style": (
        "any", "baroque", "classical", "romantic", "impressionist", "modern", "ragtime", "jazz", "folk", "popular",
        "chopin", "lied", "chorale", "quartet", "own",
    ),
    "key": tuple(Key(tonic, mode).name for mode in MODES for tonic in range(12)),
    "density": ("sparse", "medium", "dense"),
    "texture": ("thin", "medium", "full"),
}  # fmt: skip
"""Control tokens, which label the music that follows. They stand before a bar in this order; the style is never left
out."""

BARS_LEFT = (8, 4, 2, 1)
MARKS: dict[str, tuple[str, ...]] = {
    "bars-left": tuple(map(str, BARS_LEFT)),
    "phrase": ("end",),
}
"""Control tokens of a single bar, before its token and behind a header: the number of bars up to the end of the piece,
this one included, and that the top line comes to rest in this bar."""

TIME_SIGNATURES: tuple[TimeSignature, ...] = (
    *(TimeSignature(n, 4) for n in (1, 2, 3, 4, 5, 6)),
    *(TimeSignature(n, 2) for n in (2, 3)),
    *(TimeSignature(n, 8) for n in range(1, 13)),
    *(TimeSignature(n, 16) for n in (1, 2, 3, 5, 6, 7, 9, 11, 12, 13, 15)),
    *(TimeSignature(n, 32) for n in (1, 3)),
)
"""The time signatures that have a token. Another time signature takes the first one here of equal bar length."""

HANDS = ("left", "right")
"""The hands in their order at one onset."""

DURATIONS: tuple[int, ...] = (
    1, 2, 3, 4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24, 28, 30, 32, 36, 40, 42, 45, 48, 54, 60, 66, 72, 84, 90,
    96, 108, 120, 132, 144, 168, 192, 216, 240, 288, 384,
)  # fmt: skip
"""The note lengths that have a token, in units."""

VELOCITIES: tuple[int, ...] = (24, 40, 56, 72, 88, 104, 120)
DEFAULT_VELOCITY = 88
"""The velocity at the beginning of every bar, and of all notes of a file with a single velocity, which has no dynamics.
Nearest to LilyPond's 90, the most frequent velocity of the corpora."""


def units_of(time_signature: TimeSignature) -> int:
    """Return the length of a bar, in units."""
    return time_signature.bar_ticks // UNIT_TICKS


BAR_UNITS = tuple(map(units_of, TIME_SIGNATURES))
"""The length of a bar of each of `TIME_SIGNATURES`, in units."""
POSITIONS: tuple[int, ...] = tuple(unit for unit in range(max(BAR_UNITS)) if unit % 6 in {0, 2, 3, 4})
"""The positions in a bar at which a note can begin, in units from the bar line."""

END = "end"
_GROUPS: dict[str, tuple[str, ...]] = {
    **{kind: tuple(f"{kind} {value}" for value in values) for kind, values in (CONTROL_TOKENS | MARKS).items()},
    "bar": tuple(f"bar {time_signature}" for time_signature in TIME_SIGNATURES),
    "position": tuple(f"position {position}" for position in POSITIONS),
    "hand": tuple(f"hand {hand}" for hand in HANDS),
    "velocity": tuple(f"velocity {velocity}" for velocity in VELOCITIES),
    "pitch": tuple(f"pitch {pitch}" for pitch in range(128)),
    "duration": tuple(f"duration {duration}" for duration in DURATIONS),
    END: (END,),
}
VOCABULARY = Vocabulary(tuple(token for tokens in _GROUPS.values() for token in tokens))
"""All tokens kind by kind, each kind in rising order, so that the tokens allowed next form a few ranges of ids. Both
variants share it."""

DEFAULT_HEADER = ("style any",)


def ids_of(kind: str) -> range:
    """Return the ids of a kind: of `CONTROL_TOKENS` or `MARKS`, bar, position, hand, velocity, pitch, duration, end."""
    first = VOCABULARY.ids[_GROUPS[kind][0]]
    return range(first, first + len(_GROUPS[kind]))


def time_signature_of(bar_token: str) -> TimeSignature:
    """Return the time signature of a bar token; ValueError on another token."""
    beats, unit = bar_token.removeprefix("bar ").split("/")
    return TimeSignature(int(beats), int(unit))


def bar_units(bar_token: str) -> int:
    """Return the length of the bar of a bar token, in units; ValueError on another token."""
    return units_of(time_signature_of(bar_token))


TIME_SIGNATURES_BY_UNITS: dict[int, TimeSignature] = {
    units_of(time_signature): time_signature for time_signature in reversed(TIME_SIGNATURES)
}
"""Bar length in units to the first time signature of that length."""
KINDS: dict[str, str] = {token: kind for kind, tokens in _GROUPS.items() for token in tokens}
"""The kind of every token, by the names that `ids_of` takes."""


def header(controls: Sequence[str]) -> tuple[str, ...]:
    """Return control tokens in the order of the encoding, with `style any` added if there is no style.

    ValueError on a token that is no control token, and on two of a kind.
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
    """Return for every id the id that replaces it in transposed music; pitches are limited to 0 to 127."""
    pitches, keys = ids_of("pitch"), ids_of("key")

    def transposed(token_id: int) -> int:
        if token_id in pitches:
            return min(max(token_id + semitones, pitches[0]), pitches[-1])
        if token_id in keys:
            mode, tonic = divmod(token_id - keys.start, 12)
            return keys.start + mode * 12 + (tonic + semitones) % 12
        return token_id

    return tuple(map(transposed, range(len(VOCABULARY))))
