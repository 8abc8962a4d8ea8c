"""MIDI messages as bytes: status bytes, controller numbers and tests for kinds of messages."""

from __future__ import annotations

from collections.abc import Iterable

NOTE_OFF = 0x80
NOTE_ON = 0x90
POLY_PRESSURE = 0xA0
CONTROL_CHANGE = 0xB0
PROGRAM_CHANGE = 0xC0
CHANNEL_PRESSURE = 0xD0
PITCH_BEND = 0xE0
SYSTEM = 0xF0
"""From here on, status bytes are those of system messages, which have no channel."""
SONG_POSITION = 0xF2
CLOCK = 0xF8
START = 0xFA
CONTINUE = 0xFB
STOP = 0xFC
ALL_SOUND_OFF = 120
RESET_ALL_CONTROLLERS = 121
LOCAL_CONTROL = 122
ALL_NOTES_OFF = 123
"""The modes from 124 on, omni and mono, are All Notes Off too."""
BANK_SELECT, BANK_SELECT_LSB = 0, 32
VOLUME, PAN, EXPRESSION = 7, 10, 11
CLICK_CHANNEL, CLICK_PITCH = 9, 37
"""The sound of a count-in: General MIDI's percussion, the tenth channel, and its side stick."""

DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
"""The number of data bytes after each status byte of a channel message."""

_SYSTEM_DATA_BYTES = {0xF1: 1, SONG_POSITION: 2, 0xF3: 1, 0xF6: 0, **dict.fromkeys(range(CLOCK, 0x100), 0)}
"""The same of system messages, without system exclusive ones. MIDI 1.0, tables I, V and VI."""


def is_well_formed(message: bytes) -> bool:
    """Return True for one whole channel or system message; system exclusive ones are not used here."""
    if not message:
        return False
    status = message[0]
    data_bytes = _SYSTEM_DATA_BYTES.get(status) if status >= SYSTEM else DATA_BYTES.get(status & 0xF0)
    return data_bytes == len(message) - 1 and all(byte < 0x80 for byte in message[1:])


def is_note_on(message: bytes) -> bool:
    """Return True for a note-on on any channel; with velocity 0 it is a note-off."""
    return len(message) == 3 and message[0] & 0xF0 == NOTE_ON and message[2] > 0


def is_note(message: bytes) -> bool:
    """Return True for a note-on or note-off on any channel."""
    return len(message) == 3 and message[0] & 0xF0 in (NOTE_ON, NOTE_OFF)


def is_control_change(message: bytes) -> bool:
    """Return True for a control change on any channel, which includes channel mode messages."""
    return len(message) == 3 and message[0] & 0xF0 == CONTROL_CHANGE


def is_channel_mode(message: bytes) -> bool:
    """Return True for a channel mode message such as All Notes Off, which is sent as a control change."""
    return is_control_change(message) and message[1] >= ALL_SOUND_OFF


def program_messages(channel: int, program: int | None, bank: int | None) -> list[bytes]:
    """Return the messages that choose a bank (0 to 16,383) and a program (0 to 127) on a channel, those that are given.

    MIDI 1.0 has receivers choose the sound at the program change, which therefore follows a bank alone too, as 0.
    """
    if program is None and bank is None:
        return []
    status = CONTROL_CHANGE | channel
    banks = (
        [] if bank is None else [bytes((status, BANK_SELECT, bank >> 7)), bytes((status, BANK_SELECT_LSB, bank & 0x7F))]
    )
    return [*banks, bytes((PROGRAM_CHANGE | channel, program or 0))]


def is_program(message: bytes) -> bool:
    """Return True for a program change or the choice of a bank, on any channel."""
    is_bank = is_control_change(message) and message[1] in (BANK_SELECT, BANK_SELECT_LSB)
    return is_bank or message[0] & 0xF0 == PROGRAM_CHANGE


def in_force(messages: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return the latest program, controllers, pressure and bend of each channel, with their ticks.

    They are in the order in which the first of their kind came.
    """
    latest: dict[bytes, tuple[int, bytes]] = {}
    for tick, message in messages:
        if not is_note(message) and message[0] & 0xF0 != POLY_PRESSURE and not is_channel_mode(message):
            latest[message[:2] if is_control_change(message) else message[:1]] = (tick, message)
    return list(latest.values())
