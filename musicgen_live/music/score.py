"""Written music as a value: the notes of each part, and where the bars lie. Knows no tokens and no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from musicgen_live.music.notes import PPQ, Note

_WHOLE_TICKS = 4 * PPQ


@dataclass(frozen=True, slots=True, order=True)
class Metre:
    """A time signature from a tick on: a numerator from 1 over a power of two up to 128."""

    start_tick: int
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if self.numerator < 1 or self.denominator not in {1, 2, 4, 8, 16, 32, 64, 128}:
            raise ValueError(f"{self.numerator}/{self.denominator} is not a metre")

    @property
    def bar_ticks(self) -> int:
        """The length of a whole bar."""
        return self.numerator * _WHOLE_TICKS // self.denominator


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with the metre it stands in; shorter than that metre says where the next one comes early."""

    start_tick: int
    end_tick: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Score:
    """Parts from top to bottom (of a piano: the right hand, then the left), each with its notes sorted.

    `metres` are sorted, each at a tick of its own; before the first one, and where there is none, it is 4/4. The music
    ends at `end_tick`, or with the bar of the last onset if that ends later.
    """

    parts: tuple[tuple[Note, ...], ...]
    metres: tuple[Metre, ...] = ()
    end_tick: int = 0

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """The notes of all parts, sorted."""
        return tuple(sorted(chain.from_iterable(self.parts)))

    def bars(self) -> Iterator[Bar]:
        """Bar after bar for ever; a metre that begins within a bar ends it, and the last metre goes on."""
        metres = list(self.metres)
        if not metres or metres[0].start_tick > 0:
            metres.insert(0, Metre(0, 4, 4))
        for i, metre in enumerate(metres):
            until_tick = metres[i + 1].start_tick if i + 1 < len(metres) else None
            start = metre.start_tick
            while until_tick is None or start < until_tick:
                end = start + metre.bar_ticks
                if until_tick is not None:
                    end = min(end, until_tick)
                yield Bar(start, end, metre.numerator, metre.denominator)
                start = end
