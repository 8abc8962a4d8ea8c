"""Detects an upbeat that the file does not mark, and moves the bar lines.

MIDI has no message for an upbeat: notation programs write the time signature at the first note, so that every bar line
of the piece is a beat early or late. The notes show the right bar lines: long notes and bass notes begin on the first
beat, and few notes sound across a bar line.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby, takewhile

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

_STEP_TICKS = PPQ // 4
# In 53 pieces of the corpora a second time signature shows where the bar lines before it belong. In 41 of them they are
# right, and the function moved one; it corrected 8 of the 12 others. The constants were chosen on these pieces and on
# 24 well-known ones.
_KEPT_FROM = 0.8
"""The bar lines of the file stay if their strength is at least this share of the best strength."""
_GOOD_FROM = 0.8
"""The shortest upbeat with this share of the best strength wins: half a bar off, bar lines are nearly as strong."""
_CHORD_NOTE, _BASS, _HELD_OVER = 0.4, 1.0, 0.6
"""Weights of the further notes of a chord beside its longest, of a bass note, and of a note held across a step."""
_FEWEST_BARS = 8


def with_upbeat(score: Score) -> Score:
    """Return the score with an upbeat as its first bar if the bar lines then fit far better; else the score itself.

    Only the music under the first time signature counts. That must last at least eight bars, and its bar must be a
    whole number of sixteenths.
    """
    first = score.time_signatures[0] if score.time_signatures else TimeSignatureChange(0, COMMON_TIME)
    until_tick = score.time_signatures[1].start_tick if len(score.time_signatures) > 1 else score.end_tick
    if first.start_tick or first.bar_ticks % _STEP_TICKS or until_tick < _FEWEST_BARS * first.bar_ticks:
        return score
    strengths = _strengths(list(takewhile(lambda note: note.start_tick < until_tick, score.notes)), first.bar_ticks)
    best = max(strengths)
    if best <= 0 or strengths[0] >= _KEPT_FROM * best:
        return score
    sixteenths = next(i for i, strength in enumerate(strengths) if strength >= _GOOD_FROM * best)
    numerator, denominator = sixteenths, 16
    while numerator % 2 == 0 and denominator > 4:
        numerator, denominator = numerator // 2, denominator // 2
    upbeat = TimeSignatureChange(0, TimeSignature(numerator, denominator))
    after_upbeat = TimeSignatureChange(upbeat.bar_ticks, first.time_signature)
    return Score(score.parts, (upbeat, after_upbeat, *score.time_signatures[1:]), score.end_tick)


def _strengths(notes: Sequence[Note], bar_ticks: int) -> list[float]:
    """Return the strength of bar lines 0, 1, 2, ... sixteenths after the first tick, up to a bar; more is better."""
    strengths = [0.0] * (bar_ticks // _STEP_TICKS)
    onsets = [(tick, list(chord)) for tick, chord in groupby(notes, key=lambda note: note.start_tick)]
    ticks = [tick for tick, _ in onsets]
    lowest = [min(note.pitch for note in chord) for _, chord in onsets]
    for i, (tick, chord) in enumerate(onsets):
        step, off = divmod(tick, _STEP_TICKS)
        if not off:
            lengths = [(min(note.duration_ticks, bar_ticks) / PPQ) ** 0.5 for note in chord]
            strength = _CHORD_NOTE * sum(lengths) + (1 - _CHORD_NOTE) * max(lengths)
            # A bass note is the lowest one within half a bar.
            near = slice(bisect_right(ticks, tick - bar_ticks // 2), bisect_left(ticks, tick + bar_ticks // 2))
            if lowest[i] == min(lowest[near]):
                strength += _BASS * max(lengths)
            strengths[step % len(strengths)] += strength
        for note in chord:
            # A performed note may end a few ticks after a step; that does not count as held.
            last = min(-(-(note.end_tick - 10) // _STEP_TICKS), step + 1 + len(strengths))
            for held in range(step + 1, last):
                strengths[held % len(strengths)] -= _HELD_OVER
    return strengths
