"""Finds the bar lines of music that begins with an upbeat its file does not tell of.

MIDI has no message for an upbeat: notation programs write the time signature at the first note, so that every bar line
of the piece lies a beat early or late. The notes give it away: long notes and bass notes begin on the first beat, and
few notes sound across a bar line.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby, takewhile

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

_STEP_TICKS = PPQ // 4
# In 53 pieces of the corpora a second time signature tells where the bar lines before it lay. In 41 of them they are
# right, and one was moved; of the 12 others 8 were put right. The constants were chosen on these pieces and on 24 known
# by heart.
_KEPT_FROM = 0.8
"""Where the bar lines as they are stand out this much, relative to the best ones, they stay."""
_GOOD_FROM = 0.8
"""The shortest upbeat that is this good is taken: in bars of two equal halves, both are nearly as good."""
_CHORD_NOTE, _BASS, _HELD_OVER = 0.4, 1.0, 0.6
"""What a note of a chord beside its longest, a bass note, and a note that sounds on count for."""
_FEWEST_BARS = 8


def with_upbeat(score: Score) -> Score:
    """The score with a shorter first bar, if its bar lines then fit the music far better; else the score itself.

    Only the first time signature is looked at, to its end; it has to last for eight bars and to consist of sixteenths.
    """
    first = score.time_signatures[0] if score.time_signatures else TimeSignatureChange(0, TimeSignature(4, 4))
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
    begun = TimeSignatureChange(upbeat.bar_ticks, first.time_signature)
    return Score(score.parts, (upbeat, begun, *score.time_signatures[1:]), score.end_tick)


def _strengths(notes: Sequence[Note], bar_ticks: int) -> list[float]:
    """How well the bar lines would lie 0, 1, 2, ... sixteenths after the first tick: one number for each."""
    strengths = [0.0] * (bar_ticks // _STEP_TICKS)
    onsets = [(tick, list(chord)) for tick, chord in groupby(notes, key=lambda note: note.start_tick)]
    ticks = [tick for tick, _ in onsets]
    lowest = [min(note.pitch for note in chord) for _, chord in onsets]
    for i, (tick, chord) in enumerate(onsets):
        step, off = divmod(tick, _STEP_TICKS)
        if not off:
            lengths = [(min(note.duration_ticks, bar_ticks) / PPQ) ** 0.5 for note in chord]
            strength = _CHORD_NOTE * sum(lengths) + (1 - _CHORD_NOTE) * max(lengths)
            # Bass is what no other note within half a bar lies under.
            near = slice(bisect_right(ticks, tick - bar_ticks // 2), bisect_left(ticks, tick + bar_ticks // 2))
            if lowest[i] == min(lowest[near]):
                strength += _BASS * max(lengths)
            strengths[step % len(strengths)] += strength
        for note in chord:
            # Notes that end a hair after a step, as played ones do, do not sound over it.
            last = min(-(-(note.end_tick - 10) // _STEP_TICKS), step + 1 + len(strengths))
            for held in range(step + 1, last):
                strengths[held % len(strengths)] -= _HELD_OVER
    return strengths
