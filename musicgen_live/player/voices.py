"""Counts the owners of each sounding pitch on a channel, so that a note-off ends only its own note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from musicgen_live.midi.channel_keys import SUSTAIN
from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import ALL_NOTES_OFF, CONTROL_CHANGE, NOTE_OFF, NOTE_ON, program_messages

Owner = tuple[int, int] | None
"""The owner of a note: None for the composed notes, else a musician's (input port, channel)."""

Send = Callable[[int, bytes], None]
"""Sends a message at a tick of the music, below 0 if it is not part of the take."""


class Voices:
    """Note-ons and releases by owner. Equal pitches are counted.

    A note-on for a pitch that sounds already first sends a note-off. The pitch is released when its last owner has
    released it. A note-off is part of the take if its note-on was.
    """

    def __init__(self, channel: int, program: int | None = None, bank: int | None = None) -> None:
        """`channel` is 0 to 15, `program` 0 to 127, `bank` 0 to 16,383; None sends none."""
        self.channel = channel
        self._program = program
        self._bank = bank
        self._pedal_is_down = False
        """True while the music itself holds the sustain pedal."""
        self._counts: dict[int, Counter[Owner]] = {}
        self._in_take: set[int] = set()
        self._latest: dict[int, tuple[int, bytes]] = {}
        """The tick and message of the latest note-on of each pitch."""
        self._hanging = HangingNotes()
        """Pedals and pitch bends."""

    def note_on(self, owner: Owner, note: tuple[int, int], tick: int, send: Send, *, in_take: bool = True) -> None:
        """Send a note-on for a pitch and velocity."""
        pitch, velocity = note
        counts = self._counts.setdefault(pitch, Counter())
        if counts:
            self._note_off(pitch, tick, send)
        counts[owner] += 1
        message = bytes((NOTE_ON | self.channel, pitch, velocity))
        if in_take:
            self._in_take.add(pitch)
        self._latest[pitch] = tick, message
        send(tick if in_take else -1, message)

    def release(self, owner: Owner, pitch: int, tick: int, send: Send) -> None:
        """Release one note of this owner, if there is one; send a note-off if it was the last one of the pitch."""
        counts = self._counts.get(pitch)
        if counts is None or not counts[owner]:
            return
        counts[owner] -= 1
        if not counts[owner]:
            del counts[owner]
        if not counts:
            del self._counts[pitch]
            self._note_off(pitch, tick, send)

    def control(self, message: bytes, tick: int, send: Send) -> None:
        """Send a channel message other than a note on the channel of the music."""
        message = bytes((message[0] & 0xF0 | self.channel,)) + message[1:]
        self._hanging.update(message)
        send(tick, message)

    def press_pedal(self, tick: int, send: Send) -> None:
        """Put the sustain pedal down for the music."""
        self._pedal_is_down = True
        self.control(bytes((CONTROL_CHANGE, SUSTAIN, 127)), tick, send)

    def lift_pedal(self, tick: int, send: Send) -> None:
        """Let the sustain pedal up if the music holds it."""
        if self._pedal_is_down:
            self._pedal_is_down = False
            self.control(bytes((CONTROL_CHANGE, SUSTAIN, 0)), tick, send)

    def mark_recorded(self, message: bytes) -> None:
        """Mark the note of a message that was added to the take after it was sent."""
        if message[0] & 0xF0 == NOTE_ON and message[1] in self._counts:
            self._in_take.add(message[1])
        elif message[0] & 0xF0 == NOTE_OFF:
            self._in_take.discard(message[1])

    def take_back_since(self, tick: int) -> list[bytes]:
        """Leave the composed notes that began after a tick out of the take; return their note-ons."""
        pitches = [p for p in sorted(self._in_take) if set(self._counts[p]) == {None} and self._latest[p][0] > tick]
        self._in_take.difference_update(pitches)
        return [self._latest[pitch][1] for pitch in pitches]

    def release_owner(self, owner: Owner, tick: int, send: Send) -> None:
        """Release all notes of this owner; those of the music with its pedal."""
        for pitch in sorted(self._counts):
            while (counts := self._counts.get(pitch)) and counts[owner]:
                self.release(owner, pitch, tick, send)
        if owner is None:
            self.lift_pedal(tick, send)

    def release_keys(self, tick: int, send: Send) -> None:
        """Release exactly the notes that sound, of all owners, and put pedals up."""
        for pitch in sorted(self._counts):
            self._note_off(pitch, tick, send)
        self._counts.clear()
        for message in self._hanging.messages():
            send(tick, message)
        self._hanging.clear()
        self._pedal_is_down = False

    def release_all(self, tick: int, send: Send) -> None:
        """Release exactly the notes that sound, of all owners, put pedals up, then send All Notes Off."""
        self.release_keys(tick, send)
        send(tick, bytes((CONTROL_CHANGE | self.channel, ALL_NOTES_OFF, 0)))

    def choose_program(self, tick: int, send: Send) -> None:
        """Send bank and program if there are any."""
        for message in program_messages(self.channel, self._program, self._bank):
            send(tick, message)

    def change_program(self, program: int | None, bank: int | None, tick: int, send: Send) -> None:
        """End the notes, and choose another program and bank."""
        self.release_owner(None, tick, send)
        self._program, self._bank = program, bank
        self.choose_program(tick, send)

    def _note_off(self, pitch: int, tick: int, send: Send) -> None:
        in_take = pitch in self._in_take
        self._in_take.discard(pitch)
        send(tick if in_take else -1, bytes((NOTE_OFF | self.channel, pitch, 0)))
