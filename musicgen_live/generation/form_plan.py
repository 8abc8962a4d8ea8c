"""Plans the form of a take: the bars that answer earlier ones, from letters, from a real piece, or from a theme."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from musicgen_live.generation.prompts import Ids, controls_of
from musicgen_live.model.architecture import RELATIONS
from musicgen_live.model.metadata import Outline
from musicgen_live.music.form import UNPLANNED, PlannedBar


class FormPlan(Protocol):
    """Plans bars, counted from the first bar of the plan."""

    def bar(self, bar: int) -> PlannedBar:
        """Return the plan of a bar, from 0."""
        ...


@dataclass(frozen=True)
class Free:
    """Plans nothing, so that recall alone connects the bars."""

    def bar(self, _bar: int) -> PlannedBar:
        """Return the plan of a bar: none."""
        return UNPLANNED


@dataclass(frozen=True)
class Outlined:
    """Follows the outlines of real pieces, one after another in an order drawn by a seed."""

    outlines: tuple[Outline, ...]
    seed: int

    def bar(self, bar: int) -> PlannedBar:
        """Return the plan of a bar, from 0."""
        draws = random.Random(self.seed)
        while True:
            outline = self.outlines[draws.randrange(len(self.outlines))]
            if bar < len(outline):
                distance, semitones, relation, ends = outline[bar]
                return PlannedBar(RELATIONS[relation], distance, semitones, bool(ends))
            bar -= len(outline)


@dataclass(frozen=True)
class Answering:
    """Returns to a theme, the bars right before the plan, phrase by phrase: as it was, varied or transposed.

    `closeness`, 0 to 1, is the probability that a phrase returns to the theme, and then that it does so literally; the
    first phrase returns twice as probably, and untransposed.
    """

    theme_bars: int
    closeness: float
    seed: int

    def bar(self, bar: int) -> PlannedBar:
        """Return the plan of a bar, from 0."""
        phrase_bars = min(PHRASE_BARS, self.theme_bars)
        number, place = divmod(bar, phrase_bars)
        draws = random.Random(f"{self.seed} {number}")
        if draws.random() >= self.closeness * (1 if number else 2):
            return UNPLANNED
        starts = range(0, self.theme_bars - phrase_bars + 1, phrase_bars)
        first = draws.choice((0, draws.choice(starts)))
        literal = draws.random() < self.closeness
        semitones = draws.choice(_ANSWERS_SEMITONES) if number else 0
        relation = "transposed" if semitones else "same" if literal else "varied"
        return PlannedBar(relation, self.theme_bars - first - place + bar, semitones, place == phrase_bars - 1)


PHRASE_BARS = 4
_ANSWERS_SEMITONES = (0, 0, 0, 5, 7, -5)
"""A theme returns at its place, or as it does at the dominant and the subdominant."""


def outlines_fitting(outlines: Sequence[Outline], prompts: Sequence[Ids], style: str) -> tuple[Outline, ...]:
    """Return the outlines of the prompts of a style, each of which has one; all of them if no such plans anything."""
    found = tuple(
        outline
        for outline, prompt in zip(outlines, prompts, strict=False)
        if outline and controls_of(prompt).get("style") == style
    )
    return found or tuple(outline for outline in outlines if outline)
