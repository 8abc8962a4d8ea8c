"""MIDI messages as bytes: status bytes, controller numbers, and what is counted in MIDI clock."""

from __future__ import annotations

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

DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
"""Data bytes that follow each kind of channel message."""
