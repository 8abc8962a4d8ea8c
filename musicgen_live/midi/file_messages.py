"""Reads a Standard MIDI File as the channel messages of all its tracks, with their seconds: what a synthesizer gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.midi.file_reader import DEFAULT_BPM, read_file
from musicgen_live.midi.file_tracks import ALL_KINDS, events, split
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.midi.messages import is_note, is_note_on
from musicgen_live.music.notes import PPQ
from musicgen_live.music.tempo_map import TempoMap


@dataclass(frozen=True)
class TimedMessages:
    """Channel messages as `(seconds, message)`, seconds rising, and the second at which the last note ends."""

    messages: tuple[tuple[float, bytes], ...]
    end_s: float


@dataclass(frozen=True)
class _Track:
    messages: list[tuple[float, bytes]]
    """In quarter notes."""
    tempos: dict[int, float]
    """By ticks of `PPQ`."""
    end: float


def read_messages(path: Path) -> TimedMessages:
    """Read a file of type 0, 1 or 2; TakeError gives the reason if it cannot be read or has no notes."""
    return read_file(path, messages_of)


def messages_of(data: bytes) -> TimedMessages:
    """Return the messages in the bytes of a MIDI file; UnreadableError gives the reason if there are none.

    A track with damage is read up to there. Of the separate songs of a file of type 2, the first one with notes is
    read. Messages of one tick keep the order of their tracks.
    """
    file = split(data)
    tracks = [_read(chunk, file.ticks_per_quarter, is_for_mido=file.are_for_mido) for chunk in file.chunks]
    if file.are_songs:
        tracks = [track for track in tracks if _has_notes(track)][:1]
    if not any(map(_has_notes, tracks)):
        raise UnreadableError("no notes in it")
    tempos: dict[int, float] = {0: DEFAULT_BPM}
    for track in tracks:
        tempos.update(track.tempos)
    seconds_at = TempoMap(tuple(sorted(tempos.items()))).seconds_at
    merged = sorted((each for track in tracks for each in track.messages), key=lambda each: each[0])
    timed = tuple((seconds_at(quarters * PPQ), message) for quarters, message in merged)
    # What lacks a note-off ends with the last track; else what follows the last message is the rest of a bar.
    end = max(track.end for track in tracks) if _hangs(merged) else merged[-1][0]
    return TimedMessages(timed, seconds_at(end * PPQ))


def _hangs(messages: Sequence[tuple[float, bytes]]) -> bool:
    """Return True if a note sounds behind the last of the messages."""
    sounding: set[tuple[int, int]] = set()
    for _, message in messages:
        if is_note(message):
            (sounding.add if is_note_on(message) else sounding.discard)((message[0] & 0x0F, message[1]))
    return bool(sounding)


def _has_notes(track: _Track) -> bool:
    return any(is_note_on(message) for _, message in track.messages)


def _read(chunk: memoryview, ticks_per_quarter: int, *, is_for_mido: bool) -> _Track:
    messages: list[tuple[float, bytes]] = []
    tempos: dict[int, float] = {}
    end = 0.0
    try:
        for tick, event in events(chunk, is_for_mido=is_for_mido, kinds=ALL_KINDS):
            end = tick / ticks_per_quarter
            if isinstance(event, bytes):
                messages.append((end, event))
            elif event.type == "set_tempo" and event.tempo:
                tempos[round(end * PPQ)] = 60_000_000 / event.tempo
    except (IndexError, ValueError):
        # `read_midi`, which draws and continues files, says what is damaged; here what is whole is heard.
        return _Track(messages, tempos, end)
    return _Track(messages, tempos, end)
