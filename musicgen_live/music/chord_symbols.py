"""Parses and writes chord symbols as on lead sheets, and progressions of them that repeat. Pure values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import parse_key

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "69": (0, 2, 4, 7, 9),
    "m69": (0, 2, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "aug7": (0, 4, 8, 10),
    "7sus4": (0, 5, 7, 10),
    "7alt": (0, 1, 3, 4, 8, 10),
    "9": (0, 2, 4, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
    "m9": (0, 2, 3, 7, 10),
    "mmaj9": (0, 2, 3, 7, 11),
    "9sus4": (0, 2, 5, 7, 10),
    "11": (0, 2, 5, 7, 10),
    "maj11": (0, 2, 5, 7, 11),
    "m11": (0, 2, 3, 5, 7, 10),
    "13": (0, 2, 4, 7, 9, 10),
    "maj13": (0, 2, 4, 7, 9, 11),
    "m13": (0, 2, 3, 5, 7, 9, 10),
    "13sus4": (0, 2, 5, 7, 9, 10),
}
"""Semitones above the root. An eleventh replaces the major third, with which it clashes; a thirteenth above a major
third comes without the eleventh."""

ALTERATIONS: dict[str, tuple[int, int | None]] = {
    "b5": (6, 7),
    "#5": (8, 7),
    "b9": (1, 2),
    "#9": (3, 2),
    "#11": (6, 5),
    "b13": (8, 9),
    "add9": (2, None),
    "add11": (5, None),
    "add13": (9, None),
}
"""The alterations that may follow a quality, any number of them: semitones above the root to add, and to remove."""

_QUALITY_OF_INTERVALS = {intervals: quality for quality, intervals in reversed(QUALITIES.items())} | {
    (0, 2, 4, 7): "add9",
    (0, 2, 3, 7): "madd9",
    (0, 1, 4, 7, 10): "7b9",
    (0, 3, 4, 7, 10): "7#9",
    (0, 4, 6, 10): "7b5",
    (0, 4, 6, 7, 10): "7#11",
    (0, 2, 5, 7, 10): "9sus4",
}
"""The quality in the symbol of a held chord, by the semitones above its root."""

# Other spellings of the beginning of a quality, tried in this order.
_OTHER_BEGINNINGS = {
    "mmaj": ("mM", "mMaj", "minmaj", "minMaj", "-maj", "-M", "mΔ", "-Δ"),
    "maj": ("M", "Maj", "ma", "Δ", "^", "j"),
    "m": ("min", "mi", "-"),
    "dim": ("°", "o"),
    "aug": ("+",),
    "sus4": ("sus",),
    "7sus4": ("7sus",),
    "9sus4": ("9sus",),
    "13sus4": ("13sus",),
    "7alt": ("alt",),
}
_OTHER_QUALITIES = {"maj": "", "M": "", "Δ": "maj7", "^": "maj7", "ø": "m7b5", "ø7": "m7b5"}
_OTHER_ALTERATIONS = {
    "-5": "b5", "+5": "#5", "-9": "b9", "+9": "#9", "+11": "#11", "-13": "b13", "add2": "add9", "add4": "add11",
}  # fmt: skip

MAX_SYMBOL_CHARACTERS = 64
"""The longest chord symbol: parsing takes time that grows with the square of the length, 3 s for 12,000 characters."""

MAX_CHARACTERS = 10_000
"""The longest progression."""

NO_CHORD = ("N.C.", "NC")
NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""The name of each pitch class in the symbols written here, which know no key to spell it by."""
_ROOT = "[A-G][#♯b♭]?"
_SYMBOL = re.compile(f"({_ROOT})(.*?)(?:/({_ROOT}))?")
_NOTE_LIST = re.compile(rf"\(\s*({_ROOT}(?:\s+{_ROOT})+)\s*\)(?:/({_ROOT}))?")
_SYMBOL_IN_BAR = re.compile(r"\([^()]*\)\S*|\S+")
_ALTERATION = re.compile("|".join(map(re.escape, [*ALTERATIONS, *_OTHER_ALTERATIONS])))


@dataclass(frozen=True)
class Chord:
    """A chord symbol and its pitch classes (0 is C), including that of a bass after a slash."""

    symbol: str
    classes: frozenset[int]
    bass: int
    """The pitch class of its lowest note: the bass after the slash, else the root, else the first note of a list."""


@dataclass(frozen=True)
class Progression:
    """At least one bar of at least one chord each; None is a rest in the harmony (`N.C.`)."""

    bars: tuple[tuple[Chord | None, ...], ...]

    def place(self, bar: int, at: int, bar_length: int) -> tuple[int, int]:
        """Return the two indices into `bars`, its bar and the chord there, of the chord at a position of the take.

        `bar` counts the bars of the take from 0, `at` is the position in that bar from 0 and less than `bar_length`,
        in the same unit. The chords of a bar share it equally, and the progression repeats after its last bar.
        """
        row = bar % len(self.bars)
        return row, at * len(self.bars[row]) // bar_length


def parse_chords(text: str) -> Progression:
    """Parse bars such as `Dm7 G7 | Cmaj7`, with or without bar lines at both ends; `%` repeats the bar before.

    SettingsError names an unknown or far too long symbol, or an empty bar.
    """
    if len(text) > MAX_CHARACTERS:
        raise SettingsError(f"chords has {len(text):,} characters; it can have {MAX_CHARACTERS:,} at most")
    bars: list[tuple[Chord | None, ...]] = []
    inner = text.strip().removeprefix("|").removesuffix("|")
    for number, bar in enumerate(inner.split("|"), start=1):
        symbols = _SYMBOL_IN_BAR.findall(bar)
        if not symbols:
            raise SettingsError(
                f"chords is {text!r}, where bar {number} is empty; write {NO_CHORD[0]} for a bar without a chord, as "
                f'in "Dm7 G7 | {NO_CHORD[0]} | Cmaj7"'
            )
        if symbols == ["%"] and bars:
            bars.append(bars[-1])
        else:
            bars.append(tuple(None if symbol in NO_CHORD else parse_chord(symbol) for symbol in symbols))
    return Progression(tuple(bars))


def parse_chord(symbol: str) -> Chord:
    """Parse a symbol such as `C`, `F#m7b5`, `Bb7(b9,#11)` or `Am/G`, or notes, `(C F Bb)`; SettingsError for others."""
    if len(symbol) > MAX_SYMBOL_CHARACTERS:
        raise SettingsError(
            f"chords has {symbol[:20]!r}..., a chord of {len(symbol):,} characters; one can have "
            f"{MAX_SYMBOL_CHARACTERS} at most"
        )
    if (note_list := _NOTE_LIST.fullmatch(symbol)) and (chord := _chord_of_notes(*note_list.groups())):
        return chord
    parts = _SYMBOL.fullmatch(symbol)
    intervals = parts and _intervals(_without_marks(parts[2]))
    if not parts or intervals is None:
        raise SettingsError(
            f"chords has {symbol!r}, which is no chord known here; write a root from A to G, with # or b, then nothing "
            f"for major or one of {', '.join(quality for quality in QUALITIES if quality)}, and if you like "
            f"{', '.join(ALTERATIONS)} and a bass after /, as in Dm7, F#m7b5, G7b9 or C/E; or the notes "
            f"of a chord in brackets, as in (C F Bb); {NO_CHORD[0]} is no chord"
        )
    root = parse_key(parts[1]).tonic
    bass = parse_key(parts[3]).tonic if parts[3] else root
    classes = {bass, *((root + interval) % 12 for interval in intervals)}
    return Chord(symbol, frozenset(classes), bass)


def chord_of(classes: Collection[int], bass: int) -> Chord:
    """Return the chord that a person holds: at least two pitch classes, and `bass`, that of the lowest note.

    `parse_chord` reads its symbol. The lowest note is preferred as the root; another root makes it a bass after a
    slash. A chord without a symbol gets a list of its notes, from the lowest up. ValueError for fewer than two classes.
    """
    if len(set(classes)) < 2 or bass not in classes:
        raise ValueError(f"{sorted(classes)} with {bass} as the lowest is no chord")
    rising = sorted(set(classes), key=lambda pitch_class: (pitch_class - bass) % 12)
    return parse_chord(_symbol(rising, rising) or _symbol(rising, rising[1:]) or f"({_names(rising)})")


def _symbol(rising: Sequence[int], upper: Sequence[int]) -> str | None:
    """Return a symbol of the `upper` pitch classes above the first of `rising` as the bass; None if there is none.

    Two notes are a fifth or have no symbol, because a third alone belongs to several chords.
    """
    for root in upper:
        intervals = tuple(sorted((pitch_class - root) % 12 for pitch_class in upper))
        if (quality := _QUALITY_OF_INTERVALS.get(intervals)) is not None:
            return _names([root]) + quality + ("" if root == rising[0] else f"/{_names(rising[:1])}")
    return None


def _names(classes: Sequence[int]) -> str:
    return " ".join(NOTE_NAMES[pitch_class] for pitch_class in classes)


def _chord_of_notes(notes: str, bass: str | None) -> Chord | None:
    """Return the chord of a list of note names; None if they are one pitch class."""
    classes = [parse_key(note).tonic for note in (*notes.split(), *([bass] if bass else ()))]
    symbol = f"({' '.join(notes.split())})" + (f"/{bass}" if bass else "")
    return Chord(symbol, frozenset(classes), classes[-1 if bass else 0]) if len(set(classes)) > 1 else None


def _without_marks(quality: str) -> str:
    """Return a quality without the marks that only help the reader: `7(b9,♯11)` is `7b9#11`, `6/9` is `69`."""
    unwrapped = re.sub(r"\(([^()]+)\)", lambda inner: inner[1].replace(",", ""), quality)
    return unwrapped.replace("6/9", "69").replace("♭", "b").replace("♯", "#")


def _intervals(quality: str) -> frozenset[int] | None:
    """Return the semitones above the root of a quality with its alterations; None if it is unknown.

    The longest known quality at the beginning counts.
    """
    for cut in range(len(quality), -1, -1):
        base = _known_quality(quality[:cut])
        alterations = _ALTERATION.findall(quality[cut:])
        if base is None or "".join(alterations) != quality[cut:]:
            continue
        intervals = set(QUALITIES[base])
        for alteration in alterations:
            added, removed = ALTERATIONS[_OTHER_ALTERATIONS.get(alteration, alteration)]
            intervals.discard(added if removed is None else removed)
            intervals.add(added)
        return frozenset(intervals)
    return None


def _known_quality(text: str) -> str | None:
    """Return the name in `QUALITIES` of a quality in any spelling; None if it is unknown."""
    if text in QUALITIES:
        return text
    if text in _OTHER_QUALITIES:
        return _OTHER_QUALITIES[text]
    for name, spellings in _OTHER_BEGINNINGS.items():
        for spelling in spellings:
            if text.startswith(spelling) and (known := name + text.removeprefix(spelling)) in QUALITIES:
                return known
    return None
