"""Decides when the model reads a musician who plays along with it, and composes again. Works in ticks, has no clock."""

from __future__ import annotations

from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.decisions import Decision, ListenOptions, Recompose
from musicgen_live.session.listening.keyboard import Key, Keyboard, NoteOn
from musicgen_live.session.listening.phrase import Phrase
from musicgen_live.session.listening.quantize import THIRTY_SECOND_TICKS, position_of


class PlayAlong:
    """Listens to a musician in the mode `follow`: takes messages and time, returns `Recompose` decisions.

    It passes on each beat with a note on a thirty-second after the end of the beat; the last beat of a bar, with the
    notes played so far, `ListenOptions.lead_ticks` before the bar line, so that it counts for the bar that begins
    there.
    Ticks of messages never go back except by `jump`; a message may arrive a little after `reach` has passed its tick.
    """

    def __init__(self, listen_options: ListenOptions, time_signature: TimeSignature) -> None:
        """`options` may be replaced at any time by one of the same mode."""
        self.options = listen_options
        self._bar_ticks = time_signature.bar_ticks
        self._beat_ticks = time_signature.counted_beat_ticks
        self._keyboard = Keyboard()
        self._phrase = Phrase(self._bar_ticks)
        self._new_from_tick: int | None = None
        """The first note on, as played, that was not passed on yet."""
        self._due_tick: int | None = None
        """The tick at which the new notes are passed on."""

    @property
    def listens(self) -> bool:
        """True if all notes have been passed on."""
        return self._new_from_tick is None

    @property
    def timeout_tick(self) -> int | None:
        """Call `reach` at this tick unless a message arrives before; None if there is no need."""
        ticks = (self._due_tick, self._phrase.longest_until_tick)
        return min((tick for tick in ticks if tick is not None), default=None)

    def receive(self, tick: int, message: bytes) -> tuple[Decision, ...]:
        """Handle a message that the musician's keyboard sent at a tick."""
        decisions = self.reach(tick)
        self._handle(tick, self._keyboard.receive(message))
        return decisions

    def reach(self, tick: int) -> tuple[Decision, ...]:
        """Advance to a tick."""
        for pitch in self._phrase.overlong(tick):
            self._keyboard.forget(pitch)
        if self._due_tick is None or self._new_from_tick is None or tick < self._due_tick:
            return ()
        return self._pass_on(self._new_from_tick, tick)

    def jump(self, tick: int) -> None:
        """Forget all notes, as the music has jumped to a tick."""
        self._keyboard.all_up()
        self._phrase = Phrase(self._bar_ticks, tick)
        self._new_from_tick = self._due_tick = None

    def _handle(self, tick: int, keys: tuple[Key, ...]) -> None:
        for key in keys:
            if isinstance(key, NoteOn):
                self._phrase.note_on(tick, key.pitch, key.velocity)
                if self._new_from_tick is None:
                    self._new_from_tick = tick
                    self._due_tick = self._due_after(tick, tick)
            else:
                self._phrase.release(tick, key.pitch)

    def _due_after(self, tick: int, now_tick: int) -> int:
        """Return the tick after `now_tick` at which a note on at `tick` is passed on."""
        position = position_of(tick, self._bar_ticks)
        after_beat = position // self._beat_ticks * self._beat_ticks + self._beat_ticks + THIRTY_SECOND_TICKS
        line = position // self._bar_ticks * self._bar_ticks + self._bar_ticks
        before_line = line - min(self.options.lead_ticks, self._bar_ticks)
        return min([due for due in (after_beat, before_line) if due > now_tick], default=now_tick + THIRTY_SECOND_TICKS)

    def _pass_on(self, new_from_tick: int, tick: int) -> tuple[Decision, ...]:
        bar_tick = -(-(tick + max(1, self.options.lead_ticks)) // self._bar_ticks) * self._bar_ticks
        played = self._phrase.notes_with_onsets(bar_tick)
        new = [note for at_tick, note in played if at_tick >= new_from_tick and note.start_tick < bar_tick]
        later_tick = min((at_tick for at_tick, note in played if note.start_tick >= bar_tick), default=None)
        self._new_from_tick = later_tick
        self._due_tick = None if later_tick is None else self._due_after(later_tick, tick)
        if not new:
            return ()
        from_tick = min(note.start_tick for note in new) // self._bar_ticks * self._bar_ticks
        notes = tuple(note for note in self._phrase.notes(bar_tick) if from_tick <= note.start_tick < bar_tick)
        self._phrase.forget(from_tick - self._bar_ticks)
        return (Recompose(notes, from_tick, bar_tick),)
