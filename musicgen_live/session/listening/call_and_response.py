"""Decides when a musician's phrase is over and the model's turn begins. Knows ticks, no clock.

A phrase is over after a silence of an eighth (`ListenOptions.rest_ticks`), or one 25 % longer than the longest of its
latest 8 silences, two quarters at most, so that staccato does not count as the end. A phrase of one onset has no
silence to compare with and is over after a quarter. The model enters at the first beat or bar line at or after that.

The model is ready by then. It reads the phrase beat by beat while it is played; as soon as nothing sounds, it reads the
rest and the entry is planned, and a musician who continues before the entry takes it back. So the network has its
first note long before the phrase counts as over.
"""

from __future__ import annotations

from collections import deque

from musicgen_live.encodings.bar_tokens import UNIT_TICKS
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.decisions import Decision, EndTurn, ListenOptions, Read, StartTurn
from musicgen_live.session.listening.keyboard import Key, Keyboard, NoteOn
from musicgen_live.session.listening.phrase import Phrase
from musicgen_live.session.listening.play_along import PlayAlong
from musicgen_live.session.listening.quantize import THIRTY_SECOND_TICKS, position_of

_LATE_TICKS = THIRTY_SECOND_TICKS
"""How long after a beat what was played before it is read: one who plays ahead or late is understood by then."""

_MOST_UNREAD = 24
"""A note is read with its length, once it has ended. With more than so many waiting for that, those that are held are
read as if they ended now, so that never more than some 75 ids are left to read at the end: 10 ms for 256 units."""

_COMPARED_GAPS = 8
_LONGEST_REST_TICKS = 2 * PPQ
_LATE_END_TICKS = PPQ // 4
"""A phrase that ends within a sixteenth after a bar line does not count that bar."""


class CallAndResponse:
    """Told what is heard and how time goes on, says what to do, in the modes `continue` and `answer`.

    Ticks of messages never go back but for `jump`; a message may be told a little after time went past it. Where time
    has not begun yet, the first message for which `keyboard.is_note_on` holds is to begin it, and is heard at tick 0.
    """

    def __init__(self, listen_options: ListenOptions, time_signature: TimeSignature) -> None:
        """`options` may be replaced at any time by one of the same mode."""
        self.options = listen_options
        self._bar_ticks = time_signature.bar_ticks
        self._beat_ticks = time_signature.pulse_ticks
        self._keyboard = Keyboard()
        self._phrase: Phrase | None = None
        self._gaps: deque[int] = deque(maxlen=_COMPARED_GAPS)
        self._onsets = 0
        self._struck_tick = self._ended_tick = 0
        self._first_tick: int | None = None
        self._last_tick = 0
        self._floor = self._position = 0
        self._beat = 0
        self._turn: StartTurn | None = None

    @property
    def listens(self) -> bool:
        """Whether the model has no turn, neither now nor planned."""
        return self._turn is None

    @property
    def timeout_tick(self) -> int | None:
        """When `reach` has to be called next, if nothing is heard before; None for not at all."""
        ticks: list[int] = []
        if self._phrase is not None:
            if self._turn is not None:
                ticks.append(self._turn.at_tick)
            else:
                ticks.append(self._beat + _LATE_TICKS)
            if (longest := self._phrase.longest_until_tick) is not None:
                ticks.append(longest)
        elif (end_tick := self._end_tick) is not None:
            ticks.append(end_tick)
        return min(ticks, default=None)

    def receive(self, tick: int, message: bytes) -> tuple[Decision, ...]:
        """A message of the musician's keyboard came in at a tick."""
        return (*self.reach(tick), *self._play(tick, self._keyboard.receive(message)))

    def reach(self, tick: int) -> tuple[Decision, ...]:
        """Time has gone on to a tick."""
        decisions: list[Decision] = []
        while (alarm := self.timeout_tick) is not None and alarm <= tick:
            decisions += self._wake(alarm)
        return tuple(decisions)

    def jump(self, tick: int) -> None:
        """The music was moved to a tick: what was heard and planned is nothing now, and it listens again.

        The caller silences the model and has the composer begin anew there.
        """
        self._keyboard.all_up()
        self._phrase = self._turn = None
        self._position = tick

    # --- what is played --------------------------------------------------------------------------------------------

    def _play(self, tick: int, keys: tuple[Key, ...]) -> list[Decision]:
        decisions: list[Decision] = []
        for key in keys:
            if isinstance(key, NoteOn):
                decisions += self._strike(tick, key)
            elif self._phrase is not None:
                self._phrase.release(tick, key.pitch)
        if any(not isinstance(key, NoteOn) for key in keys):
            decisions += self._end(tick)
        return decisions

    def _strike(self, tick: int, key: NoteOn) -> list[Decision]:
        decisions: list[Decision] = []
        at_tick = min(tick, position_of(tick, self._bar_ticks))
        if self._phrase is None:
            at_tick = max(at_tick, self._position)
            if self._turn is not None:
                decisions.append(EndTurn(at_tick))
            self._begin(at_tick, tick)
        elif self._turn is not None:
            at_tick = max(at_tick, self._floor)
            decisions.append(EndTurn(at_tick))
            self._phrase.read_again(at_tick)
            self._gaps.append(tick - self._ended_tick)
            self._floor = self._position = at_tick
        self._turn = None
        assert self._phrase is not None
        if not self._onsets or tick - self._struck_tick >= THIRTY_SECOND_TICKS:
            self._onsets += 1
            self._struck_tick = tick
        self._phrase.note_on(tick, key.pitch, key.velocity)
        # A beat that has just gone by is still to be read.
        self._beat = max(self._beat, (tick - _LATE_TICKS) // self._beat_ticks * self._beat_ticks + self._beat_ticks)
        return decisions

    def _begin(self, at_tick: int, tick: int) -> None:
        self._phrase = Phrase(self._bar_ticks, at_tick)
        self._gaps.clear()
        self._onsets = 0
        self._first_tick = None
        self._floor = self._position = self._last_tick = at_tick
        self._beat = tick // self._beat_ticks * self._beat_ticks

    # --- time goes on ----------------------------------------------------------------------------------------------

    def _wake(self, tick: int) -> list[Decision]:
        if self._phrase is None:
            # The answer is over.
            self._position, self._turn = self._end_tick or self._position, None
            return []
        pitches = self._phrase.overlong(tick)
        if pitches:
            for pitch in pitches:
                self._keyboard.forget(pitch)
            return self._end(tick)
        if self._turn is not None:
            self._phrase = None
            return []
        return self._read_beat(tick)

    @property
    def _end_tick(self) -> int | None:
        """Where the model's turn ends; None where it has none, or one without end."""
        if self._turn is None or self._turn.bars is None:
            return None
        return self._turn.at_tick + self._turn.bars * self._bar_ticks

    def _read_beat(self, tick: int) -> list[Decision]:
        """Read what began before the beat that went by, as far as it has ended."""
        assert self._phrase is not None
        until_tick = self._beat
        self._beat += self._beat_ticks
        held_tick = self._phrase.held_from()
        if held_tick is not None and self._phrase.unread <= _MOST_UNREAD:
            until_tick = min(until_tick, held_tick)
        return self._read(until_tick, tick)

    def _read(self, until_tick: int, now_tick: int) -> list[Decision]:
        assert self._phrase is not None
        if until_tick <= self._position:
            return []
        notes = self._phrase.read(until_tick, now_tick)
        if not notes:
            return []
        from_tick, self._floor, self._position = self._position, self._position, until_tick
        self._last_tick = notes[-1].start_tick
        if self._first_tick is None:
            self._first_tick = notes[0].start_tick
        return [Read(notes, from_tick, until_tick)]

    # --- turns -----------------------------------------------------------------------------------------------------

    def _end(self, tick: int) -> list[Decision]:
        """A note ended; if it was the last that sounded, what follows if nothing else is struck."""
        if self._phrase is None or self._phrase.sounds or self._turn is not None:
            return []
        self._ended_tick = tick
        onsets = [note.start_tick for _, note in self._phrase.notes_with_onsets(tick)]
        last_tick = max([self._position, *(onset + UNIT_TICKS for onset in onsets)])
        at_tick = self._line(max(tick + self._rest_ticks(), last_tick))
        decisions = self._read(at_tick, tick)
        bars = self._answer_bars(tick) if self.options.mode == "answer" else None
        self._turn = StartTurn(at_tick, bars)
        self._position = at_tick
        return [*decisions, self._turn]

    def _rest_ticks(self) -> int:
        """How long a silence ends the phrase."""
        rest_ticks = self.options.rest_ticks
        own_ticks = PPQ if self._onsets == 1 else min(max(self._gaps, default=0) * 5 // 4, _LONGEST_REST_TICKS)
        return max(rest_ticks, own_ticks)

    def _answer_bars(self, end_tick: int) -> int:
        """How many bars an answer has: as asked for, or those from the phrase's first onset to its end."""
        if self.options.answer_bars is not None:
            return self.options.answer_bars
        first_tick = end_tick if self._first_tick is None else self._first_tick
        last_tick = max(first_tick, self._last_tick, end_tick - _LATE_END_TICKS)
        return last_tick // self._bar_ticks - first_tick // self._bar_ticks + 1

    def _line(self, tick: int) -> int:
        """The first beat, or bar line, at or after a tick; beats are counted from the bar line."""
        bar_tick = tick // self._bar_ticks * self._bar_ticks
        next_bar_tick = bar_tick if bar_tick == tick else bar_tick + self._bar_ticks
        if self.options.enter == "bar":
            return next_bar_tick
        return min(next_bar_tick, bar_tick - (bar_tick - tick) // self._beat_ticks * self._beat_ticks)


def listener_of(listen_options: ListenOptions, time_signature: TimeSignature) -> CallAndResponse | PlayAlong:
    """The one that listens in this manner, to music of this time signature."""
    return (
        PlayAlong(listen_options, time_signature)
        if listen_options.mode == "follow"
        else CallAndResponse(listen_options, time_signature)
    )
