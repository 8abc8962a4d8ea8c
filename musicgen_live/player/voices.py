"""The channel that is played: for whom each pitch sounds there, so that nobody's release cuts another off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import ALL_NOTES_OFF, CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE

Owner = tuple[int, int] | None
"""Who struck a note: None for the music, or a musician by input port and channel."""

Send = Callable[[int, bytes], None]
"""Sends a message at a tick of the music, below 0 if it is to be no part of the take."""


class Voices:
    """Strikes and releases by owner. Equal pitches are counted.

    A pitch that sounds and is struck again is released and struck anew; it is released when the last one has let it go.
    A release is part of the take if its strike was.
    """

    def __init__(self, channel: int, program: int | None) -> None:
        self.channel = channel
        self._program = program
        self._counts: dict[int, Counter[Owner]] = {}
        self._in_take: set[int] = set()
        self._owed = HangingNotes()

    def note_on(self, owner: Owner, note: tuple[int, int], tick: int, send: Send, *, in_take: bool = True) -> None:
        """Strike a pitch with a velocity."""
        pitch, velocity = note
        counts = self._counts.setdefault(pitch, Counter())
        if counts:
            self._off(pitch, tick, send)
        counts[owner] += 1
        message = bytes((NOTE_ON | self.channel, pitch, velocity))
        if in_take:
            self._in_take.add(pitch)
        send(tick if in_take else -1, message)

    def release(self, owner: Owner, pitch: int, tick: int, send: Send) -> None:
        """Let a pitch go, once, if this owner holds it."""
        counts = self._counts.get(pitch)
        if counts is None or not counts[owner]:
            return
        counts[owner] -= 1
        if not counts[owner]:
            del counts[owner]
        if not counts:
            del self._counts[pitch]
            self._off(pitch, tick, send)

    def control(self, message: bytes, tick: int, send: Send) -> None:
        """Pass a channel message that is no note on, on the channel that is played."""
        message = bytes((message[0] & 0xF0 | self.channel,)) + message[1:]
        self._owed.update(message)
        send(tick, message)

    def recorded(self, message: bytes) -> None:
        """A message has become part of the take."""
        if message[0] & 0xF0 == NOTE_ON and message[1] in self._counts:
            self._in_take.add(message[1])
        elif message[0] & 0xF0 == NOTE_OFF:
            self._in_take.discard(message[1])

    def let_go(self, owner: Owner, tick: int, send: Send) -> None:
        """Let all go that this owner holds."""
        for pitch in sorted(self._counts):
            while (counts := self._counts.get(pitch)) and counts[owner]:
                self.release(owner, pitch, tick, send)

    def release_all(self, tick: int, send: Send) -> None:
        """Release exactly what sounds, whoever holds it, put pedals up, then say All Notes Off."""
        for pitch in sorted(self._counts):
            self._off(pitch, tick, send)
        self._counts.clear()
        for message in self._owed.messages():
            send(tick, message)
        self._owed.clear()
        send(tick, bytes((CONTROL_CHANGE | self.channel, ALL_NOTES_OFF, 0)))

    def move(self, channel: int, tick: int, send: Send) -> None:
        """Go on on another channel, with the program there."""
        self.release_all(tick, send)
        self.channel = channel
        self.choose_program(tick, send)

    def choose_program(self, tick: int, send: Send) -> None:
        """Send the program if there is one."""
        if self._program is not None:
            send(tick, bytes((PROGRAM_CHANGE | self.channel, self._program)))

    def _off(self, pitch: int, tick: int, send: Send) -> None:
        in_take = pitch in self._in_take
        self._in_take.discard(pitch)
        send(tick if in_take else -1, bytes((NOTE_OFF | self.channel, pitch, 0)))
