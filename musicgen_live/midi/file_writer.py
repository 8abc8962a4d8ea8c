"""Encodes Standard MIDI Files of type 1, track by track, so that a growing take stays cheap."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, SYSTEM, is_well_formed
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature

_END_OF_TRACK = b"\xff\x2f\x00"
_SEQUENCER_SPECIFIC, _NON_COMMERCIAL = b"\xff\x7f", b"\x7d"
_LENGTH_BYTES = 4
_EMPTY_TEXT = b"\xff\x01\x00"
_LONGEST = (1 << 28) - 1
"""The greatest delta time or length: at 120 BPM, 3.2 days."""
_MAX_TEXT_BYTES = 200
_MAX_USEC_PER_QUARTER = 0xFFFFFF


def variable_length(value: int) -> bytes:
    """Return a delta time or length as seven bits per byte, most significant first; ValueError beyond 268,435,455."""
    if not 0 <= value <= _LONGEST:
        raise ValueError(f"{value} does not fit a MIDI file's variable-length number")
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def _delta_time(ticks: int) -> bytes:
    """Return a delta time, 0 for one below; a rest of days, beyond the format, with texts without letters within."""
    rests = b""
    while ticks > _LONGEST:
        rests += variable_length(_LONGEST) + _EMPTY_TEXT
        ticks -= _LONGEST
    return rests + variable_length(max(0, ticks))


def tempo_event(bpm: float) -> bytes:
    """Return the event of a tempo in quarter notes per minute; ValueError below 3.58, which the format cannot store."""
    usec = round(60_000_000 / bpm)
    if not 1 <= usec <= _MAX_USEC_PER_QUARTER:
        raise ValueError(f"a tempo of {bpm} BPM does not fit a MIDI file")
    return b"\xff\x51\x03" + usec.to_bytes(3, "big")


def time_signature_event(time_signature: TimeSignature) -> bytes:
    """Return the event of a time signature, with the usual 24 clocks per click; ValueError for one outside the format.

    The unit must be a power of two.
    """
    beats, unit = time_signature
    if not 1 <= beats <= 255 or unit < 1 or unit & (unit - 1):
        raise ValueError(f"{time_signature} is not a time signature")
    return bytes((0xFF, 0x58, 4, beats, unit.bit_length() - 1, 24, 8))


def track_name_event(name: str) -> bytes:
    """Return the event of a track's name, as UTF-8, cut after 200 bytes."""
    text = name.encode("utf-8")[:_MAX_TEXT_BYTES].decode("utf-8", "ignore").encode("utf-8")
    return b"\xff\x03" + variable_length(len(text)) + text


def text_event(text: str) -> bytes:
    """Return the event of a text, as UTF-8."""
    encoded = text.encode("utf-8")
    return b"\xff\x01" + variable_length(len(encoded)) + encoded


def check_channel_message(message: bytes) -> None:
    """Raise ValueError unless `message` is one complete channel message."""
    if not is_well_formed(message) or message[0] >= SYSTEM:
        raise ValueError(f"not a MIDI channel message: {message.hex(' ') or 'empty'}")


@dataclass(frozen=True)
class PackedTrack:
    """A track on its way to another process: its events, compressed, in Base64; and the notes that sound at its end."""

    blocks: tuple[str, ...] = ()
    size: int = 0
    last_tick: int = 0
    sounding: tuple[tuple[int, int, int], ...] = ()
    """Channel, pitch, and the number of note-ons that lack a note-off."""


_BLOCK_BYTES = 1 << 16


class Track:
    """A growing track: its encoded events, and the notes that sound at its end.

    A tick below the last one is replaced by the last one, because delta times cannot be negative. All events but the
    latest are compressed: an hour takes some 60 kB of memory, and 250 kB on disk.
    """

    def __init__(self) -> None:
        self.last_tick = 0
        self.size = 0
        """The number of bytes of all events."""
        self._blocks: list[bytes] = []
        self._open = bytearray()
        """The latest events, from somewhere within one on."""
        # Counts, because a pitch can have a second note-on before its note-off.
        self._sounding: dict[tuple[int, int], int] = {}

    def add(self, tick: int, event: bytes) -> None:
        """Append a channel message or a meta event."""
        encoded = _delta_time(tick - self.last_tick) + event
        self._open += encoded
        self.size += len(encoded)
        self.last_tick = max(tick, self.last_tick)
        kind = event[0] & 0xF0
        if kind in (NOTE_ON, NOTE_OFF):
            self._count(event[0] & 0x0F, event[1], is_on=kind == NOTE_ON and event[2] > 0)
        # The latest block stays as it is, for `since`.
        if len(self._open) >= 2 * _BLOCK_BYTES:
            self._seal(_BLOCK_BYTES)

    def _seal(self, size: int) -> None:
        self._blocks.append(zlib.compress(self._open[:size], 1))
        del self._open[:size]

    def packed(self) -> PackedTrack:
        """Return the track as it is now, to `extend` another one."""
        blocks = (*self._blocks, zlib.compress(self._open, 1))
        sounding = tuple((*note, count) for note, count in self._sounding.items())
        return PackedTrack(
            tuple(base64.b64encode(block).decode() for block in blocks), self.size, self.last_tick, sounding
        )

    def extend(self, packed: PackedTrack) -> None:
        """Append a whole track, which begins at tick 0 as this one must still be."""
        self._seal(len(self._open))
        self._blocks += [base64.b64decode(block) for block in packed.blocks]
        self.size += packed.size
        self.last_tick = packed.last_tick
        self._sounding = {(channel, pitch): count for channel, pitch, count in packed.sounding}

    def encoded(self) -> Iterator[bytes]:
        """Yield all events, in pieces."""
        yield from map(zlib.decompress, self._blocks)
        yield bytes(self._open)

    def since(self, offset: int) -> bytes:
        """Return the events from the byte at `offset` on."""
        sealed = self.size - len(self._open)
        return bytes(self._open[offset - sealed :]) if offset >= sealed else b"".join(self.encoded())[offset:]

    def _count(self, channel: int, pitch: int, *, is_on: bool) -> None:
        count = self._sounding.get((channel, pitch), 0) + (1 if is_on else -1)
        if count > 0:
            self._sounding[channel, pitch] = count
        else:
            self._sounding.pop((channel, pitch), None)

    def ending(self, end_tick: int, room: int | None = None, *, until_tick: int = 0) -> bytes:
        """Return the bytes after the events: note-offs for sounding notes at `end_tick` or the last event, and the end.

        The end is at `until_tick`, if that is later.
        With `room`, an unread event fills that many bytes, so that more events can take its place without moving the
        end; only its beginning is returned, and the rest may be any bytes up to `END_OF_ROOM`. ValueError if it does
        not fit.
        """
        note_offs = [
            bytes((NOTE_OFF | channel, pitch, 0))
            for (channel, pitch), count in sorted(self._sounding.items())
            for _ in range(count)
        ]
        delta_to_end = _delta_time(end_tick - self.last_tick)
        deltas = [delta_to_end, *[b"\x00"] * len(note_offs)]
        rest = until_tick - max(end_tick, self.last_tick)
        if rest > 0:
            deltas[-1] = _delta_time(rest if note_offs else until_tick - self.last_tick)
        ending = b"".join(delta + note_off for delta, note_off in zip(deltas, note_offs, strict=False)) + deltas[-1]
        if room is None:
            return ending + _END_OF_TRACK
        return ending + _unread_head(room - len(ending) - len(END_OF_ROOM))

    def chunk(self, end_tick: int) -> bytes:
        """Return the track as a chunk that ends at `end_tick` or its last event, with note-offs for sounding notes."""
        ending = self.ending(end_tick)
        return b"".join((track_header(self.size + len(ending)), *self.encoded(), ending))


END_OF_ROOM = b"\x00" + _END_OF_TRACK
"""The last bytes of a track with room."""

LEAST_UNREAD = 8
"""The size of the shortest unread event."""


def unread_event(size: int) -> bytes:
    """Return an event of that many bytes, delta time included, which means nothing to anybody."""
    head = b"\x00" + _unread_head(size - 1)
    return head + bytes(size - len(head))


def _unread_head(size: int) -> bytes:
    """Return the beginning of a meta event of that size; ValueError if it is too small. Any bytes may follow it.

    Its length always takes four bytes, as leading zeros are allowed.
    """
    length = size - len(_SEQUENCER_SPECIFIC) - _LENGTH_BYTES
    if length < len(_NON_COMMERCIAL):
        raise ValueError(f"{size} bytes are too few for an unread event")
    shortest = variable_length(length)
    return _SEQUENCER_SPECIFIC + b"\x80" * (_LENGTH_BYTES - len(shortest)) + shortest + _NON_COMMERCIAL


def track_header(size: int) -> bytes:
    """Return the beginning of the chunk of a track."""
    return b"MTrk" + size.to_bytes(4, "big")


def file_header(tracks: int, ticks_per_quarter: int = PPQ) -> bytes:
    """Return the beginning of a file of type 1."""
    return b"MThd" + bytes((0, 0, 0, 6, 0, 1)) + tracks.to_bytes(2, "big") + ticks_per_quarter.to_bytes(2, "big")


def midi_file(tracks: Sequence[bytes], ticks_per_quarter: int = PPQ) -> bytes:
    """Return a file of type 1 from track chunks."""
    return b"".join((file_header(len(tracks), ticks_per_quarter), *tracks))
