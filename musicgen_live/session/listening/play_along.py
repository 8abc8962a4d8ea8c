"""What a musician plays along with the model, handed to it beat by beat so that it bends. Knows ticks, no time."""

from __future__ import annotations

from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.decisions import Decision, ListenOptions, Recompose
from musicgen_live.session.listening.keyboard import Key, Keyboard, NoteOn
from musicgen_live.session.listening.phrase import Phrase
from musicgen_live.session.listening.quantize import THIRTY_SECOND_TICKS, position_of


class PlayAlong:
    """Told what is heard and how time goes on, says what the model is to be bent by: the mode `follow`.

    A beat in which something was struck is handed over a thirty-second after its end; the last one of a bar, as far as
    it was played by then, `ListenOptions.lead_ticks` before the bar line, so that it counts for the bar that begins
    there.
    Ticks of messages never go back but for `jump`; a message may be told a little after time went past it.
    """

    def __init__(self, listen_options: ListenOptions, time_signature: TimeSignature) -> None:
        """`options` may be replaced at any time by one of the same mode."""
        self.options = listen_options
        self._bar_ticks = time_signature.bar_ticks
        self._beat_ticks = time_signature.pulse_ticks
        self._keyboard = Keyboard()
        self._phrase = Phrase(self._bar_ticks)
        self._fresh_from: int | None = None
        self._alarm: int | None = None

    @property
    def listens(self) -> bool:
        """Whether nothing was struck that is still to be handed over."""
        return self._fresh_from is None

    @property
    def timeout_tick(self) -> int | None:
        """When `reach` has to be called next, if nothing is heard before; None for not at all."""
        return min((tick for tick in (self._alarm, self._phrase.longest_until_tick) if tick is not None), default=None)

    def receive(self, tick: int, message: bytes) -> tuple[Decision, ...]:
        """A message of the musician's keyboard came in at a tick."""
        decisions = self.reach(tick)
        self._play(tick, self._keyboard.receive(message))
        return decisions

    def reach(self, tick: int) -> tuple[Decision, ...]:
        """Time has gone on to a tick."""
        for pitch in self._phrase.overlong(tick):
            self._keyboard.forget(pitch)
        if self._alarm is None or tick < self._alarm:
            return ()
        return self._bend(tick)

    def jump(self, tick: int) -> None:
        """The music was moved to a tick: what was heard before it is nothing now."""
        self._keyboard.all_up()
        self._phrase = Phrase(self._bar_ticks, tick)
        self._fresh_from = self._alarm = None

    def _play(self, tick: int, keys: tuple[Key, ...]) -> None:
        for key in keys:
            if isinstance(key, NoteOn):
                self._phrase.note_on(tick, key.pitch, key.velocity)
                if self._fresh_from is None:
                    self._fresh_from = tick
                    self._alarm = self._next_look(tick, tick)
            else:
                self._phrase.release(tick, key.pitch)

    def _next_look(self, tick: int, now_tick: int) -> int:
        """When a note that was struck at `tick` is handed over, later than `now_tick`."""
        place = position_of(tick, self._bar_ticks)
        look = place // self._beat_ticks * self._beat_ticks + self._beat_ticks + THIRTY_SECOND_TICKS
        line = place // self._bar_ticks * self._bar_ticks + self._bar_ticks
        before_line = line - min(self.options.lead_ticks, self._bar_ticks)
        return min([look for look in (look, before_line) if look > now_tick], default=now_tick + THIRTY_SECOND_TICKS)

    def _bend(self, tick: int) -> tuple[Decision, ...]:
        assert self._fresh_from is not None
        bar_tick = -(-(tick + max(1, self.options.lead_ticks)) // self._bar_ticks) * self._bar_ticks
        struck = self._phrase.notes_with_onsets(bar_tick)
        fresh = [(at, note) for at, note in struck if at >= self._fresh_from and note.start_tick < bar_tick]
        later = [at for at, note in struck if note.start_tick >= bar_tick]
        self._fresh_from = min(later, default=None)
        self._alarm = self._next_look(min(later), tick) if later else None
        if not fresh:
            return ()
        from_tick = min(note.start_tick for _, note in fresh) // self._bar_ticks * self._bar_ticks
        notes = tuple(note for note in self._phrase.notes(bar_tick) if from_tick <= note.start_tick < bar_tick)
        self._phrase.forget(from_tick - self._bar_ticks)
        return (Recompose(notes, from_tick, bar_tick),)
