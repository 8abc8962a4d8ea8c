"""Rewrites a MIDI file as our reader understands it, before music21 parses it: notes and time signatures alone.

So the rules for a key struck again, the pedal, drums, damaged tracks and separate songs are those of `--prompt-midi`
and `show`. music21 itself has no pedal, takes a key struck twice for two notes that end together, and refuses the whole
file for one bad event. It also takes half the time for a file without tempos, controllers and pitch bends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musicgen_live.midi.drums import drums_remarks
from musicgen_live.midi.file_notes import notes_of
from musicgen_live.midi.file_reader import read_tracks
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.midi.file_writer import Track, midi_file, time_signature_event
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class Rewritten:
    """A MIDI file of type 1; its first track has the time signatures, the others notes."""

    data: bytes
    remarks: tuple[str, ...]
    """The parts that were not read and why, in words that follow the file's name."""


def rewritten(data: bytes, *, has_pedal: bool = True) -> Rewritten:
    """Return a file with the music of `data` in its own ticks.

    Without a pedal, notes end when their keys come up. UnreadableError as from `read_tracks`, and for drums alone.
    """
    tracks, ticks_per_quarter, remarks = read_tracks(data)
    parts = notes_of([track.keys for track in tracks], lambda tick: tick, has_pedal=has_pedal)
    time_signatures = {tick: signature for track in tracks for tick, signature in track.time_signatures.items()}
    conductor = Track()
    for tick, time_signature in sorted(time_signatures.items()):
        conductor.add(tick, time_signature_event(time_signature))
    written, drums = [], []
    for index, track in enumerate(tracks):
        of_track = [channel for number, channel in parts if number == index]
        drums += [(track.name, track.number, channel + 1) for channel in of_track if track.is_drums(channel)]
        if channels := [channel for channel in of_track if not track.is_drums(channel)]:
            written.append(_chunk([(channel, parts[index, channel]) for channel in channels]))
    if not written:
        raise UnreadableError("only drums in it")
    return Rewritten(midi_file([conductor.chunk(0), *written], ticks_per_quarter), (*remarks, *drums_remarks(drums)))


def _chunk(parts: Sequence[tuple[int, Sequence[Note]]]) -> bytes:
    """Return a track with the notes of some channels; at each tick releases come first, then strikes as in the file."""
    events = [event for channel, notes in parts for note in notes for event in _events(note, channel)]
    track = Track()
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.add(tick, message)
    return track.chunk(0)


def _events(note: Note, channel: int) -> tuple[tuple[int, bool, bytes], tuple[int, bool, bytes]]:
    on = bytes((NOTE_ON | channel, note.pitch, note.velocity))
    off = bytes((NOTE_OFF | channel, note.pitch, 0))
    return (note.start_tick, True, on), (note.end_tick, False, off)
