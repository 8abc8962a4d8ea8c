"""How notes that are decided are played: swung, late by chance. Decides nothing of what is played."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.config.settings import Settings, ticks_of
from musicgen_live.generation.step import Step
from musicgen_live.music.notes import PPQ, Note


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

    def inverse(self, tick: int) -> int:
        """The tick that comes to lie here, to the nearest."""
        in_bar = tick % self.bar_ticks
        pair_ticks = 2 * self.note_ticks
        if in_bar >= self.bar_ticks // pair_ticks * pair_ticks:
            return tick
        in_pair = in_bar % pair_ticks
        if in_pair <= 2 * self.share * self.note_ticks:
            return tick - in_pair + round(in_pair / (2 * self.share))
        return tick - in_pair + pair_ticks - round((pair_ticks - in_pair) / (2 - 2 * self.share))


class Humanize:
    """Notes that come late by up to so many ticks and louder or softer by up to so much, drawn from a seed.

    A note never comes early, ends when it would, keeps half of its length at least and stays in its bar. So none
    crosses a bar line, and none overlaps that did not.
    """

    def __init__(self, seed: int, late_ticks: int, velocity: int, bar_ticks: int) -> None:
        self.seed(seed)
        self.change(late_ticks, velocity, bar_ticks)

    def seed(self, seed: int) -> None:
        """Draw by another seed."""
        self._random = random.Random(seed)

    def change(self, late_ticks: int, velocity: int, bar_ticks: int) -> None:
        """Go on drawing, up to other limits."""
        self._late_ticks = late_ticks
        self._velocity = velocity
        self._bar_ticks = bar_ticks

    @property
    def is_active(self) -> bool:
        """Whether notes come out otherwise than they go in."""
        return bool(self._late_ticks or self._velocity)

    def __call__(self, note: Note) -> Note:
        """The note as it is played."""
        rest_of_bar = self._bar_ticks - 1 - note.start_tick % self._bar_ticks
        late = self._random.randint(0, self._late_ticks)
        late = min(late, note.duration_ticks // 2, rest_of_bar)
        velocity = note.velocity + self._random.randint(-self._velocity, self._velocity)
        return Note(note.start_tick + late, note.duration_ticks - late, note.pitch, min(max(velocity, 1), 127))

    def snapshot(self) -> tuple[int, int, int, tuple[Any, ...]]:
        """Return the state."""
        return self._late_ticks, self._velocity, self._bar_ticks, self._random.getstate()

    def restore(self, state: tuple[int, int, int, tuple[Any, ...]]) -> None:
        """Return to a state."""
        self._late_ticks, self._velocity, self._bar_ticks, draws = state
        self._random.setstate(draws)


class Groove:
    """How settings want notes played, bar after bar; where they want nothing, as they are."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self._humanize = Humanize(seed, 0, 0, settings.bar_ticks)
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """From the next note on, as these want it; draws go on."""
        swing = Swing(settings.swing, ticks_of(settings.swing_of), settings.bar_ticks)
        self._swing = swing if settings.swing > 0.5 else None
        late_ticks = round(settings.humanize / 1000 * settings.tempo / 60 * PPQ)
        self._humanize.change(late_ticks, settings.humanize_velocity, settings.bar_ticks)

    def seed(self, seed: int) -> None:
        """Draw by another seed."""
        self._humanize.seed(seed)

    def note(self, note: Note) -> Note:
        """A note as it is played."""
        if self._swing:
            start = self._swing(note.start_tick)
            note = replace(note, start_tick=start, duration_ticks=max(1, self._swing(note.end_tick) - start))
        return self._humanize(note) if self._humanize.is_active else note

    def step(self, step: Step, first_tick: int, last_tick: int | None) -> Step:
        """A step as it is played, of which nothing is heard before a tick or, where there is one, from another on."""
        notes = []
        for note in step.notes:
            if last_tick is not None and note.end_tick > last_tick:
                if note.start_tick >= last_tick:
                    continue
                note = replace(note, duration_ticks=last_tick - note.start_tick)  # noqa: PLW2901
            played = self.note(note)
            if played.start_tick < first_tick:
                # There was more swing in the bar before it.
                end_tick = max(played.end_tick, first_tick + 1)
                played = replace(played, start_tick=first_tick, duration_ticks=end_tick - first_tick)
            notes.append(played)
        until_tick = step.until_tick if last_tick is None else min(step.until_tick, last_tick)
        return Step(step.token_id, tuple(notes), self.tick(until_tick))

    def tick(self, tick: int) -> int:
        """Where a tick comes to lie."""
        return self._swing(tick) if self._swing else tick

    def snapshot(self) -> tuple[Swing | None, Any]:
        """Return the state."""
        return self._swing, self._humanize.snapshot()

    def restore(self, state: tuple[Swing | None, Any]) -> None:
        """Return to a state."""
        self._swing, humanize = state
        self._humanize.restore(humanize)

    def unswing(self, note: Note) -> Note:
        """A note that was played with this swing as it would be written; chance cannot be undone."""
        if not self._swing:
            return note
        start = self._swing.inverse(note.start_tick)
        return replace(note, start_tick=start, duration_ticks=max(1, self._swing.inverse(note.end_tick) - start))

    def unswing_tick(self, tick: int) -> int:
        """The tick that comes to lie at this one."""
        return self._swing.inverse(tick) if self._swing else tick
