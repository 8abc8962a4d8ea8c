"""From the bytes of a MIDI file to the tokens of an encoding, by music21: pure functions, and one for child processes.

music21 itself is imported at the first file, so that a run answered from the cache never pays for it.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicgen_live.errors import TrainingError
from training.data.file_type import UnreadableError, midi_bytes
from training.data.midi_scores import bar_tokens
from training.data.strip import strip

if TYPE_CHECKING:
    import music21

# The longest real MIDI files are a few megabytes.
LARGEST_FILE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Reading:
    """What a file gave: its tokens, or the reason why none. `lasting` is false where another try may end otherwise."""

    tokens: tuple[str, ...] = ()
    reason: str | None = None
    lasting: bool = True

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {"tokens": list(self.tokens), "reason": self.reason, "lasting": self.lasting}

    @classmethod
    def from_json(cls, data: object) -> Reading:
        """The inverse of `to_json`; ValueError if `data` is not its result."""
        match data:
            case {"tokens": list(tokens), "reason": None, "lasting": True} if tokens and all(
                isinstance(token, str) for token in tokens
            ):
                return cls(tuple(tokens))
            case {"tokens": [], "reason": str(reason), "lasting": bool(lasting)}:
                return cls(reason=reason, lasting=lasting)
        raise ValueError("not a reading")


@dataclass(frozen=True)
class Reader:
    """How one encoding reads a file; `version` counts changes of its tokens for the same bytes."""

    version: int
    read: Callable[[bytes], list[str]]


def chord_tokens(data: bytes) -> list[str]:
    """The recipe's tokens of a MIDI file; UnreadableError, or whatever music21 raises, if it cannot be read."""
    score = _score(strip(midi_bytes(data)))
    tokens = score_tokens(score)
    if not tokens:
        raise UnreadableError("only drums in it" if any(True for _ in score.recurse().notes) else "no notes in it")
    return tokens


def score_tokens(score: music21.stream.Score) -> list[str]:
    """Every part in order: a note as its pitch's name, a chord as its normal order, in the order of `recurse()`.

    A part in measures and voices is walked measure by measure, voice by voice. Ties are not joined: a note held over
    a bar line counts in every bar. Drums (channel 10) are neither notes nor chords. A score made from MIDI has a part
    for every track with notes, so a score without parts has no notes.
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
    """The score that `music21.converter.parseData` makes of a MIDI file, but with no rests in it."""
    from music21.midi import MidiFile
    from music21.midi.translate import midiTrackToStream
    from music21.stream import Part, Score

    midi = MidiFile()
    midi.readstr(data)
    score = Score()
    # Tracks without notes hold what is true of all that follow: time signatures.
    conductor = Part()
    for track in midi.tracks:
        part = conductor
        if track.hasNotes():
            part = _part_without_rests()()
            score.insert(0, part)
        midiTrackToStream(track, ticksPerQuarter=midi.ticksPerQuarterNote, inputM21=part, conductorPart=conductor)
    return score


@cache
def _part_without_rests() -> type[music21.stream.Part]:
    """A part that stays as it is where music21 would fill its gaps with rests.

    That is the last thing music21 does to a part it reads; it takes 30 to 40 % of the time and touches no note.
    """
    from music21.stream import Part

    class PartWithoutRests(Part):  # type: ignore[misc]
        def makeRests(self, *_: object, **__: object) -> None:  # noqa: N802 (music21's name)
            pass

    return PartWithoutRests


READERS = {
    "chords": Reader(version=1, read=chord_tokens),
    "bars": Reader(version=1, read=bar_tokens),
    "bars-hands": Reader(version=1, read=partial(bar_tokens, hands=True)),
}


def music21_version() -> str:
    """The installed music21's version, without importing it; TrainingError if it is not installed."""
    try:
        return importlib.metadata.version("music21")
    except importlib.metadata.PackageNotFoundError as exc:
        raise TrainingError(
            "reading MIDI files needs music21: in a clone of musicgen-live, pip install '.[train]'"
        ) from exc


def parser_id(encoding: str) -> str:
    """What decides the tokens of given bytes, as a name for a folder: encoding, its version, music21's version."""
    return f"{encoding}-{READERS[encoding].version}-music21-{music21_version()}"


def file_reader(encoding: str) -> Callable[[str], dict[str, Any]]:
    """`read_file` for an encoding, in a form that child processes accept; TrainingError if it is unknown."""
    if encoding not in READERS:
        raise TrainingError(f"there is no encoding {encoding!r}; known: {', '.join(READERS)}")
    return partial(read_file, encoding=encoding)


def read_file(path: str, encoding: str) -> dict[str, Any]:
    """Read one file, whatever it holds; the JSON of a `Reading`."""
    try:
        return Reading(tuple(READERS[encoding].read(Path(path).read_bytes()))).to_json()
    except UnreadableError as error:
        return Reading(reason=str(error)).to_json()
    except OSError as error:
        return Reading(reason=f"cannot be opened ({error.strerror})", lasting=False).to_json()
    except MemoryError:
        return Reading(reason="music21 ran out of memory on it", lasting=False).to_json()
    except Exception as error:
        # music21 raises whatever the damage leads to: its own exceptions, ZeroDivisionError, IndexError and others.
        return Reading(reason=f"music21 cannot read it ({_one_line(error)})").to_json()


def _one_line(error: Exception, longest: int = 120) -> str:
    text = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    return text if len(text) <= longest else text[: longest - 3] + "..."


def warm_up() -> None:
    """Load music21 and make memory management fit for it; for a child process before its first file."""
    import gc

    import music21.converter
    import music21.midi.translate  # noqa: F401

    # music21 makes hundreds of thousands of small objects a file: with the usual thresholds (700 objects) looking for
    # garbage takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
