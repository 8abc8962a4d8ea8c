"""Decides when a musician's phrase is over and the model's turn begins. Works in ticks, and has no clock.

A phrase is over after a silence of an eighth (`ListenOptions.rest_ticks`), or a longer one by its own rests (`Rests`),
so that staccato does not count as the end. The model enters at the first beat or bar line at or after that. It enters
at a bar line without waiting if the phrase may be over there (`WholeBars`), so that two and two bars can be traded.

The model is ready by then. It reads the phrase beat by beat while it is played; as soon as nothing sounds, it reads the
rest and the entry is planned, and a musician who continues before the entry cancels it. So the network has its first
note long before the phrase counts as over. A musician who continues within a beat after the entry cancels it too: the
model stops at once, the phrase goes on as one, and the next entry waits longer.
"""

from __future__ import annotations

from musicgen_live.encodings.bar_tokens import UNIT_TICKS
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.decisions import Decision, EndTurn, ListenOptions, Read, StartTurn
from musicgen_live.session.listening.keyboard import Key, Keyboard, NoteOn
from musicgen_live.session.listening.phrase import Phrase
from musicgen_live.session.listening.play_along import PlayAlong
from musicgen_live.session.listening.quantize import THIRTY_SECOND_TICKS, position_of
from musicgen_live.session.listening.rests import Rests
from musicgen_live.session.listening.whole_bars import WholeBars

_READ_DELAY_TICKS = THIRTY_SECOND_TICKS
"""A beat is read this long after its end: by then it is clear how early or late its notes were played."""

_MOST_UNREAD = 24
"""A note is read with its length, once it has ended. If more than this many notes wait for that, held notes are read as
if they ended now, so that at the end never more than some 75 ids are left to read: 10 ms for 256 units."""

_LATEST_HELD_TICKS = PPQ // 2
"""A note that began less than an eighth before a bar line and still sounds does not end there."""


class CallAndResponse:
    """Listens to a musician in the modes `continue` and `answer`: takes messages and time, returns decisions.

    Ticks of messages never go back except by `jump`; a message may arrive a little after `reach` has passed its tick.
    If time has not begun yet, the first message with `midi.messages.is_note_on` must begin it, at tick 0.
    """

    def __init__(
        self, listen_options: ListenOptions, time_signature: TimeSignature, turn: StartTurn | None = None
    ) -> None:
        """Listen while the model has a turn, or none; `options` may be replaced at any time, but not by `follow`."""
        self.options = listen_options
        self._bar_ticks = time_signature.bar_ticks
        self._beat_ticks = time_signature.counted_beat_ticks
        self._keyboard = Keyboard()
        self._phrase: Phrase | None = None
        """The present phrase, up to a beat after the model's turn has begun."""
        self._rests = Rests()
        self._whole_bars = WholeBars(self._bar_ticks, self._beat_ticks)
        self._onsets = 0
        """The number of onsets of the phrase; notes within a thirty-second count as one."""
        self._onset_tick = 0
        """The tick of the latest onset, as played."""
        self._release_tick = 0
        """The tick of the release that planned the model's turn."""
        self._until_tick = 0 if turn is None else turn.at_tick
        """The model reads, or composes in its planned turn, the music up to this tick."""
        self._earliest_tick = 0
        """No decision takes back music before this tick: the start of the last `Read`."""
        self._beat_tick = 0
        """The end of the beat that is read next."""
        self._turn = turn
        self._expected_tick = -1
        """The latest bar line at which the phrase was expected to end while notes are held."""

    @property
    def listens(self) -> bool:
        """True if the model has no turn, neither now nor planned."""
        return self._turn is None

    @property
    def timeout_tick(self) -> int | None:
        """Call `reach` at this tick unless a message arrives before; None if there is no need."""
        ticks: list[int] = []
        if self._phrase is not None:
            if self._turn is not None:
                ticks.append(self._turn.at_tick + self._beat_ticks)
            else:
                ticks.append(self._beat_tick + _READ_DELAY_TICKS)
                if (line_tick := self._usual_line_tick) is not None:
                    ticks.append(line_tick - self.options.lead_ticks)
            if (longest := self._phrase.longest_until_tick) is not None:
                ticks.append(longest)
        elif (end_tick := self._turn_end_tick) is not None:
            ticks.append(end_tick)
        return min(ticks, default=None)

    def receive(self, tick: int, message: bytes) -> tuple[Decision, ...]:
        """Handle a message that the musician's keyboard sent at a tick."""
        return (*self.reach(tick), *self._handle(tick, self._keyboard.receive(message)))

    def reach(self, tick: int) -> tuple[Decision, ...]:
        """Advance to a tick."""
        decisions: list[Decision] = []
        while (timeout_tick := self.timeout_tick) is not None and timeout_tick <= tick:
            decisions += self._time_out(timeout_tick)
        return tuple(decisions)

    def jump(self, tick: int) -> None:
        """Forget the phrase and the planned turn, as the music has jumped to a tick, and listen again.

        The caller silences the model and has the composer begin again there.
        """
        self._keyboard.all_up()
        self._phrase = self._turn = None
        self._until_tick = tick
        self._expected_tick = -1

    # --- notes -----------------------------------------------------------------------------------------------------

    def _handle(self, tick: int, keys: tuple[Key, ...]) -> list[Decision]:
        decisions: list[Decision] = []
        for key in keys:
            if isinstance(key, NoteOn):
                decisions += self._note_on(tick, key)
            elif self._phrase is not None:
                self._phrase.release(tick, key.pitch)
        if any(not isinstance(key, NoteOn) for key in keys):
            decisions += self._plan_turn(tick)
        return decisions

    def _note_on(self, tick: int, key: NoteOn) -> list[Decision]:
        decisions: list[Decision] = []
        at_tick = min(tick, position_of(tick, self._bar_ticks))
        if self._phrase is None:
            at_tick = max(at_tick, self._until_tick)
            if self._turn is not None:
                decisions.append(EndTurn(at_tick))
            self._phrase = self._begin_phrase(at_tick, tick)
        elif self._turn is not None:
            has_entered = tick >= self._turn.at_tick
            at_tick = self._turn.at_tick if has_entered else max(at_tick, self._earliest_tick)
            decisions.append(EndTurn(at_tick, ends_notes=True))
            self._phrase.read_again(at_tick)
            self._rests.add(tick - self._release_tick, is_mistaken=has_entered)
            self._earliest_tick = self._until_tick = at_tick
        self._turn = None
        if not self._onsets or tick - self._onset_tick >= THIRTY_SECOND_TICKS:
            add = self._whole_bars.add_onset if self._onsets else self._whole_bars.begin_phrase
            add(position_of(tick, self._bar_ticks))
            self._onsets += 1
            self._onset_tick = tick
        self._phrase.note_on(tick, key.pitch, key.velocity)
        # A beat that ended within the delay is still to be read.
        beat_end_tick = (tick - _READ_DELAY_TICKS) // self._beat_ticks * self._beat_ticks + self._beat_ticks
        self._beat_tick = max(self._beat_tick, beat_end_tick)
        return decisions

    def _begin_phrase(self, at_tick: int, tick: int) -> Phrase:
        self._rests.begin_phrase()
        self._onsets = 0
        self._earliest_tick = self._until_tick = at_tick
        self._beat_tick = tick // self._beat_ticks * self._beat_ticks
        return Phrase(self._bar_ticks, at_tick)

    # --- time ------------------------------------------------------------------------------------------------------

    def _time_out(self, tick: int) -> list[Decision]:
        if self._phrase is None:
            # The answer is over.
            self._until_tick, self._turn = self._turn_end_tick or self._until_tick, None
            return []
        pitches = self._phrase.overlong(tick)
        if pitches:
            for pitch in pitches:
                self._keyboard.forget(pitch)
            return self._plan_turn(tick)
        if self._turn is not None:
            # The musician has left the turn to the model.
            self._whole_bars.end_phrase(self._release_tick)
            self._phrase = None
            return []
        line_tick = self._usual_line_tick
        if line_tick is not None and line_tick - self.options.lead_ticks <= tick:
            self._expected_tick = line_tick
            return self._end_held(self._phrase, line_tick)
        return self._read_beat(self._phrase, tick)

    @property
    def _usual_line_tick(self) -> int | None:
        """The bar line at which the phrase has its usual length and its held notes end, if that is still to come."""
        line_tick = self._whole_bars.usual_line_tick(self._expected_bars)
        if line_tick is None or line_tick <= self._expected_tick:
            return None
        held_ticks = max(_LATEST_HELD_TICKS, self.options.lead_ticks)
        return line_tick if self._onset_tick <= line_tick - held_ticks else None

    @property
    def _expected_bars(self) -> int | None:
        """The bars of a phrase as the options suggest them; None if they do not."""
        return self.options.answer_bars if self.options.mode == "answer" else None

    def _end_held(self, phrase: Phrase, line_tick: int) -> list[Decision]:
        """Plan the model's turn at a bar line to which the last notes are held, as their releases come too late."""
        longest_tick = phrase.longest_until_tick
        if longest_tick is None or longest_tick < line_tick:
            return []
        return self._start_turn(phrase, line_tick, line_tick)

    @property
    def _turn_end_tick(self) -> int | None:
        """The end of the model's turn; None without a turn, and for a turn without end."""
        if self._turn is None or self._turn.bars is None:
            return None
        return self._turn.until_tick(self._bar_ticks)

    def _read_beat(self, phrase: Phrase, tick: int) -> list[Decision]:
        """Read the ended notes that began before the end of the beat."""
        until_tick = self._beat_tick
        self._beat_tick += self._beat_ticks
        held_tick = phrase.held_from()
        if held_tick is not None and phrase.unread <= _MOST_UNREAD:
            until_tick = min(until_tick, held_tick)
        return self._read(phrase, until_tick, tick)

    def _read(self, phrase: Phrase, until_tick: int, now_tick: int) -> list[Decision]:
        if until_tick <= self._until_tick:
            return []
        notes = phrase.read(until_tick, now_tick)
        if not notes:
            return []
        from_tick, self._until_tick = self._until_tick, until_tick
        self._earliest_tick = from_tick
        return [Read(notes, from_tick, until_tick)]

    # --- turns -----------------------------------------------------------------------------------------------------

    def _plan_turn(self, tick: int) -> list[Decision]:
        """Read the rest of the phrase and plan the model's turn, after a release, unless a note still sounds."""
        if self._phrase is None or self._phrase.sounds or self._turn is not None:
            return []
        onsets = [note.start_tick for _, note in self._phrase.notes_with_onsets(tick)]
        last_tick = max([self._until_tick, *(onset + UNIT_TICKS for onset in onsets)])
        rest_ticks = self._rests.needed_ticks(self.options.rest_ticks, self._onsets)
        at_tick = self._entry_tick(max(tick + rest_ticks, last_tick))
        # A last note that is held a little too long is no reason to answer a bar later.
        line_tick = -(-(tick - THIRTY_SECOND_TICKS) // self._bar_ticks) * self._bar_ticks
        if last_tick <= line_tick < at_tick:
            suspicion = self._whole_bars.suspicion(line_tick, tick, self._expected_bars)
            if suspicion is not None:
                return self._start_turn(self._phrase, line_tick, tick, is_guess=suspicion == "guess")
        return self._start_turn(self._phrase, at_tick, tick)

    def _start_turn(self, phrase: Phrase, at_tick: int, end_tick: int, *, is_guess: bool = False) -> list[Decision]:
        """Read the rest of the phrase, whose last note ends at a tick, and plan the model's turn."""
        self._release_tick = end_tick
        decisions = self._read(phrase, at_tick, end_tick)
        bars = self.options.answer_bars or self._whole_bars.bars(end_tick) if self.options.mode == "answer" else None
        may_rest, notes = self._whole_bars.begins_with_rest, phrase.notes(end_tick)
        self._turn = StartTurn(at_tick, bars, is_guess, may_rest=may_rest, phrase=notes)
        self._until_tick = at_tick
        return [*decisions, self._turn]

    def _entry_tick(self, tick: int) -> int:
        """Return the first beat or bar line at or after a tick; beats count from the bar line."""
        bar_tick = tick // self._bar_ticks * self._bar_ticks
        next_bar_tick = bar_tick if bar_tick == tick else bar_tick + self._bar_ticks
        if self.options.enter == "bar":
            return next_bar_tick
        return min(next_bar_tick, bar_tick - (bar_tick - tick) // self._beat_ticks * self._beat_ticks)


def listener_of(
    listen_options: ListenOptions, time_signature: TimeSignature, turn: StartTurn | None = None
) -> CallAndResponse | PlayAlong:
    """Return the listener for a mode, for music of a time signature; the model may have a turn already."""
    return (
        PlayAlong(listen_options, time_signature)
        if listen_options.mode == "follow"
        else CallAndResponse(listen_options, time_signature, turn)
    )
