"""Writes MIDI files for tests with mido, which is independent of the reader under test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mido

from musicgen_live.music.notes import PPQ, Note

Track = Sequence[Note]


def write_midi(
    path: Path,
    tracks: Sequence[Track],
    *,
    time_signatures: Sequence[tuple[int, int, int]] = (),
    tempos: Sequence[tuple[int, float]] = (),
    channels: Sequence[int] = (),
) -> Path:
    """Write a file of type 1.

    `time_signatures` are (tick, numerator, denominator), `tempos` (tick, BPM), `channels` one per track, from 1.
    """
    signs = [(tick, mido.MetaMessage("time_signature", numerator=n, denominator=d)) for tick, n, d in time_signatures]
    signs += [(tick, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))) for tick, bpm in tempos]
    file = mido.MidiFile(ticks_per_beat=PPQ)
    file.tracks.append(_in_order(signs))
    for track, channel in zip(tracks, channels or [1] * len(tracks), strict=True):
        events = []
        for note in track:
            key = {"note": note.pitch, "channel": channel - 1}
            events.append((note.start_tick, mido.Message("note_on", velocity=note.velocity, **key)))
            events.append((note.end_tick, mido.Message("note_off", **key)))
        file.tracks.append(_in_order(events))
    file.save(path)
    return path


def _in_order(events: Sequence[tuple[int, mido.Message | mido.MetaMessage]]) -> mido.MidiTrack:
    """Return a track with releases before note-ons at each tick."""
    track, at_tick = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        track.append(message.copy(time=tick - at_tick))
        at_tick = tick
    return track
