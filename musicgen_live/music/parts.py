"""Splits music into melody, bass and chords: the top line, the lowest line, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from musicgen_live.music.notes import PPQ, Note

MELODY, BASS, CHORDS = "melody", "bass", "chords"

PARTS = (MELODY, BASS, CHORDS)
"""The parts that music is split into."""

ONSET_TICKS = PPQ // 10
"""Notes that begin within this time belong to one onset: humanized chords are spread that far."""

HELD_TICKS = PPQ // 8
"""A note that sounds on for no longer than this at the next onset was played legato, and is not held over it."""

MEMORY_TICKS = 4 * PPQ
"""A line that has rested for longer has lost its place, and begins anew wherever the top or the lowest note is."""

CONTEXT_TICKS = 16 * PPQ + MEMORY_TICKS
"""Earlier notes have no effect, unless one is longer than 16 quarters."""

CHORD_TICKS = 2 * PPQ
"""The notes of the chords within this time are the chord that a line is compared with, so that it may be broken."""

REST_SEMITONES = 9
"""The leap at which a line rests rather than leap into the chords. With 6, 2 in 100 notes of the melody fewer come from
another voice than the first violin of a string quartet, and 4 in 100 notes of the violin more are missed."""


def split_parts(notes: Iterable[Note], before: Iterable[Note] = ()) -> tuple[Note, ...]:
    """Return notes, in their order, each with its part; `before` are the notes that precede them, with theirs.

    The rule keeps to the top and the lowest note of each onset ("skyline": Uitdenbogerd and Zobel 1999, "Melodic
    matching techniques for large music databases"), and adds the continuity of voices: a note below a held melody note
    is not melody, and one that is nearer to the chords than to the line, by more than `REST_SEMITONES`, belongs to
    them, while the line rests. The bass mirrors it. It reads nothing but the notes so far, so the parts of a bar stay
    as they are whatever follows.
    """
    notes = tuple(notes)
    memory = _Memory.of(before)
    parts: dict[int, str] = {}
    for onset in _onsets(enumerate(notes)):
        parts.update(memory.split(onset))
    return tuple(replace(note, part=parts[number]) for number, note in enumerate(notes))


_Numbered = tuple[int, Note]
"""A note and its place among those that are split."""


def _onsets(notes: Iterable[_Numbered]) -> Iterator[list[_Numbered]]:
    """Yield the notes of each onset, lowest first."""
    onset: list[_Numbered] = []
    for number, note in sorted(notes, key=lambda each: each[1]):
        if onset and note.start_tick - onset[0][1].start_tick > ONSET_TICKS:
            yield sorted(onset, key=_pitch)
            onset = []
        onset.append((number, note))
    if onset:
        yield sorted(onset, key=_pitch)


def _pitch(numbered: _Numbered) -> int:
    return numbered[1].pitch


@dataclass
class _Memory:
    """The latest note of each line, and the latest chord; None for one that has rested too long."""

    melody: Note | None = None
    bass: Note | None = None
    chord: tuple[Note, ...] = ()
    """The latest notes of the chords: those that began within `CHORD_TICKS`."""

    @classmethod
    def of(cls, notes: Iterable[Note]) -> _Memory:
        """Return the memory after notes that are split already."""
        memory = cls()
        for onset in _onsets(enumerate(notes)):
            for _, note in onset:
                if note.part == MELODY:
                    memory.melody = note
                elif note.part == BASS:
                    memory.bass = note
            memory._add_chord([note for _, note in onset if note.part == CHORDS])
        return memory

    def split(self, onset: list[_Numbered]) -> dict[int, str]:
        """Return the part of each note of an onset, by its number."""
        self._forget(min(note.start_tick for _, note in onset))
        rest, found = list(onset), dict.fromkeys((number for number, _ in onset), CHORDS)
        if self._is_melody([note for _, note in rest]):
            number, self.melody = rest.pop()
            found[number] = MELODY
        if rest and self._is_bass([note for _, note in rest]):
            number, self.bass = rest.pop(0)
            found[number] = BASS
        self._add_chord([note for _, note in rest])
        return found

    def _add_chord(self, notes: list[Note]) -> None:
        if notes:
            from_tick = notes[0].start_tick - CHORD_TICKS
            self.chord = (*(note for note in self.chord if note.start_tick >= from_tick), *notes)

    def _forget(self, tick: int) -> None:
        """Forget what has rested for too long at a tick."""
        from_tick = tick - MEMORY_TICKS
        self.melody = self.melody if self.melody and self.melody.end_tick >= from_tick else None
        self.bass = self.bass if self.bass and self.bass.end_tick >= from_tick else None
        self.chord = self.chord if any(note.end_tick >= from_tick for note in self.chord) else ()

    def _is_melody(self, notes: list[Note]) -> bool:
        """Return True if the top note of an onset belongs to the melody."""
        note = notes[-1]
        if self.melody is None:
            # A lone note near the bass continues the bass.
            return not (len(notes) == 1 and self.bass and note.pitch - self.bass.pitch < REST_SEMITONES)
        if note.pitch >= self.melody.pitch:
            return True
        if _is_held(self.melody, note.start_tick):
            return False
        others = [*self.chord, *notes[:-1], *([self.bass] if self.bass else [])]
        distance = min((abs(note.pitch - other.pitch) for other in others), default=0)
        return self.melody.pitch - note.pitch <= REST_SEMITONES + distance

    def _is_bass(self, notes: list[Note]) -> bool:
        """Return True if the lowest of the notes below the melody belongs to the bass."""
        note = notes[0]
        if self.bass is None:
            # A lone note close below the melody is its second voice.
            is_near = self.melody is not None and self.melody.pitch - note.pitch < REST_SEMITONES
            return len(notes) > 1 or not is_near or note.pitch < _MIDDLE_C
        if note.pitch <= self.bass.pitch:
            return True
        if _is_held(self.bass, note.start_tick):
            return False
        others = [*self.chord, *notes[1:]]
        distance = min((abs(note.pitch - other.pitch) for other in others), default=0)
        return note.pitch - self.bass.pitch <= REST_SEMITONES + distance


_MIDDLE_C = 60


def _is_held(note: Note, tick: int) -> bool:
    return note.end_tick - tick > HELD_TICKS
