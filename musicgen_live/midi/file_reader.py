"""Reads any Standard MIDI File as parts of notes, time signatures and tempos. Knows neither pictures nor tokens."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.config.files import read_regular
from musicgen_live.errors import TakeError
from musicgen_live.midi.messages import DATA_BYTES, NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

DEFAULT_BPM = 120.0
_HEADER = b"MThd"
_META, _SYSEX, _FIRST_REAL_TIME = 0xFF, (0xF0, 0xF7), 0xF8
_NAME, _TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x51, 0x58, 0x59
_MAX_SHARPS = 7
MOST_BYTES = 8_000_000
"""Larger files are audio or video; the largest MIDI file of the corpora has 600 kB."""


@dataclass(frozen=True)
class MidiMusic:
    """The music of a MIDI file, in ticks of 480 per quarter note.

    A part is one track's notes on one channel; `names` has a name for every part, perhaps empty.
    `tempos` are `(tick, quarter notes per minute)`, ticks rising, the first at tick 0.
    """

    score: Score
    names: tuple[str, ...]
    tempos: tuple[tuple[int, float], ...]
    channels: tuple[int, ...] = ()
    """The channel of every part, 1 to 16."""
    signatures: tuple[tuple[int, int], ...] = ()
    """Key signatures: `(tick, sharps)`, ticks rising, -7 to 7, flats below 0."""

    def seconds_at(self, tick: int) -> float:
        """Return the seconds from the beginning to a tick."""
        before = [(start, bpm) for start, bpm in self.tempos if start < tick]
        ends = [*(start for start, _ in before[1:]), tick]
        return sum((end - start) / PPQ * 60 / bpm for end, (start, bpm) in zip(ends, before, strict=False))


def read_midi(path: Path) -> MidiMusic:
    """Read a file of type 0, 1 or 2; TakeError gives the reason if it cannot be read or has no notes."""
    try:
        data = read_regular(path, most_bytes=MOST_BYTES)
    except FileNotFoundError as exc:
        raise TakeError(f"there is no file {path}; give the path of a .mid file") from exc
    except OSError as exc:
        raise TakeError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    # An RMID file is a MIDI file in a RIFF container.
    start = data.find(_HEADER, 0, 64) if data.startswith(b"RIFF") else 0
    if start < 0 or data[start : start + 4] != _HEADER:
        raise TakeError(f"{path} is not a MIDI file: it does not begin with {_HEADER.decode()}; give the path of one")
    try:
        ticks_per_quarter, tracks = _read_tracks(data[start:])
    except (IndexError, ValueError) as exc:
        reason = "it ends too early" if isinstance(exc, IndexError) else exc
        raise TakeError(f"{path} is a damaged MIDI file ({reason}); open it in a DAW and save it anew") from exc
    if ticks_per_quarter == 0:
        raise TakeError(
            f"{path} is a damaged MIDI file (a beat lasts no time in it); open it in a DAW and save it anew"
        )
    if ticks_per_quarter >= 0x8000:
        raise TakeError(f"{path} counts time in film frames, not in beats, so it has no bars; choose another file")
    music = _music(tracks, ticks_per_quarter)
    if not music.score.parts:
        raise TakeError(f"{path} has no notes in it; choose a .mid file that has some")
    return music


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of a track: status byte (0xFF for a meta event) and data (a meta event's begins with its type)."""

    tick: int
    status: int
    data: bytes


def _read_tracks(data: bytes) -> tuple[int, list[list[_Event]]]:
    """Return ticks per quarter and the events of every track; IndexError for a truncated file, ValueError for others.

    Stops at bytes that are no chunk.
    """
    offset = 8 + int.from_bytes(data[4:8], "big")
    if offset < 14 or len(data) < offset:
        raise IndexError
    tracks = []
    while offset + 8 <= len(data):
        if not data[offset : offset + 4].isalnum():
            break
        end = offset + 8 + int.from_bytes(data[offset + 4 : offset + 8], "big")
        if end > len(data):
            raise IndexError
        # The format allows chunks of other types between the tracks.
        if data[offset : offset + 4] == b"MTrk":
            tracks.append(_read_events(data[offset + 8 : end]))
        offset = end
    return int.from_bytes(data[12:14], "big"), tracks


def _read_events(track: bytes) -> list[_Event]:
    events: list[_Event] = []
    offset = tick = status = running_status = 0
    while offset < len(track):
        delta, offset = _read_variable_length(track, offset)
        tick += delta
        if track[offset] & 0x80:
            status, offset = track[offset], offset + 1
        if status in (_META, *_SYSEX):
            meta_type = track[offset : offset + 1] if status == _META else b""
            length, start = _read_variable_length(track, offset + len(meta_type))
            offset, content = start + length, track[start : start + length]
            if offset > len(track):
                raise IndexError
            events.append(_Event(tick, status, meta_type + content))
            # The standard ends running status here, but many files continue it, and their meaning is clear.
            status = running_status
        elif status & 0xF0 in DATA_BYTES:
            length = DATA_BYTES[status & 0xF0]
            if offset + length > len(track):
                raise IndexError
            events.append(_Event(tick, status, track[offset : offset + length]))
            offset, running_status = offset + length, status
        elif status >= _FIRST_REAL_TIME:
            # A recorded real-time message, such as clock; it has no data.
            status = running_status
        else:
            raise ValueError(f"the byte {track[offset - 1]:02x} stands where a message should begin")
    return events


def _read_variable_length(track: bytes, offset: int) -> tuple[int, int]:
    """Return a number of seven bits per byte, and the offset of its end; ValueError for more than four bytes."""
    value = 0
    for length in range(1, 5):
        byte = track[offset + length - 1]
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, offset + length
    raise ValueError("a number has more than four bytes")


def _music(tracks: list[list[_Event]], ticks_per_quarter: int) -> MidiMusic:
    parts: list[tuple[Note, ...]] = []
    names: list[str] = []
    channels: list[int] = []
    time_signatures: dict[int, TimeSignatureChange] = {}
    tempos = {0: DEFAULT_BPM}
    key_signatures: dict[int, int] = {}
    for track in tracks:
        notes = _NotePairs()
        name, tick = "", 0
        for event in track:
            tick = round(event.tick * PPQ / ticks_per_quarter)
            kind, data = event.status & 0xF0, event.data
            if kind in (NOTE_ON, NOTE_OFF):
                # Some files have data bytes above 127, but correct notes around them.
                pitch, velocity = min(data[0], 127), min(data[1], 127) if kind == NOTE_ON else 0
                notes.add(tick, event.status & 0x0F, pitch, velocity)
            elif event.status == _META and data[0] == _NAME:
                name = name or _displayed_name(data[1:])
            elif event.status == _META and data[0] == _TEMPO and len(data) == 4 and any(data[1:]):
                tempos[tick] = 60_000_000 / int.from_bytes(data[1:], "big")
            elif event.status == _META and data[0] == _TIME_SIGNATURE and len(data) >= 3 and data[1] and data[2] <= 7:
                time_signatures[tick] = TimeSignatureChange(tick, TimeSignature(data[1], 2 ** data[2]))
            elif event.status == _META and data[0] == _KEY_SIGNATURE and len(data) >= 2:
                sharps = int.from_bytes(data[1:2], "big", signed=True)
                if abs(sharps) <= _MAX_SHARPS:
                    key_signatures[tick] = sharps
        for channel, part in notes.parts(tick):
            parts.append(part)
            names.append(name)
            channels.append(channel + 1)
    return MidiMusic(
        Score(tuple(parts), tuple(time_signatures[tick] for tick in sorted(time_signatures))),
        tuple(names),
        tuple(sorted(tempos.items())),
        tuple(channels),
        tuple(sorted(key_signatures.items())),
    )


def _displayed_name(text: bytes) -> str:
    """Return a name as one printable line of at most 40 characters."""
    printable = "".join(c if c.isprintable() else " " for c in text.decode("utf-8", "replace"))
    return " ".join(printable.split()).rstrip(":")[:40]


class _NotePairs:
    """Pairs note-ons with note-offs; of overlapping notes of one pitch, the earliest ends first."""

    def __init__(self) -> None:
        self._open: defaultdict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        self._notes: defaultdict[int, list[Note]] = defaultdict(list)

    def add(self, tick: int, channel: int, pitch: int, velocity: int) -> None:
        """Add a note-on, or a note-off if the velocity is 0; a note-off without a note-on is ignored."""
        open_notes = self._open[channel, pitch]
        if velocity:
            open_notes.append((tick, velocity))
        elif open_notes:
            start, on_velocity = open_notes.popleft()
            self._notes[channel].append(Note(start, max(1, tick - start), pitch, on_velocity))

    def parts(self, end_tick: int) -> Iterable[tuple[int, tuple[Note, ...]]]:
        """Return each channel, from 0, with its sorted notes; notes without a note-off end at `end_tick`."""
        for (channel, pitch), open_notes in self._open.items():
            for start, velocity in open_notes:
                self._notes[channel].append(Note(start, max(1, end_tick - start), pitch, velocity))
        return [(channel, tuple(sorted(self._notes[channel]))) for channel in sorted(self._notes)]
