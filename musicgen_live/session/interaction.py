"""Connects a musician: passes received notes to a listener, and its decisions to the conductor."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from musicgen_live.config.parameter import Change, Value
from musicgen_live.errors import PlayerError, SettingsError
from musicgen_live.interfaces.events import Played, UserMessage
from musicgen_live.midi.messages import is_note_on
from musicgen_live.music.chord_symbols import Chord
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Begin
from musicgen_live.player.reports import Received
from musicgen_live.player.timing import PICKUP_TICKS
from musicgen_live.session.conductor import LONGEST_WAIT_S, Conductor
from musicgen_live.session.context import SessionContext
from musicgen_live.session.jumps import JUMP_TICKS
from musicgen_live.session.listening.beat_induction import Beat
from musicgen_live.session.listening.call_and_response import listener_of
from musicgen_live.session.listening.chord_detector import ChordDetector
from musicgen_live.session.listening.chord_track import ChordTrack, Colour
from musicgen_live.session.listening.decisions import (
    Decision,
    EndTurn,
    ListenOptions,
    Read,
    Recompose,
    StartTurn,
    joined,
    later_by,
)
from musicgen_live.session.listening.first_phrase import FirstPhrase
from musicgen_live.session.listening.keyboard import Keyboard, NoteOn
from musicgen_live.session.listening.response import Loudness, Response, response_to
from musicgen_live.session.playhead import NOT_BEGUN, Playhead


class Interaction:
    """Handles the messages of the ports for notes and chords."""

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
        """Without `listen_options`, only chords are followed. With `begins`, the first note on begins the music."""
        self._listener = None if listen_options is None else listener_of(listen_options, time_signature)
        self._meter = playhead.meters.at(0)
        """The time signature that listener and chord track have; they count ticks from its origin."""
        self._keyboard = Keyboard()
        self._chord = ChordDetector()
        self._chord_track = ChordTrack(time_signature.bar_ticks)
        self._conductor = conductor
        self._playhead = playhead
        self._context = context
        self._begins = begins
        self._has_begun_time = False
        self._first_phrase: FirstPhrase | None = None
        """The phrase that says the tempo, until the music has begun with it."""
        if begins and listen_options is not None and listen_options.finds_tempo:
            self._first_phrase = FirstPhrase(conductor.state.settings.tempo)
        self._last_tick = 0
        self._decisions: tuple[Decision, ...] = ()
        self._response: Response | None = None

    def receive(self, received: Received) -> None:
        """Handle a message; the next `work` acts on it."""
        self._follow_meter()
        if received.source == "chords":
            # First the chord that has settled by then: the message may begin the next one.
            self._follow(self._chord.reach(received.at_s))
            self._chord.receive(received.at_s, received.message)
            return
        if self._first_phrase is not None:
            was_silent = self._first_phrase.begin_s is None
            self._first_phrase.receive(received)
            if was_silent and self._first_phrase.begin_s is not None:
                self._context.publish(UserMessage("I hear you, and listen for your tempo."))
            return
        # Musicians play half of all first beats a little before they are due.
        is_pickup = self._playhead.runs and -PICKUP_TICKS <= received.tick < 0
        if received.tick < 0 and not self._begins_with(received) and not is_pickup:
            return
        # The keys of a chord arrive before the player knows that the first of them begins the music.
        self._hear(received, max(0, received.tick if received.tick >= 0 else self._playhead.tick_at(received.at_s)))

    def _hear(self, received: Received, tick: int) -> None:
        for key in self._keyboard.receive(received.message):
            self._context.publish(Played(tick, key.pitch, key.velocity if isinstance(key, NoteOn) else 0))
        if self._listener is not None:
            self._decide(self._listener.receive(self._counted(self._forward(tick)), received.message))

    def _begins_with(self, received: Received) -> bool:
        """Begin the music with the first note on; return whether this or an earlier note has done that."""
        if self._begins and is_note_on(received.message):
            self._begins, self._has_begun_time = False, True
            self._context.send(Begin(received.at_s))
        return self._has_begun_time

    def _begin_with_phrase(self, phrase: FirstPhrase) -> bool:
        """Begin the music with the first phrase once its tempo is known; return whether there was something to do."""
        if self._has_begun_time:
            if not self._playhead.runs:
                return False
            self._first_phrase = None
            for received in phrase.received:
                self._hear(received, max(0, self._playhead.tick_at(received.at_s)))
            return True
        present_bpm = self._conductor.state.settings.tempo
        # Whoever sets the tempo by hand knows it.
        beat = phrase.beat() if present_bpm == phrase.expected_bpm else Beat(present_bpm, 0.0)
        if phrase.begin_s is None or (beat is None and not phrase.is_over(self._context.now_s())):
            return False
        begin_s = phrase.begin_s
        if beat is None:
            self._context.publish(
                UserMessage(f"Your phrase does not say a tempo clearly; it stays {present_bpm:g} BPM.")
            )
        elif present_bpm == phrase.expected_bpm:
            self._context.publish(UserMessage(f"Your phrase says the tempo: {beat.bpm:.0f} BPM."))
            self._conductor.steer(Change("tempo", round(beat.bpm, 1)))
            if beat.upbeat:
                # It ends bar 1, so that its first beat is on a bar line.
                begin_s -= (self._meter.time_signature.bar_ticks / PPQ - beat.upbeat) * 60 / beat.bpm
        self._begins, self._has_begun_time = False, True
        self._context.send(Begin(begin_s))
        return True

    @property
    def values(self) -> dict[str, Value]:
        """The values of the parameters of listening; empty if nobody is listened to."""
        if self._listener is None:
            return {}
        options = self._listener.options
        return {
            "respond": options.mode,
            "enter": options.enter,
            "freedom": options.freedom,
            "answer-bars": options.answer_bars,
        }

    def change(self, change: Change) -> None:
        """Change a parameter of listening; SettingsError if nobody is listened to."""
        if self._listener is None:
            raise SettingsError("nobody is listened to here; play with --input NAME")
        was = self._listener.options
        fields = {"respond": "mode", "enter": "enter", "freedom": "freedom", "answer-bars": "answer_bars"}
        options = replace(was, **{fields[change.name]: change.value})  # type: ignore[arg-type]
        if (was.mode == "follow") == (options.mode == "follow"):
            self._listener.options = options
            return
        self._act()
        now_tick = max(0, self._last_tick, self._playhead.tick_at(self._context.now_s()))
        # After `follow`, the model plays on until the musician does.
        turn = StartTurn(self._counted(now_tick), None)
        self._listener = listener_of(options, self._meter.time_signature, turn)
        if options.mode == "follow":
            self._begins, self._first_phrase = False, None
            self._conductor.turns.play_on()

    def _follow_meter(self) -> None:
        """Listen anew once the music has come to another time signature: whoever has the turn keeps it."""
        now_tick = self._playhead.tick_at(self._context.now_s())
        meter = self._playhead.meters.at(max(0, now_tick))
        if meter == self._meter:
            return
        self._act()
        self._meter = meter
        self._chord_track = ChordTrack(meter.bar_ticks)
        if self._listener is None:
            return
        turn = self._turn_at(max(0, now_tick))
        self._listener = listener_of(self._listener.options, meter.time_signature, turn)
        if turn is None and now_tick != NOT_BEGUN:
            self._listener.jump(self._counted(meter.tick))

    def _turn_at(self, tick: int) -> StartTurn | None:
        """Return the model's turn at a tick or later, as a listener counts it from the present time signature on."""
        found, meters = self._conductor.turns.at(tick), self._playhead.meters
        if found is None:
            return None
        from_tick, until_tick = max(found[0], self._meter.tick), found[1]
        bars = None if until_tick is None else meters.bar_of(until_tick) - meters.bar_of(meters.line_after(from_tick))
        return StartTurn(self._counted(from_tick), bars)

    def handle_position(self, tick_before: int, tick: int) -> None:
        """Follow the chords to another place if the music has jumped: from the tick before a report to that after."""
        if tick_before == NOT_BEGUN or abs(tick - tick_before) <= JUMP_TICKS:
            return
        if (colour := self._chord_track.jump(self._counted(tick))) is not None:
            self._prefer_chords(colour)

    def begin_again(self, tick: int) -> None:
        """Listen anew at a tick: the program that is followed stood still, and was moved to there."""
        if self._listener is None:
            return
        self._act()
        self._last_tick = tick
        self._listener.jump(tick)
        self._conductor.turns.begin_at(tick, plays=self._listener_plays)

    @property
    def _listener_plays(self) -> bool:
        return self._listener is None or self._listener.options.mode == "follow"

    def work(self) -> bool:
        """Act on received messages and on the time that has passed; return False if there was nothing to do."""
        self._follow_meter()
        now_s = self._context.now_s()
        self._follow(self._chord.reach(now_s))
        if self._first_phrase is not None:
            return self._begin_with_phrase(self._first_phrase)
        tick = self._playhead.tick_at(now_s)
        if self._listener is not None and tick != NOT_BEGUN and self._playhead.runs:
            self._decide(self._listener.reach(self._counted(self._forward(tick))))
        return self._act()

    def wait_s(self) -> float:
        """Return the seconds until there is work even if nothing arrives, `LONGEST_WAIT_S` at most."""
        now_s = self._context.now_s()
        phrase_s = None if self._first_phrase is None else self._first_phrase.timeout_s
        at_s = [moment_s for moment_s in (self._chord.timeout_s, phrase_s) if moment_s is not None]
        if self._listener is not None and self._listener.timeout_tick is not None and self._playhead.runs:
            at_s.append(self._playhead.due_s(self._listener.timeout_tick + self._meter.origin_tick))
        return min([LONGEST_WAIT_S, *(max(0.0, moment_s - now_s) for moment_s in at_s)])

    def _forward(self, tick: int) -> int:
        """Return the tick, or the latest one if that is later: a received message lags a little behind the clock."""
        self._last_tick = max(tick, self._last_tick)
        return self._last_tick

    def _follow(self, chord: Chord | None) -> None:
        """Have the music prefer the notes of a chord; before it runs, from its beginning on."""
        if chord is None:
            return
        if not self._playhead.runs or self._playhead.tick_at(self._context.now_s()) == NOT_BEGUN:
            self._conductor.steer(Change("chords", chord.symbol))
        else:
            onset_tick = self._counted(max(0, self._playhead.tick_at(self._chord.onset_s)))
            if colour := self._chord_track.add(onset_tick, chord.symbol):
                self._prefer_chords(colour)

    def _prefer_chords(self, colour: Colour) -> None:
        from_tick = colour.from_tick + self._meter.origin_tick
        self._conductor.prefer_chords(replace(colour, from_tick=from_tick))

    def _counted(self, tick: int) -> int:
        """Return a tick as listener and chord track count it."""
        return max(0, tick - self._meter.origin_tick)

    def _decide(self, decisions: tuple[Decision, ...]) -> None:
        for decision in decisions:
            self._decisions = joined(self._decisions, later_by(self._meter.origin_tick, decision))

    def _act(self) -> bool:
        """Have the conductor carry out the latest decisions; return False if there are none."""
        decisions, self._decisions = self._decisions, ()
        for decision in decisions:
            try:
                self._carry_out(decision)
            except PlayerError:
                raise
            except Exception as error:
                reason = self._context.faults.reason(error)
                text = f"What you played was not understood, and the music goes on. {reason}"
                self._context.publish(UserMessage(text))
        return bool(decisions)

    def _carry_out(self, decision: Decision) -> None:
        if isinstance(decision, EndTurn):
            self._conductor.turns.silence(decision.from_tick, ends_notes=decision.ends_notes)
        elif isinstance(decision, Read):
            self._conductor.turns.read(decision.notes, decision.from_tick, decision.until_tick)
        elif isinstance(decision, StartTurn):
            self._enter(decision)
        elif isinstance(decision, Recompose):
            self._conductor.turns.recompose(decision.notes, decision.from_tick, decision.bar_tick)

    def _enter(self, turn: StartTurn) -> None:
        self._response = response_to(turn.phrase, self._meter.bar_ticks, self._response)
        if self._response is None or self._listener is None:
            self._conductor.turns.enter(turn)
            return
        freedom = self._listener.options.freedom
        loudness = Loudness(self._response.velocity, freedom)
        self._conductor.turns.enter(turn, adapt=partial(self._response.settings, freedom=freedom), loudness=loudness)
