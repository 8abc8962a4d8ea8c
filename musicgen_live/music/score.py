"""A score as a value: the notes of each part, and the bars. Independent of tokens and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

_UNITS = frozenset({1, 2, 4, 8, 16, 32, 64, 128})


@dataclass(frozen=True, slots=True, order=True)
class TimeSignatureChange:
    """A time signature from a tick on; ValueError for fewer than 1 beat, or a unit that is no note value to 1/128."""

    start_tick: int
    time_signature: TimeSignature

    def __post_init__(self) -> None:
        if self.time_signature.beats < 1 or self.time_signature.unit not in _UNITS:
            raise ValueError(f"{self.time_signature} is not a time signature")

    @property
    def bar_ticks(self) -> int:
        """The length of a complete bar."""
        return self.time_signature.bar_ticks


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its time signature, which the next change of time signature may cut short."""

    start_tick: int
    end_tick: int
    time_signature: TimeSignature


@dataclass(frozen=True)
class Score:
    """Parts from top to bottom (for a piano the right hand, then the left), each with its notes sorted.

    `time_signatures` are sorted, at most one per tick; 4/4 holds before the first.
    The music ends at `end_tick`, or with the bar of the last onset if that ends later.
    """

    parts: tuple[tuple[Note, ...], ...]
    time_signatures: tuple[TimeSignatureChange, ...] = ()
    end_tick: int = 0

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """The notes of all parts, sorted."""
        return tuple(sorted(chain.from_iterable(self.parts)))

    def bars(self) -> Iterator[Bar]:
        """Yield bars without end; a time signature that begins within a bar ends that bar, and the last one stays."""
        changes = list(self.time_signatures)
        if not changes or changes[0].start_tick > 0:
            changes.insert(0, TimeSignatureChange(0, COMMON_TIME))
        for i, change in enumerate(changes):
            until_tick = changes[i + 1].start_tick if i + 1 < len(changes) else None
            start = change.start_tick
            while until_tick is None or start < until_tick:
                end = start + change.bar_ticks
                if until_tick is not None:
                    end = min(end, until_tick)
                yield Bar(start, end, change.time_signature)
                start = end
