"""How a model and a musician take turns, and what is decided about it: values, in ticks of the music."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from musicgen_live.music.notes import PPQ, Note

ListenMode = Literal["continue", "answer", "follow"]
EnterOn = Literal["beat", "bar"]


@dataclass(frozen=True)
class ListenOptions:
    """How to listen; ValueError on values that cannot be."""

    mode: ListenMode = "continue"
    """`continue`: when the musician stops, it goes on until the musician plays again.

    `answer`: when the musician stops, it answers, then waits. `follow`: it plays all the time, bent by what it hears.
    """
    enter: EnterOn = "bar"
    """On what it begins when its turn has come."""
    answer_bars: int | None = None
    """How long an answer is; None for as many bars as the musician played."""
    rest_ticks: int = PPQ // 2
    """The shortest silence that ends a phrase: an eighth, longer than the gaps of anyone's legato."""
    lead_ticks: int = PPQ * 3 // 8
    """`follow` alone: how long before a bar line it is decided what is read before that bar is composed."""

    def __post_init__(self) -> None:
        if self.answer_bars is not None and self.answer_bars < 1:
            raise ValueError(f"answer_bars is {self.answer_bars}; it can be from 1")
        if self.rest_ticks < 0 or self.lead_ticks < 0:
            raise ValueError(f"rest_ticks is {self.rest_ticks} and lead_ticks {self.lead_ticks}; both are from 0")


@dataclass(frozen=True)
class EndTurn:
    """The model begins nothing at or after `from_tick`: take back what is planned, composed and read from there on."""

    from_tick: int


@dataclass(frozen=True)
class Read:
    """The network reads these notes, which begin from `from_tick` to before `until_tick`, as the music there.

    Between what it read or composed before and `from_tick` there is silence.
    """

    notes: tuple[Note, ...]
    from_tick: int
    until_tick: int


@dataclass(frozen=True)
class StartTurn:
    """Compose and play from `at_tick` on, up to which the music has been read."""

    at_tick: int
    bars: int | None
    """How many whole bars, counted from `at_tick`; None without end."""


@dataclass(frozen=True)
class Recompose:
    """Go back to `from_tick`, a bar line, read what sounds from there to `bar_tick`, compose anew from `bar_tick` on.

    What sounds is `quantize.merged` of the model's own notes and of these, which the musician played; notes still
    held last to `bar_tick`. What is planned from `bar_tick` on gives way.
    """

    notes: tuple[Note, ...]
    from_tick: int
    bar_tick: int


Decision = EndTurn | Read | StartTurn | Recompose


def joined(waiting: tuple[Decision, ...], decision: Decision) -> tuple[Decision, ...]:
    """Decisions that nobody has acted on yet, and one more: the same comes of them with less to do.

    Each staccato note ends a phrase that the next one goes on with. Where they come faster than a network reads, what
    has been taken back by then need not be read at all.
    """
    last = waiting[-1] if waiting else None
    if isinstance(decision, Read) and isinstance(last, Read):
        return *waiting[:-1], Read((*last.notes, *decision.notes), last.from_tick, decision.until_tick)
    if isinstance(decision, EndTurn) and isinstance(last, StartTurn) and last.at_tick >= decision.from_tick:
        read = waiting[-2] if len(waiting) > 1 else None
        if not isinstance(read, Read) or read.from_tick > decision.from_tick:
            return *waiting[:-1], decision
        notes = tuple(note for note in read.notes if note.start_tick < decision.from_tick)
        until_tick = min(read.until_tick, decision.from_tick)
        return (*waiting[:-2], replace(read, notes=notes, until_tick=until_tick)) if notes else waiting[:-2]
    return *waiting, decision
