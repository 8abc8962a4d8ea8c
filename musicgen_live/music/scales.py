"""Parses and writes the names of notes, pitches and keys. Pure values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from musicgen_live.errors import SettingsError

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "octatonic": (0, 2, 3, 5, 6, 8, 9, 11),
    "half-whole octatonic": (0, 1, 3, 4, 6, 7, 9, 10),
    "chromatic": tuple(range(12)),
}
"""Semitones above the tonic. `minor` is natural minor, `melodic minor` its rising form."""

MODES = ("major", "minor")

_OTHER_NAMES = {
    "": "major",
    "maj": "major",
    "m": "minor",
    "min": "minor",
    "natural minor": "minor",
    "pentatonic": "major pentatonic",
}
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_NOTE = "([A-Ga-g])([#♯b♭]?)"

CLASS_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
"""The names of the pitch classes where no key decides their spelling."""

_MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Key:
    """A tonic (0 is C, 11 is B) and the name of a scale on it, one of `SCALES`."""

    tonic: int
    scale: str

    @property
    def classes(self) -> frozenset[int]:
        """The pitch classes of the key."""
        return frozenset((self.tonic + interval) % 12 for interval in SCALES[self.scale])

    @property
    def name(self) -> str:
        """The key's name, which `parse_key` reads: `Bb minor`."""
        names = _MAJOR_NAMES if self.mode == "major" else CLASS_NAMES
        return f"{names[self.tonic]} {self.scale}"

    @property
    def mode(self) -> str | None:
        """`major` or `minor` by its third; None if the scale has both thirds or neither."""
        has_minor, has_major = 3 in SCALES[self.scale], 4 in SCALES[self.scale]
        if has_minor == has_major:
            return None
        return "minor" if has_minor else "major"


def parse_key(text: str, name: str = "key") -> Key:
    """Parse a key such as `D dorian`, `Bb minor`, `F#` (major) or `Am`; SettingsError if it is none.

    `name` is the user's word for the value.
    """
    words = " ".join(text.replace("_", " ").split())
    parts = re.fullmatch(f"{_NOTE}(.*)", words)
    if parts:
        letter, accidental, rest = parts.groups()
        tonic = (_LETTERS[letter.lower()] + _ACCIDENTALS[accidental]) % 12
        # Case matters only here: some people write `AM` for A major.
        scale_name = "major" if rest.strip() == "M" else rest.strip().lower()
        # A space before the scale is optional: `Am` has none, `A minor` has one, and `Adorian` is an easy typing error.
        scale_name = _OTHER_NAMES.get(scale_name, scale_name)
        for scale in SCALES:
            if scale.replace("-", " ") == scale_name.replace("-", " "):
                return Key(tonic, scale)
    raise SettingsError(
        f'{name} is {text!r}; write a note and a scale in quotes, such as "D dorian" or "Bb minor"; '
        f"the scales are {', '.join(SCALES)}"
    )


def parse_pitch(text: str, name: str) -> int:
    """Return the MIDI pitch (0 to 127) of a note such as `C4`, `F#3` or `Bb-1`, or of its number; middle C is C4, 60.

    `name` is the user's word for the value; SettingsError if the text is no pitch.
    """
    pitch = -1
    if parts := re.fullmatch(f"{_NOTE}(-?[0-9]{{1,2}})", text.strip()):
        letter, accidental, octave = parts.groups()
        pitch = 12 * (int(octave) + 1) + _LETTERS[letter.lower()] + _ACCIDENTALS[accidental]
    elif re.fullmatch("[0-9]{1,3}", text.strip()):
        pitch = int(text)
    if not 0 <= pitch <= 127:
        raise SettingsError(f"{name} is {text!r}; write a note from C-1 to G9, such as C2 or F#5; middle C is C4")
    return pitch


def pitch_name(pitch: int) -> str:
    """Return the name of a MIDI pitch, which `parse_pitch` reads: 60 is C4."""
    return f"{CLASS_NAMES[pitch % 12]}{pitch // 12 - 1}"
