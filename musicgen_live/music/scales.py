"""Names of notes, pitches and keys, as people write them, and the pitch classes they stand for. Pure values."""

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
"""Semitones above the tonic. `minor` is the natural one, `melodic minor` the rising one."""

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
"""How the pitch classes are written where no key says how to spell them."""

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
        """How it is written, as `parse_key` reads it: `Bb minor`."""
        names = _MAJOR_NAMES if self.mode == "major" else CLASS_NAMES
        return f"{names[self.tonic]} {self.scale}"

    @property
    def mode(self) -> str | None:
        """`major` or `minor` by its third; None where it has both or neither."""
        has_minor, has_major = 3 in SCALES[self.scale], 4 in SCALES[self.scale]
        if has_minor == has_major:
            return None
        return "minor" if has_minor else "major"


def parse_key(text: str, name: str = "key") -> Key:
    """A key such as `D dorian`, `Bb minor`, `F#` (major) or `Am`; SettingsError if it is none.

    `name` is what the user calls the value.
    """
    words = " ".join(text.replace("_", " ").split())
    found = re.fullmatch(f"{_NOTE}(.*)", words)
    if found:
        letter, accidental, rest = found.groups()
        tonic = (_LETTERS[letter.lower()] + _ACCIDENTALS[accidental]) % 12
        # Case counts for nothing but here: `AM` is what some write for A major.
        found_scale = "major" if rest.strip() == "M" else rest.strip().lower()
        # `Am` is close to its note, `A minor` is not, and `Adorian` is a slip of the finger that is easy to forgive.
        found_scale = _OTHER_NAMES.get(found_scale, found_scale)
        for scale in SCALES:
            if scale.replace("-", " ") == found_scale.replace("-", " "):
                return Key(tonic, scale)
    raise SettingsError(
        f'{name} is {text!r}; write a note and a scale in quotes, such as "D dorian" or "Bb minor"; '
        f"the scales are {', '.join(SCALES)}"
    )


def parse_pitch(text: str, name: str) -> int:
    """The MIDI pitch (0 to 127) of a note such as `C4`, `F#3` or `Bb-1`, or of its number; middle C is C4, 60.

    `name` is what the user calls the value; SettingsError if it is no pitch.
    """
    pitch = -1
    if found := re.fullmatch(f"{_NOTE}(-?[0-9]{{1,2}})", text.strip()):
        letter, accidental, octave = found.groups()
        pitch = 12 * (int(octave) + 1) + _LETTERS[letter.lower()] + _ACCIDENTALS[accidental]
    elif re.fullmatch("[0-9]{1,3}", text.strip()):
        pitch = int(text)
    if not 0 <= pitch <= 127:
        raise SettingsError(f"{name} is {text!r}; write a note from C-1 to G9, such as C2 or F#5; middle C is C4")
    return pitch


def pitch_name(pitch: int) -> str:
    """The name of a MIDI pitch, as `parse_pitch` reads it: 60 is C4."""
    return f"{CLASS_NAMES[pitch % 12]}{pitch // 12 - 1}"
