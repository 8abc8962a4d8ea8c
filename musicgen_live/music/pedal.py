"""The sustain pedal of a pianist: up at each change of harmony, and down again right behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.parts import MELODY, split_parts

DELAY_TICKS = PPQ // 8
"""The pedal goes down a thirty-second after the harmony has changed, when the keys before have been released: 60 ms at
120 quarters per minute."""

LEAST_TICKS = PPQ // 4
"""A shorter press is left out."""

STEPS = frozenset({1, 2, 10, 11})
"""Distances of pitch classes by which a note is no part of the chord that the pedal holds, but next to a note of it."""


@dataclass(frozen=True, slots=True)
class PedalPress:
    """The sustain pedal goes down at `start_tick` and up after `duration_ticks`."""

    start_tick: int
    duration_ticks: int

    @property
    def end_tick(self) -> int:
        """The tick at which the pedal goes up."""
        return self.start_tick + self.duration_ticks


def pedal_presses(notes: Iterable[Note], from_tick: int, until_tick: int, beat_ticks: int) -> tuple[PedalPress, ...]:
    """Return the presses for the notes of a bar, or of a part of one, whose beats count from `from_tick`.

    The pedal goes up at the bar line, so that a press depends on no other bar, and on each beat where the harmony
    changes: where a note below the melody is a semitone or a whole tone, in any octave, from one that is held.
    """
    changes = _changes(notes, from_tick, beat_ticks)
    ends = [*changes[1:], until_tick]
    return tuple(
        PedalPress(tick + DELAY_TICKS, end_tick - tick - DELAY_TICKS)
        for tick, end_tick in zip(changes, ends, strict=False)
        if end_tick - tick - DELAY_TICKS >= LEAST_TICKS
    )


def _changes(notes: Iterable[Note], from_tick: int, beat_ticks: int) -> list[int]:
    """Return the ticks at which a harmony begins, rising; none without notes."""
    by_beat: dict[int, set[int]] = {}
    for note in split_parts(notes):
        classes = by_beat.setdefault((note.start_tick - from_tick) // beat_ticks, set())
        if note.part != MELODY:
            classes.add(note.pitch % 12)
    changes: list[int] = []
    held: set[int] = set()
    for beat, classes in sorted(by_beat.items()):
        if not changes or any((one - other) % 12 in STEPS for one in classes for other in held):
            changes.append(from_tick + beat * beat_ticks)
            held = set()
        held |= classes
    return changes
