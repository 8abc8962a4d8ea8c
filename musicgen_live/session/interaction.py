"""A musician beside the model: what was heard goes to who listens, and what that one decides to the conductor."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.config.parameters import Change, Value
from musicgen_live.interfaces.events import Played
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.protocol import Begin, Received
from musicgen_live.player.timing import PICKUP_TICKS
from musicgen_live.session.conductor import LONGEST_WAIT_S, Conductor
from musicgen_live.session.context import SessionContext
from musicgen_live.session.listening.call_and_response import listener_of
from musicgen_live.session.listening.chord_detector import ChordDetector
from musicgen_live.session.listening.decisions import (
    Decision,
    EndTurn,
    ListenOptions,
    Read,
    Recompose,
    StartTurn,
    joined,
)
from musicgen_live.session.listening.keyboard import Keyboard, NoteOn, is_note_on
from musicgen_live.session.playhead import NOT_BEGUN, Playhead

_JUMP_TICKS = PPQ // 2
"""Position time is told anew at every beat; what differs from it by more than this has been moved."""


class Interaction:
    """Hears what comes in at the ports for notes and chords, and says what follows."""

    def __init__(
        self,
        listen_options: ListenOptions | None,
        time_signature: TimeSignature,
        conductor: Conductor,
        playhead: Playhead,
        context: SessionContext,
        *,
        begins: bool,
    ) -> None:
        """Without `listen_options`, only chords are followed. With `begins`, the first note on starts the music."""
        self._listener = None if listen_options is None else listener_of(listen_options, time_signature)
        self._keyboard = Keyboard()
        self._chord = ChordDetector()
        self._conductor = conductor
        self._playhead = playhead
        self._context = context
        self._begins = begins
        self._has_begun_time = False
        self._last_tick = 0
        self._waiting: tuple[Decision, ...] = ()

    def receive(self, heard: Received) -> None:
        """A message came in; what follows from it is done by the next `work`."""
        if heard.source == "chords":
            chord = self._chord.receive(heard.at_s, heard.message)
            self._follow(chord.symbol if chord else None)
            return
        # Half of all first beats are struck a little before they are due.
        is_pickup = self._playhead.runs and -PICKUP_TICKS <= heard.tick < 0
        if heard.tick < 0 and not self._has_begun(heard) and not is_pickup:
            return
        # The keys of a chord come in before the player can have been told that the first of them began the music.
        tick = self._forward(max(0, heard.tick if heard.tick >= 0 else self._playhead.tick_at(heard.at_s)))
        for key in self._keyboard.receive(heard.message):
            self._context.publish(Played(tick, key.pitch, key.velocity if isinstance(key, NoteOn) else 0))
        if self._listener is not None:
            self._decide(self._listener.receive(tick, heard.message))

    def _has_begun(self, heard: Received) -> bool:
        """Whether the music has begun with this strike or one before it, though the player did not know of it yet."""
        if self._begins and is_note_on(heard.message):
            self._begins, self._has_begun_time = False, True
            self._context.send(Begin(heard.at_s))
        return self._has_begun_time

    @property
    def answer_bars(self) -> int | None:
        """How long an answer is; None for as many bars as were played."""
        return None if self._listener is None else self._listener.options.answer_bars

    def answer_with(self, bars: Value) -> bool:
        """Answer with so many bars, None for as many as were played; False where there are no answers."""
        if self._listener is None or self._listener.options.mode != "answer" or not (bars is None or type(bars) is int):
            return False
        self._listener.options = replace(self._listener.options, answer_bars=bars)
        return True

    def handle_position(self, tick_before: int, tick: int) -> None:
        """The player told where the music is; it was thought to be elsewhere."""
        if self._listener is None or tick_before == NOT_BEGUN or abs(tick - tick_before) <= _JUMP_TICKS:
            return
        self._act()
        self._last_tick = tick
        self._listener.jump(tick)
        self._conductor.begin_at(tick, plays=self._listener_plays)

    @property
    def _listener_plays(self) -> bool:
        return self._listener is None or self._listener.options.mode == "follow"

    def work(self) -> bool:
        """Do what was decided on what was heard, and what time has brought; False where that was nothing."""
        now_s = self._context.now_s()
        chord = self._chord.reach(now_s)
        self._follow(chord.symbol if chord else None)
        tick = self._playhead.tick_at(now_s)
        if self._listener is not None and tick != NOT_BEGUN and self._playhead.runs:
            self._decide(self._listener.reach(self._forward(tick)))
        return self._act()

    def wait_s(self) -> float:
        """Seconds until there is something to do though nothing is heard, a second at most."""
        now_s = self._context.now_s()
        at_s = [] if self._chord.timeout_s is None else [self._chord.timeout_s]
        if self._listener is not None and self._listener.timeout_tick is not None and self._playhead.runs:
            at_s.append(self._playhead.due_s(self._listener.timeout_tick))
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
            if isinstance(decision, EndTurn):
                self._conductor.silence(decision.from_tick)
            elif isinstance(decision, Read):
                self._conductor.read(decision.notes, decision.from_tick, decision.until_tick)
            elif isinstance(decision, StartTurn):
                self._conductor.enter(decision.at_tick, decision.bars)
            elif isinstance(decision, Recompose):
                self._conductor.recompose(decision.notes, decision.from_tick, decision.bar_tick)
        return bool(waiting)
