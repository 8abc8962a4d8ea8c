"""Reads a rewritten MIDI file with music21 into a score: notes in ticks, two hands, time signatures.

music21 parses the file, but this module does not use its streams: for those music21 quantises onsets to 4 and 3 per
quarter, merges notes less than a sixteenth apart into chords, and splits notes at bar lines. The notes here keep the
ticks of the file and are never split.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from musicgen_live.encodings import bars
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

from .barlines import with_upbeat

LONGEST_SILENCE_TICKS = 100 * COMMON_TIME.bar_ticks
"""Files with a longer rest, 100 bars of 4/4, are refused as training music."""


def bar_tokens(data: bytes, *, hands: bool = False) -> list[str]:
    """Return the tokens of a rewritten file in bars, with detected upbeats; UnreadableError as from `read_score`."""
    return bars.encode(with_upbeat(read_score(data)), hands=hands)


def read_score(data: bytes) -> Score:
    """Return the score of a MIDI file from `rewriting.rewritten`, right hand first.

    `bars.hands_of` chooses the hands, and the velocity of a score without dynamics. UnreadableError if it is silent for
    too long.
    """
    from music21.midi import MetaEvents, MidiFile
    from music21.midi.translate import getNotesFromEvents, getTimeForEvents

    midi = MidiFile()
    midi.readstr(data)
    to_ticks = PPQ / midi.ticksPerQuarterNote
    tracks: defaultdict[tuple[int, int], list[Note]] = defaultdict(list)
    changes: dict[int, TimeSignatureChange] = {}
    for number, track in enumerate(midi.tracks):
        timed = getTimeForEvents(track)
        for on, off, event in getNotesFromEvents(timed):
            start = round(on * to_ticks)
            note = Note(start, max(1, round(off * to_ticks) - start), event.pitch, event.velocity)
            tracks[number, event.channel].append(note)
        for time, event in timed:
            if event.type == MetaEvents.TIME_SIGNATURE:
                tick, (beats, unit_exponent) = round(time * to_ticks), event.data[:2]
                changes[tick] = TimeSignatureChange(tick, TimeSignature(beats, 2**unit_exponent))
    parts = bars.hands_of(list(tracks.values()))
    end_tick = max(note.end_tick for part in parts for note in part)
    _refuse_silence(parts, end_tick)
    return Score(parts, tuple(changes[tick] for tick in sorted(changes)), end_tick)


def _refuse_silence(parts: tuple[tuple[Note, ...], ...], end_tick: int) -> None:
    onsets = sorted(note.start_tick for part in parts for note in part)
    longest = max(b - a for a, b in pairwise([0, *onsets, end_tick]))
    if longest > LONGEST_SILENCE_TICKS:
        raise UnreadableError(f"nothing begins for {longest / PPQ:,.0f} quarters in it")
