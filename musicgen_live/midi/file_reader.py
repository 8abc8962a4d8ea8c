"""Reads any Standard MIDI File as parts of notes, time signatures and tempos. Knows neither pictures nor tokens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from musicgen_live.config.files import read_regular, reason_of
from musicgen_live.errors import TakeError
from musicgen_live.midi.drums import DRUMS_BANKS, DRUMS_CHANNEL, drums_remarks, is_named_drums, is_perhaps_drums
from musicgen_live.midi.file_notes import KeyEvents, notes_of
from musicgen_live.midi.file_tracks import events, split
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.midi.messages import CONTROL_CHANGE
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.music.time_signature import TimeSignature

if TYPE_CHECKING:
    from mido import MetaMessage

Parsed = TypeVar("Parsed")

MOST_BYTES = 8_000_000
"""Larger files are audio or video; the largest MIDI file of the corpora has 600 kB."""
DEFAULT_BPM = 120.0
_MOST_CHANGES = 200_000
"""The most changes of tempo, time signature and key; a recorded performance has some thousands."""
_MOST_NAME_CHARACTERS = 40
_BANK_SELECT = 0


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
    tracks: tuple[int, ...] = ()
    """The number of the track of every part."""
    drums: tuple[bool, ...] = ()
    """True for every part that is on the channel of drums, or whose track names itself drums."""
    remarks: tuple[str, ...] = ()
    """The parts that were left out, each with its reason; text that follows the file's name."""

    @property
    def parts_without_drums(self) -> list[tuple[Note, ...]]:
        """The parts whose pitches are notes."""
        return [part for part, drums in zip(self.score.parts, self.drums, strict=True) if not drums]

    @property
    def drums_remarks(self) -> tuple[str, ...]:
        """A remark that drums are left out, and which, and one on each part that may be drums but is none."""
        parts = list(zip(self.names, self.tracks, self.channels, strict=True))
        left_out = drums_remarks(part for part, drums in zip(parts, self.drums, strict=True) if drums)
        doubtful = {name for name, drums in zip(self.names, self.drums, strict=True) if not drums}
        read = tuple(f"{name} is read as notes, not as drums" for name in sorted(filter(is_perhaps_drums, doubtful)))
        return left_out + read

    @cached_property
    def tempo_map(self) -> TempoMap:
        """The map between the ticks and the seconds of the file."""
        return TempoMap(self.tempos)

    def seconds_at(self, tick: int) -> float:
        """Return the seconds from the beginning to a tick."""
        return self.tempo_map.seconds_at(tick)


def read_midi(path: Path) -> MidiMusic:
    """Read a file of type 0, 1 or 2; TakeError gives the reason if it cannot be read or has no notes."""
    return read_file(path, music_of)


def read_file(path: Path, parse: Callable[[bytes], Parsed]) -> Parsed:
    """Return what `parse` makes of the bytes of a file; its UnreadableError becomes a TakeError with the path."""
    try:
        return parse(read_regular(path, most_bytes=MOST_BYTES))
    except FileNotFoundError as exc:
        raise TakeError(f"there is no file {path}; give the path of a .mid file") from exc
    except OSError as exc:
        raise TakeError(f"{path} cannot be read: {reason_of(exc)}") from exc
    except UnreadableError as exc:
        raise TakeError(f"{path} cannot be read: {exc}") from exc


@dataclass
class FileTrack:
    """The keys, names and changes of tempo, time and key signature of a track, in ticks of the file."""

    number: int
    name: str = ""
    instrument: str = ""
    keys: KeyEvents = field(default_factory=KeyEvents)
    tempos: dict[int, float] = field(default_factory=dict)
    time_signatures: dict[int, TimeSignature] = field(default_factory=dict)
    key_signatures: dict[int, int] = field(default_factory=dict)
    drums_channels: set[int] = field(default_factory=set)
    """The channels, from 0, on which a bank of drum kits is selected."""

    def is_drums(self, channel: int) -> bool:
        """Return True if its notes on a channel, from 0, are drums."""
        is_drums_channel = channel == DRUMS_CHANNEL - 1 or channel in self.drums_channels
        return is_drums_channel or is_named_drums(self.name) or is_named_drums(self.instrument)

    @property
    def has_more_than_drums(self) -> bool:
        """True if it has notes that are no drums."""
        return not all(map(self.is_drums, self.keys.channels))


def music_of(data: bytes) -> MidiMusic:
    """Return the music in the bytes of a MIDI file; UnreadableError gives the reason if there is none."""
    tracks, ticks_per_quarter, remarks = read_tracks(data)
    del data

    def scaled(tick: int) -> int:
        return round(tick * PPQ / ticks_per_quarter)

    parts = notes_of([track.keys for track in tracks], scaled)
    of_part = [tracks[index] for index, _ in parts]
    tempos, time_signatures, key_signatures = {0: DEFAULT_BPM}, {}, {}
    for track in tracks:
        tempos.update({scaled(tick): bpm for tick, bpm in track.tempos.items()})
        time_signatures.update({scaled(tick): signature for tick, signature in track.time_signatures.items()})
        key_signatures.update({scaled(tick): sharps for tick, sharps in track.key_signatures.items()})
    for notes in parts.values():
        notes.sort()
    return MidiMusic(
        Score(
            tuple(map(tuple, parts.values())),
            tuple(TimeSignatureChange(tick, signature) for tick, signature in sorted(time_signatures.items())),
        ),
        tuple(track.name for track in of_part),
        tuple(sorted(tempos.items())),
        tuple(channel + 1 for _, channel in parts),
        tuple(sorted(key_signatures.items())),
        tuple(track.number for track in of_part),
        tuple(track.is_drums(channel) for track, (_, channel) in zip(of_part, parts, strict=True)),
        remarks,
    )


def read_tracks(data: bytes) -> tuple[list[FileTrack], int, tuple[str, ...]]:
    """Return the tracks of a MIDI file, its ticks per quarter, and remarks; UnreadableError if none has notes.

    A track that is cut off is read up to there; one with other damage is left out. Of the separate songs of a file of
    type 2, the first one with notes is read, or with drums if there is none.
    """
    file = split(data)
    tracks: list[FileTrack] = []
    reasons: list[str] = []
    remarks: dict[int, str] = {}
    for number, chunk in enumerate(file.chunks, 1):
        track = FileTrack(number)
        try:
            _read_track(track, chunk, is_for_mido=file.are_for_mido)
        except IndexError:
            reasons.append("it ends too early")
            remarks[number] = f"track {number} ends too early, and is read up to there"
        except ValueError as exc:
            reasons.append(str(exc))
            remarks[number] = f"track {number} is damaged ({exc}) and left out"
            continue
        tracks.append(track)
    said = list(remarks.values())
    if file.are_songs and len(file.chunks) > 1:
        with_keys = [track for track in tracks if track.keys.channels]
        tracks = sorted(with_keys, key=lambda track: not track.has_more_than_drums)[:1]
        said = [f"it holds {len(file.chunks)} songs (MIDI format 2); song {track.number} is read" for track in tracks]
        said += [remarks[track.number] for track in tracks if track.number in remarks]
    elif len(said) > 1:
        said = [f"{len(said)} of {len(file.chunks)} tracks are damaged; the first: {said[0]}"]
    if len(file.chunks) < file.announced:
        said.append(f"only {len(file.chunks)} of its {file.announced:,} tracks are found")
    if not any(track.keys.channels for track in tracks):
        if reasons:
            raise UnreadableError(f"a damaged MIDI file ({reasons[0]}); open it in a DAW and save it anew")
        raise UnreadableError("no notes in it")
    return tracks, file.ticks_per_quarter, tuple(said)


def _read_track(track: FileTrack, chunk: memoryview, *, is_for_mido: bool) -> None:
    """Add what is in a chunk to a track; IndexError or ValueError as from `events`."""
    for tick, event in events(chunk, is_for_mido=is_for_mido):
        track.keys.end_tick = tick
        if isinstance(event, bytes):
            track.keys.add(tick, event)
            if event[0] & 0xF0 == CONTROL_CHANGE and event[1] == _BANK_SELECT and event[2] in DRUMS_BANKS:
                track.drums_channels.add(event[0] & 0x0F)
        else:
            _add_meta(track, tick, event)


def _add_meta(track: FileTrack, tick: int, message: MetaMessage) -> None:
    if message.type == "track_name":
        track.name = track.name or _displayed_name(message.name)
    elif message.type == "instrument_name":
        track.instrument = track.instrument or _displayed_name(message.name)
    elif message.type == "set_tempo" and message.tempo:
        track.tempos[tick] = 60_000_000 / message.tempo
    elif message.type == "time_signature" and message.numerator and message.denominator <= 128:
        track.time_signatures[tick] = TimeSignature(message.numerator, message.denominator)
    elif message.type == "key_signature":
        track.key_signatures[tick] = _sharps(message.key)
    if len(track.tempos) + len(track.time_signatures) + len(track.key_signatures) > _MOST_CHANGES:
        raise ValueError(f"it changes tempo, time signature or key more than {_MOST_CHANGES:,} times")


def _sharps(key: str) -> int:
    """Return the sharps of a key such as `F#m`, -7 to 7, flats below 0."""
    return "FCGDAEB".index(key[0]) - 1 + 7 * (key.count("#") - key.count("b")) - 3 * key.endswith("m")


def _displayed_name(text: str) -> str:
    """Return a name, which mido takes for Latin-1, as one printable line of at most 40 characters."""
    start = text[: 10 * _MOST_NAME_CHARACTERS]
    # It may be Latin-1 indeed.
    with suppress(UnicodeDecodeError):
        start = start.encode("latin1").decode("utf-8")
    printable = "".join(c if c.isprintable() else " " for c in start)
    return " ".join(printable.split()).rstrip(":")[:_MOST_NAME_CHARACTERS]
