"""Reads the notes of a MIDI file with mido, in ticks of 480 per quarter: an independent and fast second opinion."""

from __future__ import annotations

from collections import defaultdict, deque
from pathlib import Path

import mido

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature


def mido_score(path: Path) -> Score:
    """Return one part with all notes but drums; equal pitches that overlap end in the order in which they began."""
    file = mido.MidiFile(path)
    notes: list[Note] = []
    time_signatures: dict[int, TimeSignatureChange] = {}
    for track in file.tracks:
        tick = 0
        sounding: defaultdict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        for message in track:
            tick += message.time
            at = round(tick * PPQ / file.ticks_per_beat)
            if message.type == "time_signature":
                time_signatures[at] = TimeSignatureChange(at, TimeSignature(message.numerator, message.denominator))
            elif message.type == "note_on" and message.velocity and message.channel != 9:
                sounding[message.channel, message.note].append((at, message.velocity))
            elif message.type in {"note_on", "note_off"} and sounding[message.channel, message.note]:
                start, velocity = sounding[message.channel, message.note].popleft()
                notes.append(Note(start, max(1, at - start), message.note, velocity))
    return Score(
        (tuple(sorted(notes)),),
        tuple(time_signatures[tick] for tick in sorted(time_signatures)),
        max((note.end_tick for note in notes), default=0),
    )
