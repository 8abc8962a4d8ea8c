"""What every output promises: a port, a file or a list takes the same messages at the same ticks."""

from __future__ import annotations

from typing import Protocol

NOTE_OFF = 0x80
NOTE_ON = 0x90
CONTROL_CHANGE = 0xB0
PROGRAM_CHANGE = 0xC0
PITCH_BEND = 0xE0
SONG_POSITION = 0xF2
CLOCK = 0xF8
START = 0xFA
CONTINUE = 0xFB
STOP = 0xFC
ALL_SOUND_OFF = 120
ALL_NOTES_OFF = 123
CLICK_CHANNEL, CLICK_PITCH = 9, 37
"""What a count-in sounds like: General MIDI's percussion, the tenth channel, and its side stick."""


class Output(Protocol):
    """Takes MIDI channel messages, and those of MIDI clock, in the order in which they sound. One thread at a time."""

    def send(self, tick: int, message: bytes) -> None:
        """Take one message (status byte and its data) due at `tick` of the take; a port sends it at once.

        What is below tick 0 is no part of the take; a count-in's clicks, which are there, are on every port the same.
        """
        ...

    def close(self) -> None:
        """Finish. Nothing is sent afterwards; a second call does nothing."""
        ...
