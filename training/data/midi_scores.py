"""Reads the bytes of a MIDI file with music21 into a score: notes in ticks, two hands, time signatures.

music21 reads the file, but its notation is not asked for: to make streams, it moves onsets to a grid of 4 and 3 a
quarter, takes notes that begin less than a sixteenth apart for chords, and splits notes at bar lines. The notes here
lie where the file has them, and none is in pieces that would have to be tied again.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from musicgen_live.encodings import bars
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from training.data.barlines import with_upbeat
from training.data.file_type import UnreadableError, midi_bytes
from training.data.strip import strip

DRUMS_CHANNEL = 10
LONGEST_SILENCE_TICKS = 100 * 4 * PPQ
"""Music that rests for longer than 100 bars of 4/4 is no piece to learn from."""


def bar_tokens(data: bytes, *, hands: bool = False) -> list[str]:
    """The tokens of a MIDI file from its first bar to its end, upbeats found; UnreadableError as from `read_score`."""
    return bars.encode(with_upbeat(read_score(data)), hands=hands)


def read_score(data: bytes) -> Score:
    """The score of a MIDI file, right hand first; drums are left out.

    Which hand that is, and the velocity of a score without dynamics: see `bars.hands_of`.
    UnreadableError, or whatever music21 raises, if there is nothing to read.
    """
    from music21.midi import MetaEvents, MidiFile
    from music21.midi.translate import getNotesFromEvents, getTimeForEvents

    midi = MidiFile()
    midi.readstr(strip(midi_bytes(data)))
    to_ticks = PPQ / midi.ticksPerQuarterNote
    tracks: defaultdict[tuple[int, int], list[Note]] = defaultdict(list)
    changes: dict[int, TimeSignatureChange] = {}
    drums = False
    for number, track in enumerate(midi.tracks):
        timed = getTimeForEvents(track)
        for on, off, event in getNotesFromEvents(timed):
            drums = drums or event.channel == DRUMS_CHANNEL
            if event.channel != DRUMS_CHANNEL:
                start = round(on * to_ticks)
                note = Note(start, max(1, round(off * to_ticks) - start), event.pitch, event.velocity)
                tracks[number, event.channel].append(note)
        for time, event in timed:
            if event.type == MetaEvents.TIME_SIGNATURE and (change := _change(round(time * to_ticks), event.data)):
                changes[change.start_tick] = change
    if not tracks:
        raise UnreadableError("only drums in it" if drums else "no notes in it")
    parts = bars.hands_of(list(tracks.values()))
    end_tick = max(note.end_tick for part in parts for note in part)
    _refuse_silence(parts, end_tick)
    return Score(parts, tuple(changes[tick] for tick in sorted(changes)), end_tick)


def _change(tick: int, data: bytes) -> TimeSignatureChange | None:
    """Return the time signature of an event's data; None for one that cannot be, which is ignored."""
    try:
        return TimeSignatureChange(tick, TimeSignature(data[0], 2 ** data[1]))
    except (ValueError, IndexError):
        return None


def _refuse_silence(parts: tuple[tuple[Note, ...], ...], end_tick: int) -> None:
    onsets = sorted(note.start_tick for part in parts for note in part)
    longest = max(b - a for a, b in pairwise([0, *onsets, end_tick]))
    if longest > LONGEST_SILENCE_TICKS:
        raise UnreadableError(f"nothing begins for {longest / PPQ:,.0f} quarters in it")
