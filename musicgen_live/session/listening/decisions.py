"""The options of listening to a musician, and the decisions about turns: values, in ticks of the music."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from musicgen_live.music.notes import PPQ, Note

ListenMode = Literal["continue", "answer", "follow"]
EnterOn = Literal["beat", "bar"]


@dataclass(frozen=True)
class ListenOptions:
    """The options of listening; ValueError if one is out of range."""

    mode: ListenMode = "continue"
    """`continue`: when the musician stops, the model plays until the musician does again.

    `answer`: when the musician stops, the model answers, then waits. `follow`: the model plays all the time, and adapts
    to the notes it receives.
    """
    enter: EnterOn = "bar"
    """The model begins its turn on a beat or on a bar line."""
    answer_bars: int | None = None
    """The length of an answer; None for as many bars as the musician played."""
    freedom: float = 0.25
    """The freedom of an answer from the phrase, 0 to 1: its key, loudness and register (see `response.Response`)."""
    finds_tempo: bool = False
    """True if the first phrase says the tempo, where it begins the music."""
    rest_ticks: int = PPQ // 2
    """The shortest silence that ends a phrase: an eighth, longer than the gaps of anyone's legato."""
    lead_ticks: int = PPQ * 3 // 8
    """For `follow`: the model reads the last notes this long before it composes the bar at the next bar line."""

    def __post_init__(self) -> None:
        if self.answer_bars is not None and self.answer_bars < 1:
            raise ValueError(f"answer_bars is {self.answer_bars}; it can be from 1")
        if not 0 <= self.freedom <= 1:
            raise ValueError(f"freedom is {self.freedom}; it can be from 0 to 1")
        if self.rest_ticks < 0 or self.lead_ticks < 0:
            raise ValueError(f"rest_ticks is {self.rest_ticks} and lead_ticks {self.lead_ticks}; both are from 0")


@dataclass(frozen=True)
class EndTurn:
    """End the model's turn: take back all notes planned, composed or read at or after `from_tick`."""

    from_tick: int
    ends_notes: bool = False
    """True to end those that sound already: the turn began by mistake."""


@dataclass(frozen=True)
class Read:
    """Have the network read these notes, which begin from `from_tick` to before `until_tick`, as the music there.

    Between `from_tick` and the music it has read or composed so far there is silence.
    """

    notes: tuple[Note, ...]
    from_tick: int
    until_tick: int


@dataclass(frozen=True)
class StartTurn:
    """Compose and play from `at_tick` on; the music before has been read."""

    at_tick: int
    bars: int | None
    """The number of whole bars, counted from the bar line at or after `at_tick`; None without end."""
    is_guess: bool = False
    """True if the musician may well play on."""
    may_rest: bool = False
    """False if a note of the model has to begin at `at_tick`."""
    phrase: tuple[Note, ...] = field(default=(), compare=False)
    """The notes of the musician's phrase, quantized."""

    def until_tick(self, bar_ticks: int) -> int | None:
        """Return the bar line at which the turn ends; None without end."""
        return None if self.bars is None else -(-self.at_tick // bar_ticks) * bar_ticks + self.bars * bar_ticks


@dataclass(frozen=True)
class Recompose:
    """Go back to `from_tick`, a bar line, read the music from there to `bar_tick`, compose again from `bar_tick` on.

    The music to read is `quantize.merged` of the model's own notes and of these, which the musician played; notes still
    held last to `bar_tick`. The new bars replace the plan from `bar_tick` on.
    """

    notes: tuple[Note, ...]
    from_tick: int
    bar_tick: int


Decision = EndTurn | Read | StartTurn | Recompose


def later_by(ticks: int, decision: Decision) -> Decision:
    """Return a decision where ticks are counted later by so many."""
    if not ticks:
        return decision
    if isinstance(decision, EndTurn):
        return replace(decision, from_tick=decision.from_tick + ticks)
    if isinstance(decision, StartTurn):
        return replace(decision, at_tick=decision.at_tick + ticks, phrase=_later(decision.phrase, ticks))
    notes, from_tick = _later(decision.notes, ticks), decision.from_tick + ticks
    if isinstance(decision, Read):
        return Read(notes, from_tick, decision.until_tick + ticks)
    return Recompose(notes, from_tick, decision.bar_tick + ticks)


def _later(notes: tuple[Note, ...], ticks: int) -> tuple[Note, ...]:
    return tuple(note.later_by(ticks) for note in notes)


def joined(waiting: tuple[Decision, ...], decision: Decision) -> tuple[Decision, ...]:
    """Return waiting decisions with one more, shortened to the least work that has the same result.

    Each staccato note ends a phrase that the next one continues. Where they come faster than a network reads, it need
    not read the music that has been taken back by then.
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
