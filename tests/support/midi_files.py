"""MIDI files for tests, made event by event."""

import io
from collections.abc import Iterable
from pathlib import Path

import mido

ODD = Path(__file__).parents[1] / "data" / "odd-midi"
QUARTER = 480


def midi(*tracks: Iterable[mido.Message | mido.MetaMessage]) -> bytes:
    """A format 1 file of 480 ticks a quarter; a message's time is its delta in ticks."""
    file = mido.MidiFile(ticks_per_beat=QUARTER)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def chord(*pitches: int, ticks: int = QUARTER, channel: int = 0, after: int = 0) -> list[mido.Message]:
    """Pitches struck together `after` ticks and released together `ticks` later; one pitch is a note."""
    on = [mido.Message("note_on", note=p, velocity=80, channel=channel, time=0) for p in pitches]
    off = [mido.Message("note_off", note=p, velocity=0, channel=channel, time=0) for p in pitches]
    on[0].time, off[0].time = after, ticks
    return on + off


def notes(*pitches: int, ticks: int = QUARTER, channel: int = 0) -> list[mido.Message]:
    """One note after the other, each `ticks` long."""
    return [message for pitch in pitches for message in chord(pitch, ticks=ticks, channel=channel)]


def tune(seed: int, length: int = 8) -> bytes:
    """A file of `length` notes that differ from one seed to the next."""
    return midi(notes(*(60 + (seed * 7 + i * (seed + 3)) % 25 for i in range(length)), ticks=QUARTER // 2))
