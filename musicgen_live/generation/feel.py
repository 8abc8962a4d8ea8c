"""How notes that are decided are played: cut at the end, swung, late by chance. Decides nothing of what is played."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.generator import Step
from musicgen_live.notes import PPQ, Note
from musicgen_live.settings import Settings, ticks_of

_BAR = bar_tokens.ids_of("bar")


def until_bar(steps: Iterator[Step], bars: int, bar_ticks: int) -> Iterator[Step]:
    """The first `bars` bars of music in bars of one length; what rings over their end is cut there.

    The bar token behind them is the last step: it has no notes, and the music is decided up to the bar line.
    """
    begun, end_tick = 0, bars * bar_ticks
    for step in steps:
        begun += step.token_id in _BAR
        notes = (replace(note, duration_ticks=min(note.end_tick, end_tick) - note.start_tick) for note in step.notes)
        yield replace(step, notes=tuple(notes))
        if begun > bars:
            return


@dataclass(frozen=True)
class Swing:
    """Time bent within pairs of notes, so that the second of a pair comes late; what begins a pair stays.

    Time before and behind is kept in order, so nothing overlaps that did not. Pairs are counted from the bar line; the
    odd rest of a bar that does not consist of pairs stays even.
    """

    share: float
    """Of a pair, how much its first note has: from 0.5."""
    note_ticks: int
    """The length of a note that is swung, half a pair."""
    bar_ticks: int

    def __call__(self, tick: int) -> int:
        """Where a tick comes to lie."""
        in_bar = tick % self.bar_ticks
        pair_ticks = 2 * self.note_ticks
        if in_bar >= self.bar_ticks // pair_ticks * pair_ticks:
            return tick
        in_pair = in_bar % pair_ticks
        late_ticks = round((2 * self.share - 1) * min(in_pair, pair_ticks - in_pair))
        return tick + late_ticks


class Late:
    """Notes that come late by up to so many ticks and louder or softer by up to so much, drawn from a seed.

    A note never comes early, ends when it would, keeps half of its length at least and stays in its bar. So none
    crosses a bar line, and none overlaps that did not.
    """

    def __init__(self, seed: int, late_ticks: int, velocity: int, bar_ticks: int) -> None:
        self._random = random.Random(seed)
        self._late_ticks = late_ticks
        self._velocity = velocity
        self._bar_ticks = bar_ticks

    def __call__(self, note: Note) -> Note:
        """The note as it is played."""
        rest_of_bar = self._bar_ticks - 1 - note.start_tick % self._bar_ticks
        late = self._random.randint(0, self._late_ticks)
        late = min(late, note.duration_ticks // 2, rest_of_bar)
        velocity = note.velocity + self._random.randint(-self._velocity, self._velocity)
        return Note(note.start_tick + late, note.duration_ticks - late, note.pitch, min(max(velocity, 1), 127))


def felt(steps: Iterator[Step], settings: Settings, seed: int) -> Iterator[Step]:
    """Steps as settings want them played; the very same where they want nothing."""
    swing = Swing(settings.swing, ticks_of(settings.swing_of), settings.bar_ticks)
    late_ticks = round(settings.humanize / 1000 * settings.tempo / 60 * PPQ)
    late = Late(seed, late_ticks, settings.humanize_velocity, settings.bar_ticks)
    if settings.swing > 0.5:
        steps = (_moved(step, lambda note: _swung(note, swing), swing) for step in steps)
    if late_ticks or settings.humanize_velocity:
        steps = (_moved(step, late, lambda tick: tick) for step in steps)
    return steps


def _moved(step: Step, play: Callable[[Note], Note], when: Callable[[int], int]) -> Step:
    return replace(step, notes=tuple(play(note) for note in step.notes), until_tick=when(step.until_tick))


def _swung(note: Note, swing: Swing) -> Note:
    start = swing(note.start_tick)
    return replace(note, start_tick=start, duration_ticks=max(1, swing(note.end_tick) - start))
