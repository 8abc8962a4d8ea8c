"""Chord symbols as lead sheets write them, and bars of them that go round and round. Pure values."""

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
"""Semitones above the root. An eleventh takes the place of the major third, with which it clashes; where there is a
thirteenth above a major third, the eleventh is left out."""

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
"""What may follow a quality, any number of them: the semitones above the root that come, and those that go."""

_WRITTEN = {intervals: quality for quality, intervals in reversed(QUALITIES.items())} | {
    (0, 2, 4, 7): "add9",
    (0, 2, 3, 7): "madd9",
    (0, 1, 4, 7, 10): "7b9",
    (0, 3, 4, 7, 10): "7#9",
    (0, 4, 6, 10): "7b5",
    (0, 4, 6, 7, 10): "7#11",
    (0, 2, 5, 7, 10): "9sus4",
}
"""What a chord that is held is called, by the semitones above its root."""

# What else stands for the beginning of a quality; the longest beginning that fits counts.
_SPELLINGS = {
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

NO_CHORD = ("N.C.", "NC")
NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""How a pitch class is written where nothing says which spelling is meant."""
_ROOT = "[A-G][#♯b♭]?"
_SYMBOL = re.compile(f"({_ROOT})(.*?)(?:/({_ROOT}))?")
_SPELT = re.compile(rf"\(\s*({_ROOT}(?:\s+{_ROOT})+)\s*\)(?:/({_ROOT}))?")
_IN_A_BAR = re.compile(r"\([^()]*\)\S*|\S+")
_ALTERATION = re.compile("|".join(map(re.escape, [*ALTERATIONS, *_OTHER_ALTERATIONS])))


@dataclass(frozen=True)
class Chord:
    """A chord by its symbol: its pitch classes (0 is C), that of a bass after a slash among them."""

    symbol: str
    classes: frozenset[int]
    bass: int | None = None
    """The pitch class of that bass; None where the symbol names none."""


@dataclass(frozen=True)
class Progression:
    """At least one bar of at least one chord each; None is no chord."""

    bars: tuple[tuple[Chord | None, ...], ...]

    def place(self, bar: int, at: int, bar_length: int) -> tuple[int, int]:
        """Which chord holds at a place in a bar of the take, both from 0: its bar in `bars`, and which it is there.

        The chords of a bar share it equally. `at`, less than `bar_length`, is in the same unit as that, whichever.
        """
        row = bar % len(self.bars)
        return row, at * len(self.bars[row]) // bar_length


def parse_chords(text: str) -> Progression:
    """Bars such as `Dm7 G7 | Cmaj7`, with or without bar lines at both ends; `%` is the bar before once more.

    SettingsError names a symbol that is unknown, or a bar that is empty.
    """
    bars: list[tuple[Chord | None, ...]] = []
    inner = text.strip().removeprefix("|").removesuffix("|")
    for number, bar in enumerate(inner.split("|"), start=1):
        symbols = _IN_A_BAR.findall(bar)
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
    """A chord such as `C`, `F#m7b5`, `Bb7(b9,#11)` or `Am/G`, or its notes: `(C F Bb)`; SettingsError if it is none."""
    if (spelt := _SPELT.fullmatch(symbol)) and (chord := _spelt(*spelt.groups())):
        return chord
    found = _SYMBOL.fullmatch(symbol)
    intervals = found and _intervals(_plain(found[2]))
    if not found or intervals is None:
        raise SettingsError(
            f"chords has {symbol!r}, which is no chord known here; write a root from A to G, with # or b, then nothing "
            f"for major or one of {', '.join(quality for quality in QUALITIES if quality)}, and if you like "
            f"{', '.join(ALTERATIONS)} and a bass after /, as in Dm7, F#m7b5, G7b9 or C/E; or the notes "
            f"of a chord in brackets, as in (C F Bb); {NO_CHORD[0]} is no chord"
        )
    root = parse_key(found[1]).tonic
    bass = parse_key(found[3]).tonic if found[3] else None
    classes = {(root + interval) % 12 for interval in intervals} | ({bass} if bass is not None else set())
    return Chord(symbol, frozenset(classes), bass)


def chord_of(classes: Collection[int], bass: int) -> Chord:
    """The chord that a person holds, as a symbol which `parse_chord` reads: at least two pitch classes, and the lowest.

    Of the roots that the pitch classes can have, the lowest note is taken before others, which make it a bass behind a
    slash; what has no symbol is spelt, from the lowest note on. ValueError for fewer than two.
    """
    if len(set(classes)) < 2 or bass not in classes:
        raise ValueError(f"{sorted(classes)} with {bass} as the lowest is no chord")
    rising = sorted(set(classes), key=lambda pitch_class: (pitch_class - bass) % 12)
    return parse_chord(_symbol(rising, rising) or _symbol(rising, rising[1:]) or f"({_names(rising)})")


def _symbol(rising: Sequence[int], upper: Sequence[int]) -> str | None:
    """The symbol of these pitch classes, the lowest first, or of the `upper` ones above that bass; None without one.

    Two notes are a fifth or nothing, as a third alone does not say which chord is meant.
    """
    for root in upper:
        intervals = tuple(sorted((pitch_class - root) % 12 for pitch_class in upper))
        if (quality := _WRITTEN.get(intervals)) is not None:
            return _names([root]) + quality + ("" if root == rising[0] else f"/{_names(rising[:1])}")
    return None


def _names(classes: Sequence[int]) -> str:
    return " ".join(NOTE_NAMES[pitch_class] for pitch_class in classes)


def _spelt(notes: str, bass: str | None) -> Chord | None:
    """A chord by its notes; None where they are one pitch class."""
    named = [parse_key(note).tonic for note in (*notes.split(), *([bass] if bass else ()))]
    symbol = f"({' '.join(notes.split())})" + (f"/{bass}" if bass else "")
    return Chord(symbol, frozenset(named), named[-1] if bass else None) if len(set(named)) > 1 else None


def _plain(quality: str) -> str:
    """A quality without the marks that only make it easier to read: `7(b9,♯11)` is `7b9#11`, `6/9` is `69`."""
    unwrapped = re.sub(r"\(([^()]+)\)", lambda inner: inner[1].replace(",", ""), quality)
    return unwrapped.replace("6/9", "69").replace("♭", "b").replace("♯", "#")


def _intervals(quality: str) -> frozenset[int] | None:
    """The semitones above the root of a quality and its alterations; None if it is unknown."""
    for cut in range(len(quality), -1, -1):
        base = _quality(quality[:cut])
        altered = _ALTERATION.findall(quality[cut:])
        if base is None or "".join(altered) != quality[cut:]:
            continue
        intervals = set(QUALITIES[base])
        for alteration in altered:
            comes, goes = ALTERATIONS[_OTHER_ALTERATIONS.get(alteration, alteration)]
            intervals.discard(comes if goes is None else goes)
            intervals.add(comes)
        return frozenset(intervals)
    return None


def _quality(written: str) -> str | None:
    """The name in `QUALITIES` of a quality as it is written; None if it is unknown."""
    if written in QUALITIES:
        return written
    if written in _OTHER_QUALITIES:
        return _OTHER_QUALITIES[written]
    for name, spellings in _SPELLINGS.items():
        for spelling in spellings:
            if written.startswith(spelling) and (known := name + written.removeprefix(spelling)) in QUALITIES:
                return known
    return None
