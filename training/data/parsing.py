"""Parses the bytes of a MIDI file into the tokens of an encoding with music21, also for use in child processes.

The functions import music21 at the first file, so a run that the cache answers never imports it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_type import UnreadableError

from .corpus import contents
from .midi_scores import bar_tokens
from .rewriting import rewritten

if TYPE_CHECKING:
    import music21


@dataclass(frozen=True)
class Reading:
    """Result of reading a file: its tokens, or the reason for none."""

    tokens: tuple[str, ...] = ()
    reason: str | None = None
    is_cacheable: bool = True
    """False for failures that a retry may cure."""
    remarks: tuple[str, ...] = ()
    """The parts that were not read and why, in words that follow the file's name."""

    def to_json(self) -> dict[str, Any]:
        """Return the reading as JSON values."""
        return {
            "tokens": list(self.tokens),
            "reason": self.reason,
            "lasting": self.is_cacheable,
            "remarks": list(self.remarks),
        }

    @classmethod
    def from_json(cls, data: object) -> Reading:
        """Build a reading from the result of `to_json`; ValueError if `data` is none."""
        match data:
            case {"tokens": list(tokens), "reason": None, "lasting": True, "remarks": list(remarks)} if tokens and all(
                isinstance(text, str) for text in (*tokens, *remarks)
            ):
                return cls(tuple(tokens), remarks=tuple(remarks))
            case {"tokens": [], "reason": str(reason), "lasting": bool(is_cacheable), "remarks": []}:
                return cls(reason=reason, is_cacheable=is_cacheable)
        raise ValueError("not a reading")


@dataclass(frozen=True)
class Reader:
    """Reader of an encoding. Increase `version` when the same bytes give other tokens."""

    version: int
    tokens_of: Callable[[bytes], list[str]]
    """Return the tokens of a rewritten MIDI file."""
    has_pedal: bool = True

    def read(self, data: bytes) -> Reading:
        """Return the reading of a MIDI file; UnreadableError, or any error of music21, if it cannot be read."""
        music = rewritten(data, has_pedal=self.has_pedal)
        return Reading(tuple(self.tokens_of(music.data)), remarks=music.remarks)


def chord_tokens(data: bytes) -> list[str]:
    """Return the tokens of a rewritten MIDI file in `chords`."""
    return score_tokens(_score(data))


def score_tokens(score: music21.stream.Score) -> list[str]:
    """Return the notes and chords of every part, in the order of `recurse()`.

    A note becomes its pitch name, a chord its normal order. `recurse()` goes measure by measure, voice by voice. Ties
    are not joined: a note held over a bar line gives a token in every bar. A score made from MIDI has a part for every
    track with notes, so a score without parts has no notes.
    """
    from music21.chord import Chord
    from music21.note import Note

    tokens = []
    for part in score.parts:
        for element in part.recurse():
            if isinstance(element, Note):
                tokens.append(str(element.pitch))
            elif isinstance(element, Chord):
                tokens.append(".".join(str(number) for number in element.normalOrder))
    return tokens


def _score(data: bytes) -> music21.stream.Score:
    """Return the score that `music21.converter.parseData` makes from a MIDI file, but of light parts."""
    from music21.midi import MidiFile
    from music21.midi.translate import midiTrackToStream
    from music21.stream import Part, Score

    from .light_parts import LightPart

    midi = MidiFile()
    midi.readstr(data)
    score = Score()
    # Tracks without notes have the time signatures of all following tracks.
    conductor = Part()
    for track in midi.tracks:
        part = conductor
        if track.hasNotes():
            part = LightPart()
            score.insert(0, part)
        midiTrackToStream(track, ticksPerQuarter=midi.ticksPerQuarterNote, inputM21=part, conductorPart=conductor)
    return score


READERS = {
    # A token of `chords` has no length, but a note held by the pedal would be a token in every bar that it reaches.
    "chords": Reader(version=3, tokens_of=chord_tokens, has_pedal=False),
    "bars": Reader(version=3, tokens_of=bar_tokens),
    "bars-hands": Reader(version=3, tokens_of=partial(bar_tokens, hands=True)),
}


def music21_version() -> str:
    """Return the version of the installed music21 without importing it; TrainingError if there is none."""
    try:
        return importlib.metadata.version("music21")
    except importlib.metadata.PackageNotFoundError as exc:
        raise TrainingError(
            "reading MIDI files needs music21: in a clone of musicgen-live, pip install '.[train]'"
        ) from exc


def parser_id(encoding: str) -> str:
    """Return a folder name from all that determines the tokens: encoding, its version, and that of music21."""
    return f"{encoding}-{READERS[encoding].version}-music21-{music21_version()}"


def file_reader(encoding: str) -> Callable[[str], dict[str, Any]]:
    """Return `read_file` for an encoding, as a picklable function; TrainingError if the encoding is unknown."""
    if encoding not in READERS:
        raise TrainingError(f"there is no encoding {encoding!r}; known: {', '.join(READERS)}")
    return partial(read_file, encoding=encoding)


def read_file(path: str, encoding: str) -> dict[str, Any]:
    """Return a `Reading` of a file as JSON values, with the `sha256` of the bytes read; never raise, whatever they are.

    The file may have changed since its caller read it.
    """
    try:
        data = contents(path)
    except UnreadableError as error:
        return Reading(reason=str(error), is_cacheable=False).to_json() | {"sha256": ""}
    return _reading(data, encoding).to_json() | {"sha256": hashlib.sha256(data).hexdigest()}


def _reading(data: bytes, encoding: str) -> Reading:
    try:
        return READERS[encoding].read(data)
    except UnreadableError as error:
        return Reading(reason=str(error))
    except MemoryError:
        return Reading(reason="music21 ran out of memory on it", is_cacheable=False)
    except OSError as error:
        return Reading(reason=f"music21 cannot read it ({_one_line(error)})", is_cacheable=False)
    except Exception as error:
        # A damaged file can raise anything in music21: its own exceptions, ZeroDivisionError, IndexError and others.
        return Reading(reason=f"music21 cannot read it ({_one_line(error)})")


def _one_line(error: Exception, longest: int = 120) -> str:
    text = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    return text if len(text) <= longest else text[: longest - 3] + "..."


def warm_up() -> None:
    """Import music21 and tune garbage collection for it, in a child process before its first file."""
    import gc

    import music21.converter
    import music21.midi.translate  # noqa: F401

    # music21 makes hundreds of thousands of small objects per file: with the default threshold of 700 objects, garbage
    # collection takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
