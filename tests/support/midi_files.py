"""Writes MIDI files for tests, event by event."""

import io
from collections.abc import Iterable
from pathlib import Path

import mido

ODD = Path(__file__).parents[1] / "data" / "odd-midi"
QUARTER = 480


def midi(*tracks: Iterable[mido.Message | mido.MetaMessage]) -> bytes:
    """Return a format 1 file of 480 ticks per quarter; a message's time is its delta in ticks."""
    file = mido.MidiFile(ticks_per_beat=QUARTER)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def chord(*pitches: int, ticks: int = QUARTER, channel: int = 0, after: int = 0) -> list[mido.Message]:
    """Return a chord, or a note, that begins after `after` ticks and is released `ticks` later."""
    on = [mido.Message("note_on", note=p, velocity=80, channel=channel, time=0) for p in pitches]
    off = [mido.Message("note_off", note=p, velocity=0, channel=channel, time=0) for p in pitches]
    on[0].time, off[0].time = after, ticks
    return on + off


def notes(*pitches: int, ticks: int = QUARTER, channel: int = 0) -> list[mido.Message]:
    """Return one note after the other, each `ticks` long."""
    return [message for pitch in pitches for message in chord(pitch, ticks=ticks, channel=channel)]


def tune(seed: int, length: int = 8) -> bytes:
    """Return a file of `length` notes that depend on the seed."""
    return midi(notes(*(60 + (seed * 7 + i * (seed + 3)) % 25 for i in range(length)), ticks=QUARTER // 2))
