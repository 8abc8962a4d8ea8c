"""The state of a take's screen, made from events, without a screen. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.config.parameter import Value
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Event,
    Granted,
    Kept,
    MessagesSent,
    MeterChanged,
    Opened,
    OutputsChanged,
    Planned,
    Played,
    PresetSaved,
    Refused,
    SceneStored,
    TurnBegan,
    UserMessage,
)
from musicgen_live.interfaces.screen.note_store import OwnNotes, PlannedNotes
from musicgen_live.music.chord_symbols import parse_chords
from musicgen_live.music.key_detection import detect_key
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME

LATENESS_NOTES = 100
"""The number of note-ons whose median lateness is shown."""
MAX_LINES = 200
MAX_SECTIONS = 64
MAX_POSITIONS = 8
MAX_TURNS = 4
KEY_BARS = 4
"""The bars from which the key that sounds is found."""
REQUEST_S = 1.0
"""The time for which the next key press steps from an unanswered request."""
_NOTHING = object()


@dataclass(frozen=True)
class ValueFromBar:
    """A value that is in effect from the first beat of `bar` on."""

    value: Value
    bar: int


class ScreenState:
    """Handles every event, in order; all other parts of the screen only read it."""

    def __init__(self) -> None:
        self.opened: Opened | None = None
        self.meters = MeterMap.of(COMMON_TIME)
        """The time signatures, past and to come; 4/4 until they are known."""
        self._positions: deque[Position] = deque(maxlen=MAX_POSITIONS)
        self.bar = 0
        """The bar that began last; 0 before the first."""
        self.values: dict[str, Value] = {}
        self.pending: dict[str, ValueFromBar] = {}
        """The requested values with the bar of their effect; the value of an action, such as `reroll`, is None."""
        self.changed: dict[str, ValueFromBar] = {}
        """The last change of each parameter, with the bar of its effect."""
        self.planned = PlannedNotes()
        self.sections: dict[int, str] = {}
        """The letters of the sections of the form, by the bar in which they begin, from 1."""
        self.own = OwnNotes()
        self._turns: deque[TurnBegan] = deque(maxlen=MAX_TURNS)
        self._latest_own_tick: int | None = None
        self.notes = 0
        """The number of notes that were sent."""
        self.dropped = 0
        self._key: tuple[int, str | None] = (-1, None)
        """A bar, from 1, and the key that sounded before it."""
        self.words: deque[str] = deque(maxlen=MAX_LINES)
        """The messages for the user, the latest last."""
        self.has_ended = False
        self._late_ms: deque[float] = deque(maxlen=LATENESS_NOTES)
        self._requested: dict[str, tuple[Value, float]] = {}

    def handle(self, event: Event) -> None:
        """Update the state by an event."""
        _HANDLERS[type(event)](self, event)

    def request(self, name: str, value: Value, now_s: float) -> None:
        """Store a value requested by a key, from which the next key press steps before an event confirms it."""
        self._requested[name] = (value, now_s)

    def aim(self, name: str, now_s: float) -> Value:
        """Return the value from which a key press steps: the requested, the pending or the present one."""
        value, since_s = self._requested.get(name, (None, float("-inf")))
        if now_s - since_s < REQUEST_S:
            return value
        pending = self.pending.get(name)
        return pending.value if pending else self.values.get(name)

    @property
    def positions(self) -> tuple[Position, ...]:
        """The latest positions, of which the last may be valid only from a moment to come."""
        return tuple(self._positions)

    def position_at(self, now_s: float) -> Position | None:
        """Return the position valid at `now_s`, as tempo changes are published early; None before the first event."""
        begun = [position for position in self._positions if position.at_s <= now_s]
        return begun[-1] if begun else next(iter(self._positions), None)

    def tick_at(self, now_s: float) -> int | None:
        """Return the tick of the playhead at `now_s` of `time.monotonic`, negative before bar 1; None if unknown."""
        position = self.position_at(now_s)
        return None if position is None else position.tick_at(now_s)

    @property
    def turns(self) -> tuple[TurnBegan, ...]:
        """The latest turns beside a musician, of which the last may be still to come."""
        return tuple(self._turns)

    def turn_at(self, tick: int) -> TurnBegan | None:
        """Return the turn at a tick beside a musician; None before the first."""
        return next((turn for turn in reversed(self._turns) if turn.tick <= tick), None)

    def hears(self, tick: int) -> bool:
        """Return True if a musician's key is held, or was struck within the beat before a tick."""
        struck, signature = self._latest_own_tick, self.meters.at(tick).time_signature
        return self.own.are_held or (struck is not None and 0 <= tick - struck < signature.beat_ticks)

    def harmony_at(self, tick: int) -> str | None:
        """Return the chord of a tick if chords are given, else the key that is asked for or that sounds; None if none.

        A key that sounds is that of the last bars, and is found anew when a bar begins.
        """
        chords, key = self.values.get("chords"), self.values.get("key")
        if isinstance(chords, str):
            return self._chord_at(chords, tick)
        if isinstance(key, str):
            return key
        bar = self.meters.bar_of(tick)
        if self._key[0] != bar:
            notes = self.planned.between(self.meters.tick_of(bar - KEY_BARS), tick + 1)
            found = detect_key(notes)
            self._key = bar, None if found is None else found.name
        return self._key[1]

    def _chord_at(self, chords: str, tick: int) -> str | None:
        meter = self.meters.at(tick)
        progression = parse_chords(chords)
        row, column = progression.place(self.meters.bar_of(tick) - 1, tick - meter.line_before(tick), meter.bar_ticks)
        chord = progression.bars[row][column]
        return None if chord is None else chord.symbol

    @property
    def late_ms(self) -> float | None:
        """The median lateness of the last note-ons in milliseconds; None before the first."""
        if not self._late_ms:
            return None
        # Imported after the first note, because it imports fractions and decimals.
        from statistics import median

        return median(self._late_ms)

    def _opened(self, event: Opened) -> None:
        self.opened = event
        self.meters = MeterMap.of(event.time_signature)
        self.values.update(event.values)

    def _outputs_changed(self, event: OutputsChanged) -> None:
        if self.opened is not None:
            self.opened = replace(self.opened, outputs=event.outputs)

    def _position(self, event: Position) -> None:
        # The event replaces those for the same time or later.
        while self._positions and self._positions[-1].at_s >= event.at_s:
            self._positions.pop()
        self._positions.append(event)

    def _bar_began(self, event: BarBegan) -> None:
        self.bar = event.bar

    def _planned(self, event: Planned) -> None:
        self.planned.plan(event.tick, event.notes)
        first = self.meters.bar_of(self.meters.line_after(event.tick))
        kept = sorted((bar, name) for bar, name in self.sections.items() if bar < first)
        self.sections = dict(kept[-MAX_SECTIONS:])
        self.sections.update((self.meters.bar_of(tick), name) for tick, name in event.sections)

    def _messages_sent(self, event: MessagesSent) -> None:
        self.notes += len(event.late_ms)
        self.dropped += event.dropped
        self._late_ms.extend(event.late_ms)

    def _turn_began(self, event: TurnBegan) -> None:
        while self._turns and self._turns[-1].tick >= event.tick:
            self._turns.pop()
        self._turns.append(event)

    def _meter_changed(self, event: MeterChanged) -> None:
        self.meters = self.meters.changed(event.tick, event.time_signature)

    def _played(self, event: Played) -> None:
        if event.velocity:
            self._latest_own_tick = event.tick
        self.own.receive(event.tick, event.pitch, event.velocity)

    def _granted(self, event: Granted) -> None:
        self.pending[event.name] = ValueFromBar(event.value, event.bar)
        self._confirm(event.name, event.value)

    def _changed(self, event: Changed) -> None:
        self.values[event.name] = event.value
        self.changed[event.name] = ValueFromBar(event.value, event.bar)
        pending = self.pending.get(event.name)
        # A newer request for a later bar is still pending.
        if pending and pending.bar <= event.bar:
            del self.pending[event.name]
        self._confirm(event.name, event.value)

    def _refused(self, event: Refused) -> None:
        self.pending.pop(event.name, None)
        self._requested.pop(event.name, None)
        self._add_message(event.reason)

    def _confirm(self, name: str, value: Value) -> None:
        if self._requested.get(name, (_NOTHING,))[0] == value:
            del self._requested[name]

    def _kept(self, event: Kept) -> None:
        last = event.first_bar + event.bars - 1
        bars = f"bar {last}" if event.bars == 1 else f"bars {event.first_bar} to {last}"
        self._add_message(f"Kept {bars}: {event.path}")

    def _saved(self, _event: PresetSaved | SceneStored) -> None:
        """Do nothing: the screen lists presets and scenes only when one is picked."""

    def _user_message(self, event: UserMessage) -> None:
        self._add_message(event.text)

    def _add_message(self, text: str) -> None:
        # Changes that are refused together have the same reason, which is shown once.
        if not self.words or self.words[-1] != text:
            self.words.append(text)

    def _ended(self, _event: Ended) -> None:
        self.has_ended = True


_HANDLERS: dict[type, Callable[[ScreenState, Any], None]] = {
    Opened: ScreenState._opened,
    OutputsChanged: ScreenState._outputs_changed,
    Position: ScreenState._position,
    BarBegan: ScreenState._bar_began,
    Planned: ScreenState._planned,
    MessagesSent: ScreenState._messages_sent,
    Played: ScreenState._played,
    TurnBegan: ScreenState._turn_began,
    MeterChanged: ScreenState._meter_changed,
    Granted: ScreenState._granted,
    Changed: ScreenState._changed,
    Refused: ScreenState._refused,
    Kept: ScreenState._kept,
    PresetSaved: ScreenState._saved,
    SceneStored: ScreenState._saved,
    UserMessage: ScreenState._user_message,
    Ended: ScreenState._ended,
}
