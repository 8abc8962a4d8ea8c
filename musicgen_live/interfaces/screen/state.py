"""What the events of a take add up to: what is on its screen, without a screen. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from musicgen_live.config.parameters import Value
from musicgen_live.interfaces.events import (
    Asked,
    BarBegan,
    Changed,
    Ended,
    Event,
    Kept,
    Opened,
    Planned,
    Played,
    Refused,
    Said,
    Struck,
)
from musicgen_live.interfaces.screen.note_store import OwnNotes, PlannedNotes
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

LATE_OF = 100
"""Of how many strikes the lateness shown is the median."""
LINES_KEPT = 200
PLACES_KEPT = 8
WISH_S = 1.0
"""How long a wish of which nothing was heard is what the next key press steps from."""
_NOTHING = object()


@dataclass(frozen=True)
class Dated:
    """A value that is heard from the first beat of `bar` on."""

    value: Value
    bar: int


class ScreenState:
    """Hears every event, in order; all else only reads it."""

    def __init__(self) -> None:
        self.opened: Opened | None = None
        self._places: deque[Position] = deque(maxlen=PLACES_KEPT)
        self.bar = 0
        """The last bar whose line went by; 0 before the first."""
        self.values: dict[str, Value] = {}
        self.pending: dict[str, Dated] = {}
        """What was asked for, and from which bar on it will be heard; an action, such as `reroll`, has None."""
        self.changed: dict[str, Dated] = {}
        """The last change of each, and from which bar on it is heard."""
        self.planned = PlannedNotes()
        self.planned_until_tick = 0
        self.own = OwnNotes()
        self.notes = 0
        """How many notes were struck."""
        self.dropped = 0
        self.words: deque[str] = deque(maxlen=LINES_KEPT)
        """What a person is told, the latest last."""
        self.has_ended = False
        self._late_ms: deque[float] = deque(maxlen=LATE_OF)
        self._wishes: dict[str, tuple[Value, float]] = {}

    def handle(self, event: Event) -> None:
        """Take in what happened."""
        _HEARD[type(event)](self, event)

    def request(self, name: str, value: Value, now_s: float) -> None:
        """Note what was asked for here: the next key press goes on from it, though nothing was heard of it yet."""
        self._wishes[name] = (value, now_s)

    def aim(self, name: str, now_s: float) -> Value:
        """What something is set to, or is about to be: where a key press steps from."""
        wished, since_s = self._wishes.get(name, (None, float("-inf")))
        if now_s - since_s < WISH_S:
            return wished
        pending = self.pending.get(name)
        return pending.value if pending else self.values.get(name)

    @property
    def time_signature(self) -> TimeSignature:
        """The time signature; 4/4 until it is known."""
        return self.opened.time_signature if self.opened else COMMON_TIME

    def place_at(self, now_s: float) -> Position | None:
        """The place that holds at `now_s`: a change of tempo is told ahead of time. None before any was told."""
        held = [place for place in self._places if place.at_s <= now_s]
        return held[-1] if held else next(iter(self._places), None)

    def tick_at(self, now_s: float) -> int | None:
        """Where the play head is at `now_s` of `time.monotonic`: below 0 before bar 1, None if not known."""
        place = self.place_at(now_s)
        if place is None:
            return None
        return place.tick_at(now_s)

    @property
    def late_ms(self) -> float | None:
        """By how many milliseconds the last strikes came late, the median; None before the first."""
        if not self._late_ms:
            return None
        # Imported after the first note: it brings fractions and decimals along.
        from statistics import median

        return median(self._late_ms)

    def _opened(self, event: Opened) -> None:
        self.opened = event
        self.values.update(event.values)

    def _place(self, event: Position) -> None:
        # What was told to hold from then on or later is no longer true.
        while self._places and self._places[-1].at_s >= event.at_s:
            self._places.pop()
        self._places.append(event)

    def _bar_began(self, event: BarBegan) -> None:
        self.bar = event.bar

    def _planned(self, event: Planned) -> None:
        self.planned.plan(event.tick, event.notes)
        self.planned_until_tick = event.until_tick

    def _struck(self, event: Struck) -> None:
        self.notes += len(event.late_ms)
        self.dropped += event.dropped
        self._late_ms.extend(event.late_ms)

    def _played(self, event: Played) -> None:
        self.own.receive(event.tick, event.pitch, event.velocity)

    def _asked(self, event: Asked) -> None:
        self.pending[event.name] = Dated(event.value, event.bar)
        self._wish_heard(event.name, event.value)

    def _changed(self, event: Changed) -> None:
        self.values[event.name] = event.value
        self.changed[event.name] = Dated(event.value, event.bar)
        pending = self.pending.get(event.name)
        # One that was asked for since, for a later bar, is still to come.
        if pending and pending.bar <= event.bar:
            del self.pending[event.name]
        self._wish_heard(event.name, event.value)

    def _refused(self, event: Refused) -> None:
        self.pending.pop(event.name, None)
        self._wishes.pop(event.name, None)
        self._say(event.reason)

    def _wish_heard(self, name: str, value: Value) -> None:
        if self._wishes.get(name, (_NOTHING,))[0] == value:
            del self._wishes[name]

    def _kept(self, event: Kept) -> None:
        last = event.first_bar + event.bars - 1
        bars = f"bar {last}" if event.bars == 1 else f"bars {event.first_bar} to {last}"
        self._say(f"Kept {bars}: {event.path}")

    def _said(self, event: Said) -> None:
        self._say(event.text)

    def _say(self, text: str) -> None:
        # Several wishes that are refused together are refused for one reason.
        if not self.words or self.words[-1] != text:
            self.words.append(text)

    def _ended(self, _event: Ended) -> None:
        self.has_ended = True


_HEARD: dict[type, Callable[[ScreenState, Any], None]] = {
    Opened: ScreenState._opened,
    Position: ScreenState._place,
    BarBegan: ScreenState._bar_began,
    Planned: ScreenState._planned,
    Struck: ScreenState._struck,
    Played: ScreenState._played,
    Asked: ScreenState._asked,
    Changed: ScreenState._changed,
    Refused: ScreenState._refused,
    Kept: ScreenState._kept,
    Said: ScreenState._said,
    Ended: ScreenState._ended,
}
