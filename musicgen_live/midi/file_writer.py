"""Encodes Standard MIDI Files of type 1, track by track, so that a growing take stays cheap."""

from __future__ import annotations

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, SYSTEM, is_well_formed
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature

_END_OF_TRACK = b"\xff\x2f\x00"
_MAX_TEXT_BYTES = 200
_MAX_USEC_PER_QUARTER = 0xFFFFFF


def variable_length(value: int) -> bytes:
    """Return a delta time or length as seven bits per byte, most significant first; ValueError beyond 268,435,455."""
    if not 0 <= value < 1 << 28:
        raise ValueError(f"{value} does not fit a MIDI file's variable-length number")
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


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


def check_channel_message(message: bytes) -> None:
    """Raise ValueError unless `message` is one complete channel message."""
    if not is_well_formed(message) or message[0] >= SYSTEM:
        raise ValueError(f"not a MIDI channel message: {message.hex(' ') or 'empty'}")


class Track:
    """A growing track: its encoded events, and the notes that sound at its end.

    A tick below the last one is replaced by the last one, because delta times cannot be negative.
    """

    def __init__(self) -> None:
        self.last_tick = 0
        self._encoded = bytearray()
        # Counts, because a pitch can have a second note-on before its note-off.
        self._sounding: dict[tuple[int, int], int] = {}

    def add(self, tick: int, event: bytes) -> None:
        """Append a channel message or a meta event."""
        self._encoded += variable_length(max(0, tick - self.last_tick)) + event
        self.last_tick = max(tick, self.last_tick)
        kind = event[0] & 0xF0
        if kind in (NOTE_ON, NOTE_OFF):
            self._count(event[0] & 0x0F, event[1], is_on=kind == NOTE_ON and event[2] > 0)

    def _count(self, channel: int, pitch: int, *, is_on: bool) -> None:
        count = self._sounding.get((channel, pitch), 0) + (1 if is_on else -1)
        if count > 0:
            self._sounding[channel, pitch] = count
        else:
            self._sounding.pop((channel, pitch), None)

    def chunk(self, end_tick: int) -> bytes:
        """Return the track as a chunk that ends at `end_tick` or its last event, with note-offs for sounding notes."""
        note_offs = [
            bytes((NOTE_OFF | channel, pitch, 0))
            for (channel, pitch), count in sorted(self._sounding.items())
            for _ in range(count)
        ]
        delta_to_end = variable_length(max(0, end_tick - self.last_tick))
        ending = b"".join(
            delta + event
            for delta, event in zip(
                [delta_to_end, *[b"\x00"] * len(note_offs)], [*note_offs, _END_OF_TRACK], strict=True
            )
        )
        return b"MTrk" + (len(self._encoded) + len(ending)).to_bytes(4, "big") + self._encoded + ending


def midi_file(tracks: list[bytes]) -> bytes:
    """Return a file of type 1 from track chunks, with 480 ticks per quarter note."""
    return (
        b"MThd" + bytes((0, 0, 0, 6, 0, 1)) + len(tracks).to_bytes(2, "big") + PPQ.to_bytes(2, "big") + b"".join(tracks)
    )
