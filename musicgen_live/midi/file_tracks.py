"""Splits the bytes of a MIDI file into tracks, and reads the messages of a track with mido."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from musicgen_live.midi.file_type import UnreadableError, midi_bytes
from musicgen_live.midi.messages import CONTROL_CHANGE, DATA_BYTES, NOTE_OFF, NOTE_ON, SYSTEM

if TYPE_CHECKING:
    from mido import MetaMessage, MidiTrack

_META, _SYSEX, _FIRST_REAL_TIME = 0xFF, (0xF0, 0xF7), 0xF8
_USED_META = frozenset({0x01, 0x03, 0x04, 0x51, 0x58, 0x59})
"""Text, name, instrument, tempo, time signature and key signature."""
_ONE_TRACK_HEADER = bytes.fromhex("4D546864 00000006 0000 0001 0060")
_MOST_DELTA_TICKS = (1 << 28) - 1
"""The most that the four bytes of a delta time hold."""
NOTES_AND_CONTROLS = frozenset({NOTE_OFF, NOTE_ON, CONTROL_CHANGE})
ALL_KINDS = frozenset(DATA_BYTES)
_TRACK = b"MTrk"
_END_OF_TRACK = b"\xff\x2f\x00"
_MOST_TRACKS = 4096
_MOST_BYTES_FOR_MIDO = 300_000
"""In larger files mido would need too much memory, 130 bytes for each byte of a track, and too much time."""


@dataclass(frozen=True)
class MidiTracks:
    """The tracks of a MIDI file as bytes; the last one may be cut off."""

    chunks: tuple[memoryview, ...]
    announced: int
    """The number of tracks that the header says; 0 if it says none."""
    ticks_per_quarter: int
    are_for_mido: bool
    """True if the file is small enough for mido."""
    are_songs: bool
    """True for format 2, in which every track is a piece of its own."""


def split(data: bytes) -> MidiTracks:
    """Split a file, which may be in a wrapper; UnreadableError if it is none, or counts time in another unit."""
    data = midi_bytes(data)
    offset = 8 + int.from_bytes(data[4:8], "big")
    ticks_per_quarter = int.from_bytes(data[12:14], "big")
    if offset < 14 or offset > len(data):
        raise UnreadableError("a damaged MIDI file (its header is cut off); open it in a DAW and save it anew")
    if ticks_per_quarter == 0:
        raise UnreadableError("a damaged MIDI file (a beat lasts no time in it); open it in a DAW and save it anew")
    if ticks_per_quarter >= 0x8000:
        raise UnreadableError("its time is counted in film frames, not in beats, so it has no bars")
    chunks: list[memoryview] = []
    while offset + 8 <= len(data):
        if not data[offset : offset + 4].isalnum():
            # What is no chunk is skipped: the bytes after a wrong length, or after the end.
            offset = data.find(_TRACK, offset)
            if offset < 0:
                break
            continue
        start, length = offset + 8, int.from_bytes(data[offset + 4 : offset + 8], "big")
        # The format allows chunks of other types between the tracks.
        offset, is_track = start + length, data[offset : offset + 4] == _TRACK
        if is_track:
            offset = _end_of_track(data, start, offset)
            chunks.append(memoryview(data)[start:offset])
        if len(chunks) > _MOST_TRACKS:
            raise UnreadableError(f"it has more than {_MOST_TRACKS:,} tracks")
    header = int.from_bytes(data[8:10], "big"), int.from_bytes(data[10:12], "big")
    return MidiTracks(tuple(chunks), header[1], ticks_per_quarter, len(data) <= _MOST_BYTES_FOR_MIDO, header[0] == 2)


def _end_of_track(data: bytes, start: int, stated: int) -> int:
    """Return the end of a track from `start` on; the next track tells it if the stated end is wrong."""
    end = data.find(_END_OF_TRACK + _TRACK, start, stated + len(_TRACK))
    if end >= 0:
        return end + len(_END_OF_TRACK)
    is_followed = stated >= len(data) or data[stated : stated + 4].isalnum()
    if is_followed or data[start:stated].endswith(_END_OF_TRACK):
        return stated
    following = data.find(_TRACK, stated)
    return stated if following < 0 else following


def events(
    track: memoryview, *, is_for_mido: bool, kinds: frozenset[int] = NOTES_AND_CONTROLS
) -> Iterator[tuple[int, bytes | MetaMessage]]:
    """Yield what is in a track with its ticks: channel messages as bytes, meta messages as those of mido.

    Channel messages of other kinds than `kinds`, status bytes without a channel, are left out, and meta messages that
    mido cannot read. IndexError if the track ends within an event, ValueError if there is something else in it than
    events.
    """
    messages = _messages_by_mido(track) if is_for_mido else None
    if messages is None:
        yield from _walk(track, kinds)
        return
    tick = 0
    for message in messages:
        tick += message.time
        if message.is_meta:
            yield tick, message
        elif message.type in {"note_on", "note_off"}:
            status = NOTE_ON if message.type == "note_on" else NOTE_OFF
            yield tick, bytes((status | message.channel, message.note, message.velocity))
        elif message.type == "control_change":
            yield tick, bytes((CONTROL_CHANGE | message.channel, message.control, message.value))
        elif kinds is not NOTES_AND_CONTROLS:
            data = bytes(message.bytes())
            if data[0] < SYSTEM and data[0] & 0xF0 in kinds:
                yield tick, data


def _messages_by_mido(track: memoryview) -> MidiTrack | None:
    """Return the messages of a track; None if mido cannot read it, or not as it is meant."""
    from mido import MidiFile

    file = io.BytesIO(b"".join((_ONE_TRACK_HEADER, b"MTrk", len(track).to_bytes(4, "big"), track)))
    try:
        (read,) = MidiFile(file=file, clip=True).tracks
    except Exception:
        # On what it does not expect, mido raises errors of many kinds. Often the track is not damaged: mido refuses all
        # of it for a key signature of 9 sharps.
        return None
    # mido 1.3 loses the delta time of unknown meta messages, and misreads running status after system exclusive.
    misread = any(message.type in {"unknown_meta", "sysex"} or message.time > _MOST_DELTA_TICKS for message in read)
    return None if misread else read


def _walk(track: memoryview, kinds: frozenset[int]) -> Iterator[tuple[int, bytes | MetaMessage]]:
    """Yield what is in a track that mido does not read; mido reads the meta messages."""
    offset = tick = status = running_status = 0
    while offset < len(track):
        delta, offset = _variable_length(track, offset)
        tick += delta
        if track[offset] & 0x80:
            status, offset = track[offset], offset + 1
        if status in (_META, *_SYSEX):
            meta_type = track[offset] if status == _META else None
            length, start = _variable_length(track, offset + (status == _META))
            offset = start + length
            if offset > len(track):
                raise IndexError
            if meta_type in _USED_META and (message := _meta(meta_type, track[start:offset])):
                yield tick, message
            # The standard ends running status here, but many files continue it, and their meaning is clear.
            status = running_status
        elif status & 0xF0 in DATA_BYTES:
            end = offset + DATA_BYTES[status & 0xF0]
            if end > len(track):
                raise IndexError
            if status & 0xF0 in kinds:
                # Some files have data bytes above 127, but correct notes around them.
                yield tick, bytes((status, *(min(byte, 127) for byte in track[offset:end])))
            offset, running_status = end, status
        elif status >= _FIRST_REAL_TIME:
            # A recorded real-time message, such as clock; it has no data.
            status = running_status
        else:
            raise ValueError(f"the byte {track[offset - 1]:02x} stands where a message should begin")


def _meta(meta_type: int, data: memoryview) -> MetaMessage | None:
    """Return a meta message; None if mido cannot read it, such as a tempo of two bytes."""
    from mido.midifiles.meta import build_meta_message

    try:
        return build_meta_message(meta_type, data)
    except Exception:  # as in `_messages_by_mido`
        return None


def _variable_length(track: memoryview, offset: int) -> tuple[int, int]:
    """Return a number of seven bits per byte, and the offset of its end; ValueError for more than four bytes."""
    value = 0
    for length in range(1, 5):
        byte = track[offset + length - 1]
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, offset + length
    raise ValueError("a number has more than four bytes")
