"""Moves written notes to where they are played: swing, and random delays and velocities."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.config.settings import Settings, ticks_of
from musicgen_live.generation.step import Step
from musicgen_live.music.notes import PPQ, Note


@dataclass(frozen=True)
class Swing:
    """A map of ticks that delays the second note of every pair and leaves the first where it is.

    It keeps the order of ticks, so that notes overlap only if they did before. Pairs are counted from the bar line; the
    odd rest of a bar that does not consist of pairs stays even.
    """

    share: float
    """The first note's share of a pair, from 0.5."""
    note_ticks: int
    """The length of a swung note, half a pair."""
    bar_ticks: int

    def __call__(self, tick: int) -> int:
        """Return a tick with swing."""
        in_bar = tick % self.bar_ticks
        pair_ticks = 2 * self.note_ticks
        if in_bar >= self.bar_ticks // pair_ticks * pair_ticks:
            return tick
        in_pair = in_bar % pair_ticks
        late_ticks = round((2 * self.share - 1) * min(in_pair, pair_ticks - in_pair))
        return tick + late_ticks

    def inverse(self, tick: int) -> int:
        """Return the tick without swing, to the nearest."""
        in_bar = tick % self.bar_ticks
        pair_ticks = 2 * self.note_ticks
        if in_bar >= self.bar_ticks // pair_ticks * pair_ticks:
            return tick
        in_pair = in_bar % pair_ticks
        if in_pair <= 2 * self.share * self.note_ticks:
            return tick - in_pair + round(in_pair / (2 * self.share))
        return tick - in_pair + pair_ticks - round((pair_ticks - in_pair) / (2 - 2 * self.share))


class Humanize:
    """Delays notes by random ticks and changes their velocities at random, from a seed.

    A note is never early, ends when it would, keeps at least half of its length and stays in its bar. So none crosses a
    bar line, and notes overlap only if they did before.
    """

    def __init__(self, seed: int, late_ticks: int, velocity: int, bar_ticks: int) -> None:
        """Delay by up to `late_ticks`, and move velocities by up to `velocity`."""
        self.seed(seed)
        self.change(late_ticks, velocity, bar_ticks)

    def seed(self, seed: int) -> None:
        """Draw from another seed."""
        self._random = random.Random(seed)

    def change(self, late_ticks: int, velocity: int, bar_ticks: int) -> None:
        """Continue to draw, up to other limits."""
        self._late_ticks = late_ticks
        self._velocity = velocity
        self._bar_ticks = bar_ticks

    @property
    def is_active(self) -> bool:
        """True if it changes notes."""
        return bool(self._late_ticks or self._velocity)

    def __call__(self, note: Note) -> Note:
        """Return a note as it is played."""
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
    """The swing and the humanizing of the settings; without either, notes stay as they are."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self._humanize = Humanize(seed, 0, 0, settings.bar_ticks)
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """Use other settings from the next note on; continue to draw from the same seed."""
        swing = Swing(settings.swing, ticks_of(settings.swing_of), settings.bar_ticks)
        self._swing = swing if settings.swing > 0.5 else None
        late_ticks = round(settings.humanize / 1000 * settings.tempo / 60 * PPQ)
        self._humanize.change(late_ticks, settings.humanize_velocity, settings.bar_ticks)

    def seed(self, seed: int) -> None:
        """Draw from another seed."""
        self._humanize.seed(seed)

    def note(self, note: Note) -> Note:
        """Return a note as it is played."""
        if self._swing:
            start = self._swing(note.start_tick)
            note = replace(note, start_tick=start, duration_ticks=max(1, self._swing(note.end_tick) - start))
        return self._humanize(note) if self._humanize.is_active else note

    def step(self, step: Step, first_tick: int, last_tick: int | None) -> Step:
        """Return a step as it is played, with no note before `first_tick` nor, if there is one, from `last_tick` on."""
        notes = []
        for note in step.notes:
            if last_tick is not None and note.end_tick > last_tick:
                if note.start_tick >= last_tick:
                    continue
                note = replace(note, duration_ticks=last_tick - note.start_tick)  # noqa: PLW2901
            played = self.note(note)
            if played.start_tick < first_tick:
                # The bar before was played with more swing.
                end_tick = max(played.end_tick, first_tick + 1)
                played = replace(played, start_tick=first_tick, duration_ticks=end_tick - first_tick)
            notes.append(played)
        until_tick = step.until_tick if last_tick is None else min(step.until_tick, last_tick)
        return Step(step.token_id, tuple(notes), self.tick(until_tick))

    def tick(self, tick: int) -> int:
        """Return a tick with swing."""
        return self._swing(tick) if self._swing else tick

    def snapshot(self) -> tuple[Swing | None, Any]:
        """Return the state."""
        return self._swing, self._humanize.snapshot()

    def restore(self, state: tuple[Swing | None, Any]) -> None:
        """Return to a state."""
        self._swing, humanize = state
        self._humanize.restore(humanize)

    def unswing(self, note: Note) -> Note:
        """Return a note that was played with this swing as it would be written; random delays stay."""
        if not self._swing:
            return note
        start = self._swing.inverse(note.start_tick)
        return replace(note, start_tick=start, duration_ticks=max(1, self._swing.inverse(note.end_tick) - start))

    def unswing_tick(self, tick: int) -> int:
        """Return a tick without swing."""
        return self._swing.inverse(tick) if self._swing else tick
