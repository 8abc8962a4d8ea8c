"""The bytes of a Standard MIDI File, type 1: encoding only, a track at a time, so that a growing take stays cheap."""

from __future__ import annotations

from musicgen_live.midi.messages import DATA_BYTES, NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature

_END_OF_TRACK = b"\xff\x2f\x00"
_LONGEST_TEXT_BYTES = 200
_MOST_USEC_A_QUARTER = 0xFFFFFF


def variable_length(value: int) -> bytes:
    """A delta time or length, seven bits a byte, most significant first; 0 to 268,435,455."""
    if not 0 <= value < 1 << 28:
        raise ValueError(f"{value} does not fit a MIDI file's variable-length number")
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def tempo_event(bpm: float) -> bytes:
    """Quarter notes a minute, above 3.58 (the format has no slower), as microseconds a quarter."""
    usec = round(60_000_000 / bpm)
    if not 1 <= usec <= _MOST_USEC_A_QUARTER:
        raise ValueError(f"a tempo of {bpm} BPM does not fit a MIDI file")
    return b"\xff\x51\x03" + usec.to_bytes(3, "big")


def time_signature_event(time_signature: TimeSignature) -> bytes:
    """Return a time signature, whose unit is a power of two; with 24 clocks a metronome click, as is usual."""
    beats, unit = time_signature
    if not 1 <= beats <= 255 or unit < 1 or unit & (unit - 1):
        raise ValueError(f"{time_signature} is not a time signature")
    return bytes((0xFF, 0x58, 4, beats, unit.bit_length() - 1, 24, 8))


def track_name_event(name: str) -> bytes:
    """A track's name, as UTF-8, cut after 200 bytes."""
    text = name.encode("utf-8")[:_LONGEST_TEXT_BYTES].decode("utf-8", "ignore").encode("utf-8")
    return b"\xff\x03" + variable_length(len(text)) + text


def check_channel_message(message: bytes) -> None:
    """Raise ValueError unless `message` is one whole channel message."""
    kind = message[0] & 0xF0 if message else 0
    if DATA_BYTES.get(kind) != len(message) - 1 or any(byte > 0x7F for byte in message[1:]):
        raise ValueError(f"not a MIDI channel message: {message.hex(' ') or 'empty'}")


class Track:
    """One track that grows: its encoded events, and which notes sound at its end.

    A tick below the last one is taken as the last one: a file knows no way back.
    """

    def __init__(self) -> None:
        self.last_tick = 0
        self._encoded = bytearray()
        # Counted, since a pitch can be struck again before it is released.
        self._sounding: dict[tuple[int, int], int] = {}

    @property
    def is_sounding(self) -> bool:
        """Whether a note is on at the end."""
        return bool(self._sounding)

    def add(self, tick: int, event: bytes) -> None:
        """Append a channel message or a meta event."""
        self._encoded += variable_length(max(0, tick - self.last_tick)) + event
        self.last_tick = max(tick, self.last_tick)
        kind = event[0] & 0xF0
        if kind in (NOTE_ON, NOTE_OFF):
            self._count(event[0] & 0x0F, event[1], is_on=kind == NOTE_ON and event[2] > 0)

    def _count(self, channel: int, pitch: int, *, is_on: bool) -> None:
        held = self._sounding.get((channel, pitch), 0) + (1 if is_on else -1)
        if held > 0:
            self._sounding[channel, pitch] = held
        else:
            self._sounding.pop((channel, pitch), None)

    def chunk(self, end_tick: int) -> bytes:
        """The track as it would be if it ended at `end_tick` (or its last event): what sounds is released there."""
        releases = [
            bytes((NOTE_OFF | channel, pitch, 0))
            for (channel, pitch), count in sorted(self._sounding.items())
            for _ in range(count)
        ]
        wait = variable_length(max(0, end_tick - self.last_tick))
        ending = b"".join(
            delta + event
            for delta, event in zip([wait, *[b"\x00"] * len(releases)], [*releases, _END_OF_TRACK], strict=True)
        )
        return b"MTrk" + (len(self._encoded) + len(ending)).to_bytes(4, "big") + self._encoded + ending


def midi_file(tracks: list[bytes]) -> bytes:
    """A whole file of type 1 from track chunks, 480 ticks a quarter."""
    return (
        b"MThd" + bytes((0, 0, 0, 6, 0, 1)) + len(tracks).to_bytes(2, "big") + PPQ.to_bytes(2, "big") + b"".join(tracks)
    )
