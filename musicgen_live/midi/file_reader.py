"""Reads any Standard MIDI File into parts of notes, time signatures and tempos; knows nothing of pictures or tokens."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.messages import DATA_BYTES, NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

DEFAULT_BPM = 120.0
_HEADER = b"MThd"
_META, _SYSEX, _FIRST_REAL_TIME = 0xFF, (0xF0, 0xF7), 0xF8
_NAME, _TEMPO, _TIME_SIGNATURE, _SIGNATURE = 0x03, 0x51, 0x58, 0x59
_MOST_SHARPS = 7
_LARGEST_BYTES = 32 << 20
"""Larger files are samples, films or worse; the largest MIDI file of the corpora has 600 kB."""


@dataclass(frozen=True)
class MidiMusic:
    """What a file holds, times in ticks of 480 a quarter.

    `names` has a name for every part of the score, perhaps empty: a part is what one track plays on one channel.
    `tempos` are ticks, rising, with the quarters a minute from there on; the first is at tick 0.
    """

    score: Score
    names: tuple[str, ...]
    tempos: tuple[tuple[int, float], ...]
    channels: tuple[int, ...] = ()
    """The channel of every part, 1 to 16."""
    signatures: tuple[tuple[int, int], ...] = ()
    """Key signatures: ticks, rising, with the number of sharps from there on, below 0 of flats, -7 to 7."""

    def seconds_at(self, tick: int) -> float:
        """The time from the beginning to a tick."""
        before = [(since, bpm) for since, bpm in self.tempos if since < tick]
        ends = [*(since for since, _ in before[1:]), tick]
        return sum((end - since) / PPQ * 60 / bpm for end, (since, bpm) in zip(ends, before, strict=False))


def read_midi(path: Path) -> MidiMusic:
    """Read a file of type 0, 1 or 2; TakeError says what is wrong with one that cannot be read or has no notes."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise TakeError(f"{path} is larger than {_LARGEST_BYTES >> 20} MB: it is no MIDI file of a piece of music")
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise TakeError(f"there is no file {path}; give the path of a .mid file") from exc
    except OSError as exc:
        raise TakeError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    # An RMID file is a MIDI file in a wrapping.
    at = data.find(_HEADER, 0, 64) if data.startswith(b"RIFF") else 0
    if at < 0 or data[at : at + 4] != _HEADER:
        raise TakeError(f"{path} is not a MIDI file: it does not begin with {_HEADER.decode()}; give the path of one")
    try:
        ticks_a_quarter, tracks = _tracks(data[at:])
    except (IndexError, ValueError) as exc:
        reason = "it ends too early" if isinstance(exc, IndexError) else exc
        raise TakeError(f"{path} is a damaged MIDI file ({reason}); open it in a DAW and save it anew") from exc
    if ticks_a_quarter == 0:
        raise TakeError(
            f"{path} is a damaged MIDI file (a beat lasts no time in it); open it in a DAW and save it anew"
        )
    if ticks_a_quarter >= 0x8000:
        raise TakeError(f"{path} counts time in film frames, not in beats, so it has no bars; choose another file")
    music = _music(tracks, ticks_a_quarter)
    if not music.score.parts:
        raise TakeError(f"{path} has no notes in it; choose a .mid file that has some")
    return music


@dataclass(frozen=True, slots=True)
class _Event:
    """A message of a track: its status (0xFF for a meta event), its data (of a meta event, its kind first)."""

    tick: int
    status: int
    data: bytes


def _tracks(data: bytes) -> tuple[int, list[list[_Event]]]:
    """Ticks a quarter and the events of every track; IndexError where a file ends too early, ValueError on nonsense."""
    at = 8 + int.from_bytes(data[4:8], "big")
    if at < 14 or len(data) < at:
        raise IndexError
    tracks = []
    while at + 8 <= len(data):
        if not data[at : at + 4].isalnum():
            break
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        if end > len(data):
            raise IndexError
        # Chunks of other kinds may stand between the tracks; what is no chunk is no music either.
        if data[at : at + 4] == b"MTrk":
            tracks.append(_events(data[at + 8 : end]))
        at = end
    return int.from_bytes(data[12:14], "big"), tracks


def _events(track: bytes) -> list[_Event]:
    events: list[_Event] = []
    at = tick = status = running = 0
    while at < len(track):
        delta, at = _variable_length(track, at)
        tick += delta
        if track[at] & 0x80:
            status, at = track[at], at + 1
        if status in (_META, *_SYSEX):
            kind = track[at : at + 1] if status == _META else b""
            length, start = _variable_length(track, at + len(kind))
            at, content = start + length, track[start : start + length]
            if at > len(track):
                raise IndexError
            events.append(_Event(tick, status, kind + content))
            # By the book running status ends here; files that go on with it are many, and plain.
            status = running
        elif status & 0xF0 in DATA_BYTES:
            length = DATA_BYTES[status & 0xF0]
            if at + length > len(track):
                raise IndexError
            events.append(_Event(tick, status, track[at : at + length]))
            at, running = at + length, status
        elif status >= _FIRST_REAL_TIME:
            # A clock or so that was recorded along; it has no data.
            status = running
        else:
            raise ValueError(f"the byte {track[at - 1]:02x} stands where a message should begin")
    return events


def _variable_length(track: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends; ValueError if it has more than the four bytes allowed."""
    value = 0
    for length in range(1, 5):
        byte = track[at + length - 1]
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, at + length
    raise ValueError("a number has more than four bytes")


def _music(tracks: list[list[_Event]], ticks_a_quarter: int) -> MidiMusic:
    parts: list[tuple[Note, ...]] = []
    names: list[str] = []
    channels: list[int] = []
    time_signatures: dict[int, TimeSignatureChange] = {}
    tempos = {0: DEFAULT_BPM}
    signatures: dict[int, int] = {}
    for track in tracks:
        notes = _Notes()
        name, tick = "", 0
        for event in track:
            tick = round(event.tick * PPQ / ticks_a_quarter)
            kind, data = event.status & 0xF0, event.data
            if kind in (NOTE_ON, NOTE_OFF):
                # Some files have data bytes above 127; the notes around them are good.
                pitch, velocity = min(data[0], 127), min(data[1], 127) if kind == NOTE_ON else 0
                notes.add(tick, event.status & 0x0F, pitch, velocity)
            elif event.status == _META and data[0] == _NAME:
                name = name or _as_line(data[1:])
            elif event.status == _META and data[0] == _TEMPO and len(data) == 4 and any(data[1:]):
                tempos[tick] = 60_000_000 / int.from_bytes(data[1:], "big")
            elif event.status == _META and data[0] == _TIME_SIGNATURE and len(data) >= 3 and data[1] and data[2] <= 7:
                time_signatures[tick] = TimeSignatureChange(tick, TimeSignature(data[1], 2 ** data[2]))
            elif event.status == _META and data[0] == _SIGNATURE and len(data) >= 2:
                sharps = int.from_bytes(data[1:2], "big", signed=True)
                if abs(sharps) <= _MOST_SHARPS:
                    signatures[tick] = sharps
        for channel, part in notes.parts(tick):
            parts.append(part)
            names.append(name)
            channels.append(channel + 1)
    rising = sorted(time_signatures)
    return MidiMusic(
        Score(tuple(parts), tuple(time_signatures[tick] for tick in rising)),
        tuple(names),
        tuple(sorted(tempos.items())),
        tuple(channels),
        tuple(sorted(signatures.items())),
    )


def _as_line(text: bytes) -> str:
    """A name as one line that can be shown, of at most 40 characters."""
    shown = "".join(c if c.isprintable() else " " for c in text.decode("utf-8", "replace"))
    return " ".join(shown.split()).rstrip(":")[:40]


class _Notes:
    """Note-ons waiting for their note-offs, the first first where equal pitches overlap."""

    def __init__(self) -> None:
        self._sounding: defaultdict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        self._done: defaultdict[int, list[Note]] = defaultdict(list)

    def add(self, tick: int, channel: int, pitch: int, velocity: int) -> None:
        """A note-on, or a note-off where the velocity is 0; one that ends nothing is passed over."""
        waiting = self._sounding[channel, pitch]
        if velocity:
            waiting.append((tick, velocity))
        elif waiting:
            start, struck = waiting.popleft()
            self._done[channel].append(Note(start, max(1, tick - start), pitch, struck))

    def parts(self, end_tick: int) -> Iterable[tuple[int, tuple[Note, ...]]]:
        """Each channel, from 0, and its notes, sorted; those that are never released end at `end_tick`."""
        for (channel, pitch), waiting in self._sounding.items():
            for start, velocity in waiting:
                self._done[channel].append(Note(start, max(1, end_tick - start), pitch, velocity))
        return [(channel, tuple(sorted(self._done[channel]))) for channel in sorted(self._done)]
