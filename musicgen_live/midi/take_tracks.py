"""The tracks of a take: tempo, time signature and what the take says of itself, and notes, in one track or several."""

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
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature

_EMPTY = PackedTrack()
_OVERHANG_TICKS = PPQ // 4


@dataclass(frozen=True)
class NamedTrack:
    """A track of notes: its name, and the channel whose messages it gets, 0 to 15; None for those of all others."""

    name: str
    channel: int | None = None


ONE_TRACK = (NamedTrack("musicgen-live"),)


@dataclass(frozen=True)
class PackedTake:
    """A take on its way to another process, without its header."""

    tempos: PackedTrack = _EMPTY
    notes: tuple[PackedTrack, ...] = (_EMPTY,)
    """Each track of notes."""
    meters: tuple[Meter, ...] = ()
    """The time signatures behind that of the header."""

    @property
    def is_empty(self) -> bool:
        """True if no message was recorded."""
        return not any(track.size for track in self.notes)


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

    def __init__(self, tracks: Sequence[NamedTrack] = ONE_TRACK) -> None:
        """Start empty; a channel without a track of its own goes to the one for all others, or else to the first."""
        self._names = tuple(track.name for track in tracks)
        self.tempos = Track()
        self.notes = tuple(Track() for _ in tracks)
        self._by_channel = {track.channel: notes for track, notes in zip(tracks, self.notes, strict=True)}
        self._others = self._by_channel.get(None, self.notes[0])
        self._meters: list[Meter] = []
        """In order. Takes do not count bars: each has the bar 1."""

    @property
    def last_tick(self) -> int:
        """The tick of the latest message."""
        return max(track.last_tick for track in self.notes)

    def begin(self, time_signature: TimeSignature, tempo: float | None, texts: Sequence[str] = ()) -> None:
        """Add the header: the names of the tracks, and texts; without `tempo`, `set_tempo` when it is known."""
        self._meters.append(Meter(0, 1, time_signature))
        tempo_events = [] if tempo is None else [tempo_event(tempo)]
        for event in (track_name_event("musicgen-live"), time_signature_event(time_signature), *tempo_events):
            self.tempos.add(0, event)
        for text in texts:
            self.add_text(0, text)
        for name, track in zip(self._names, self.notes, strict=True):
            track.add(0, track_name_event(name))

    def send(self, tick: int, message: bytes) -> None:
        """Add a message, if it is recorded."""
        if is_recorded(tick, message):
            self._by_channel.get(message[0] & 0x0F, self._others).add(tick, message)

    def close(self) -> None:
        """Do nothing: a take has no end of its own."""

    def set_tempo(self, tick: int, bpm: float) -> None:
        """Add a tempo of `bpm` quarter notes per minute from `tick` on. ValueError below 3.58 BPM."""
        self.tempos.add(tick, tempo_event(bpm))

    def add_text(self, tick: int, text: str) -> None:
        """Add a text event, to the track without notes."""
        self.tempos.add(tick, text_event(text))

    def set_meter(self, tick: int, time_signature: TimeSignature) -> None:
        """Add a time signature from `tick` on, to the track without notes."""
        self._meters.append(Meter(tick, 1, time_signature))
        self.tempos.add(tick, time_signature_event(time_signature))

    def bar_line(self, tick: int) -> int:
        """Return the bar line at which music ends whose last note ends at a tick.

        It is the first one from there on, or one that the note passes by no more than `_OVERHANG_TICKS`. A DAW makes a
        clip of whole bars of a take that ends on a bar line.
        """
        tick = max(min(tick, 1), tick - _OVERHANG_TICKS)
        return next(meter for meter in reversed(self._meters) if meter.tick <= tick).line_after(tick)

    def packed(self) -> PackedTake:
        """Return the take as it is now."""
        notes = tuple(track.packed() for track in self.notes)
        return PackedTake(self.tempos.packed(), notes, tuple(self._meters))

    def extend(self, packed: PackedTake) -> None:
        """Continue a take whose header this one has."""
        self.tempos.extend(packed.tempos)
        self._meters.extend(packed.meters)
        for track, notes in zip(self.notes, packed.notes, strict=True):
            track.extend(notes)

    def to_write(self, end_tick: int) -> tuple[tuple[Track, int], ...]:
        """Return each track with its last tick, for a take that lasts until `end_tick`."""
        return (self.tempos, self.tempos.last_tick), *((track, end_tick) for track in self.notes)
