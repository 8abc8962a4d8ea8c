"""Reads the file of a take: its label, and its length."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import music_of, read_file
from musicgen_live.midi.file_tracks import events, split
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.midi.takes.label import PROGRAM, TakeLabel

MARK = PROGRAM.encode()
"""Bytes that every take has, so that a folder of other files is looked through fast."""


@dataclass(frozen=True)
class RecordedTake:
    """A take as its file has it."""

    label: TakeLabel
    notes: int = 0
    seconds: float = 0.0
    """The time to the end of its last note."""


def read_take(path: Path) -> RecordedTake | None:
    """Read a take; None for another MIDI file, TakeError if the file cannot be read or what it says is damaged."""
    return read_file(path, take_of)


def take_of(data: bytes) -> RecordedTake | None:
    """Return the take in the bytes of a MIDI file; None if it has no label, UnreadableError if it is no MIDI file."""
    if MARK not in data:
        return None
    try:
        label = TakeLabel.parse(texts_of(data))
    except TakeError as error:
        raise UnreadableError(str(error)) from error
    if label is None:
        return None
    try:
        music = music_of(data)
    except UnreadableError:
        return RecordedTake(label)  # It was stopped before its first note.
    notes = music.score.notes
    return RecordedTake(label, len(notes), music.seconds_at(max(note.end_tick for note in notes)))


def texts_of(data: bytes) -> list[str]:
    """Return the text events of the first track of a MIDI file, the one without notes in takes."""
    file = split(data)
    texts: list[str] = []
    # A track that is cut off, or damaged, is read up to there.
    with suppress(IndexError, ValueError):
        for _, event in events(file.chunks[0], is_for_mido=file.are_for_mido):
            if not isinstance(event, bytes) and event.type == "text":
                texts.append(_decoded(event.text))
    return texts


def _decoded(text: str) -> str:
    """Return a text of UTF-8, which mido takes for Latin-1."""
    try:
        return text.encode("latin1").decode("utf-8")
    except UnicodeError:
        return text
