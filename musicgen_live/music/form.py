"""Parses a form of letters, such as `A A' B A+5`, and plans which bars answer which. Pure values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from musicgen_live.errors import SettingsError

DEFAULT_PHRASE_BARS = 4
LONGEST_PHRASE_BARS = 16
FREE = "free"
"""The word for a form that nothing plans."""
MOST_SECTIONS = 64
MOST_SEMITONES = 12

_SECTION = re.compile(r"([A-Za-z])('*)([+-][0-9]{1,2})?")


@dataclass(frozen=True)
class Section:
    """A phrase of a form: `letter` names its music; each prime, and a transposition, makes it differ from the first."""

    letter: str
    primes: int = 0
    semitones: int = 0

    def __str__(self) -> str:
        return self.letter + "'" * self.primes + (f"{self.semitones:+d}" if self.semitones else "")


@dataclass(frozen=True)
class PlannedBar:
    """The relation of a bar to an earlier one.

    `relation` is one of `model.architecture.RELATIONS`; `distance_bars` back, from 1, and the semitones that the bar is
    higher than its reference, are 0 without one.
    """

    relation: str = "none"
    distance_bars: int = 0
    semitones: int = 0
    ends_phrase: bool = False
    section: str = ""
    """The letter of the section that begins with the bar, as a form spells it."""


UNPLANNED = PlannedBar()


@dataclass(frozen=True)
class Form:
    """Sections of equal length, which follow one another and then begin again with new music."""

    sections: tuple[Section, ...]
    phrase_bars: int = DEFAULT_PHRASE_BARS

    @property
    def bars(self) -> int:
        """The length of all sections."""
        return len(self.sections) * self.phrase_bars

    def section(self, bar: int) -> Section:
        """Return the section of a bar, counted from 0."""
        return self.sections[bar % self.bars // self.phrase_bars]

    def bar(self, bar: int) -> PlannedBar:
        """Return the plan of a bar, counted from 0 and on through every round of the form.

        It answers the same bar of the first section with its letter, which itself is new.
        """
        number, place = divmod(bar % self.bars, self.phrase_bars)
        section = self.section(bar)
        ends, name = place == self.phrase_bars - 1, "" if place else str(section)
        first = next(i for i, other in enumerate(self.sections) if other.letter == section.letter)
        if first == number:
            return PlannedBar("new", ends_phrase=ends, section=name)
        semitones = section.semitones - self.sections[first].semitones
        relation = "transposed" if semitones else "varied" if section.primes else "same"
        return PlannedBar(relation, (number - first) * self.phrase_bars, semitones, ends, name)


def is_free(text: str) -> bool:
    """Return True for the word for a form that nothing plans, in upper or lower case."""
    return text.strip().lower() == FREE


def parse_form(text: str, phrase_bars: int | None = None, bars: int | None = None) -> Form:
    """Parse letters with or without spaces between: `A A' B A`, `AABA`, `A A+2 B A'`; SettingsError on other texts.

    A prime asks for a variation, `+5` or `-3` for a transposition by so many semitones. Without `phrase_bars`, phrases
    are as long as makes the form fill `bars`, if they can be, else 4 bars.
    """
    compact = "".join(text.split())
    sections, at = [], 0
    while at < len(compact):
        found = _SECTION.match(compact, at)
        semitones = int(found[3] or 0) if found else 0
        if found is None or abs(semitones) > MOST_SEMITONES:
            break
        sections.append(Section(found[1].upper(), len(found[2]), semitones))
        at = found.end()
    if at < len(compact) or not 1 <= len(sections) <= MOST_SECTIONS:
        raise SettingsError(
            f'form is {text!r:.80}; write up to {MOST_SECTIONS} letters, such as "A A\' B A": a prime varies, '
            f'"A+5" transposes by up to {MOST_SEMITONES} semitones'
        )
    if phrase_bars is None:
        filling, rest = divmod(bars or 0, len(sections))
        phrase_bars = filling if not rest and 1 <= filling <= LONGEST_PHRASE_BARS else DEFAULT_PHRASE_BARS
    return Form(tuple(sections), phrase_bars)
