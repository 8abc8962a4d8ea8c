"""A musician beside the model: what was heard goes to who listens, and what that one decides to the conductor."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.config.parameters import Change, Value
from musicgen_live.interfaces.events import Played
from musicgen_live.music.notes import PPQ
from musicgen_live.player.position_reporter import PICKUP_TICKS
from musicgen_live.player.protocol import Begin, Heard
from musicgen_live.session.conductor import LONGEST_WAIT_S, Conductor
from musicgen_live.session.context import Hands
from musicgen_live.session.listening.call_and_response import listener_for
from musicgen_live.session.listening.chord_detector import HeldChord
from musicgen_live.session.listening.decisions import Bend, Decision, Enter, Manner, Read, Silence, joined
from musicgen_live.session.listening.keyboard import Keyboard, Strike, is_strike
from musicgen_live.session.playhead import NOT_BEGUN, Timekeeper

_JUMP_TICKS = PPQ // 2
"""Followed time is told anew at every beat; what differs from it by more than this has been moved."""


class Duet:
    """Hears what comes in at the ports for notes and chords, and says what follows."""

    def __init__(
        self,
        manner: Manner | None,
        meter: tuple[int, int],
        conductor: Conductor,
        time: Timekeeper,
        hands: Hands,
        *,
        begins: bool,
    ) -> None:
        """Without a `manner`, nothing but chords is listened to. `begins`: the first strike begins the music's time."""
        self._listener = None if manner is None else listener_for(manner, meter)
        self._keyboard = Keyboard()
        self._chord = HeldChord()
        self._conductor = conductor
        self._time = time
        self._hands = hands
        self._begins = begins
        self._has_begun_time = False
        self._last_tick = 0
        self._waiting: tuple[Decision, ...] = ()

    def hear(self, heard: Heard) -> None:
        """A message came in; what follows from it is done by the next `work`."""
        if heard.source == "chords":
            chord = self._chord.heard(heard.at_s, heard.message)
            self._follow(chord.symbol if chord else None)
            return
        # Half of all first beats are struck a little before they are due.
        is_pickup = self._time.runs and -PICKUP_TICKS <= heard.tick < 0
        if heard.tick < 0 and not self._has_begun(heard) and not is_pickup:
            return
        # The keys of a chord come in before the player can have been told that the first of them began the music.
        tick = self._forward(max(0, heard.tick if heard.tick >= 0 else self._time.tick_at(heard.at_s)))
        for key in self._keyboard.hear(heard.message):
            self._hands.tell(Played(tick, key.pitch, key.velocity if isinstance(key, Strike) else 0))
        if self._listener is not None:
            self._decide(self._listener.heard(tick, heard.message))

    def _has_begun(self, heard: Heard) -> bool:
        """Whether the music has begun with this strike or one before it, though the player did not know of it yet."""
        if self._begins and is_strike(heard.message):
            self._begins, self._has_begun_time = False, True
            self._hands.send(Begin(heard.at_s))
        return self._has_begun_time

    @property
    def answer_bars(self) -> int | None:
        """How long an answer is; None for as many bars as were played."""
        return None if self._listener is None else self._listener.manner.answer_bars

    def answer_with(self, bars: Value) -> bool:
        """Answer with so many bars, None for as many as were played; False where there are no answers."""
        if self._listener is None or self._listener.manner.mode != "answer" or not (bars is None or type(bars) is int):
            return False
        self._listener.manner = replace(self._listener.manner, answer_bars=bars)
        return True

    def place_told(self, tick_before: int, tick: int) -> None:
        """The player told where the music is; it was thought to be elsewhere."""
        if self._listener is None or tick_before == NOT_BEGUN or abs(tick - tick_before) <= _JUMP_TICKS:
            return
        self._act()
        self._last_tick = tick
        self._listener.jump(tick)
        self._conductor.begin_at(tick, plays=self._listener_plays)

    @property
    def _listener_plays(self) -> bool:
        return self._listener is None or self._listener.manner.mode == "follow"

    def work(self) -> bool:
        """Do what was decided on what was heard, and what time has brought; False where that was nothing."""
        now_s = self._hands.now_s()
        chord = self._chord.reach(now_s)
        self._follow(chord.symbol if chord else None)
        tick = self._time.tick_at(now_s)
        if self._listener is not None and tick != NOT_BEGUN and self._time.runs:
            self._decide(self._listener.reach(self._forward(tick)))
        return self._act()

    def wait_s(self) -> float:
        """Seconds until there is something to do though nothing is heard, a second at most."""
        now_s = self._hands.now_s()
        at_s = [] if self._chord.alarm_s is None else [self._chord.alarm_s]
        if self._listener is not None and self._listener.alarm_tick is not None and self._time.runs:
            at_s.append(self._time.due_s(self._listener.alarm_tick))
        return min([LONGEST_WAIT_S, *(max(0.0, moment_s - now_s) for moment_s in at_s)])

    def _forward(self, tick: int) -> int:
        """Ticks that are told never go back: what comes in is on its way a little longer than the clock."""
        self._last_tick = max(tick, self._last_tick)
        return self._last_tick

    def _follow(self, symbol: str | None) -> None:
        if symbol is not None:
            self._conductor.steer(Change("chords", symbol))

    def _decide(self, decisions: tuple[Decision, ...]) -> None:
        for decision in decisions:
            self._waiting = joined(self._waiting, decision)

    def _act(self) -> bool:
        """Have the conductor do what was decided since the last time; False where nothing was."""
        waiting, self._waiting = self._waiting, ()
        for decision in waiting:
            if isinstance(decision, Silence):
                self._conductor.silence(decision.from_tick)
            elif isinstance(decision, Read):
                self._conductor.read(decision.notes, decision.from_tick, decision.until_tick)
            elif isinstance(decision, Enter):
                self._conductor.enter(decision.at_tick, decision.bars)
            elif isinstance(decision, Bend):
                self._conductor.bend(decision.notes, decision.from_tick, decision.bar_tick)
        return bool(waiting)
