"""The two tracks of a take: tempo, time signature and what the take says of itself, and the notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musicgen_live.midi.file_writer import (
    PackedTrack,
    Track,
    check_channel_message,
    tempo_event,
    text_event,
    time_signature_event,
    track_name_event,
)
from musicgen_live.midi.messages import is_channel_mode
from musicgen_live.music.time_signature import TimeSignature

_EMPTY = PackedTrack()


@dataclass(frozen=True)
class PackedTake:
    """A take on its way to another process, without its header."""

    tempos: PackedTrack = _EMPTY
    notes: PackedTrack = _EMPTY


def is_recorded(tick: int, message: bytes) -> bool:
    """Return True if a message belongs to a take; ValueError for bytes that are no message.

    Messages that control receivers instead of music do not: clock, start, stop, and channel mode messages such as All
    Notes Off. Nor does the count-in, which is at ticks below 0.
    """
    if tick < 0 or (message and message[0] >= 0xF0):
        return False
    check_channel_message(message)
    return not is_channel_mode(message)


class TakeTracks:
    """The tracks of a take that grows. A tick below the one before is replaced by that one."""

    def __init__(self) -> None:
        self.tempos, self.notes = Track(), Track()

    def begin(self, name: str, time_signature: TimeSignature, tempo: float | None, texts: Sequence[str] = ()) -> None:
        """Add the header: the name of the notes' track, and texts; without `tempo`, `set_tempo` when it is known."""
        tempo_events = [] if tempo is None else [tempo_event(tempo)]
        for event in (track_name_event("musicgen-live"), time_signature_event(time_signature), *tempo_events):
            self.tempos.add(0, event)
        for text in texts:
            self.add_text(0, text)
        self.notes.add(0, track_name_event(name))

    def send(self, tick: int, message: bytes) -> None:
        """Add a message, if it is recorded."""
        if is_recorded(tick, message):
            self.notes.add(tick, message)

    def close(self) -> None:
        """Do nothing: a take has no end of its own."""

    def set_tempo(self, tick: int, bpm: float) -> None:
        """Add a tempo of `bpm` quarter notes per minute from `tick` on. ValueError below 3.58 BPM."""
        self.tempos.add(tick, tempo_event(bpm))

    def add_text(self, tick: int, text: str) -> None:
        """Add a text event, to the track without notes."""
        self.tempos.add(tick, text_event(text))

    def packed(self) -> PackedTake:
        """Return the take as it is now."""
        return PackedTake(self.tempos.packed(), self.notes.packed())

    def extend(self, packed: PackedTake) -> None:
        """Continue a take whose header this one has."""
        self.tempos.extend(packed.tempos)
        self.notes.extend(packed.notes)

    def to_write(self, end_tick: int) -> tuple[tuple[Track, int], ...]:
        """Return each track with its last tick, for a take that lasts until `end_tick`."""
        return (self.tempos, self.tempos.last_tick), (self.notes, end_tick)
