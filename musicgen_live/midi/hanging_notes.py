"""Hanging notes: the messages that silence a receiver after a loss, a crash or a panic, and those still due."""

from __future__ import annotations

from collections.abc import Iterable

from musicgen_live.midi.messages import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CHANNEL_PRESSURE,
    CONTROL_CHANGE,
    LOCAL_CONTROL,
    NOTE_OFF,
    NOTE_ON,
    PITCH_BEND,
    RESET_ALL_CONTROLLERS,
    is_control_change,
    is_note_on,
)

PEDALS = (64, 66, 69)
"""Controllers that hold notes after their note-off: sustain, sostenuto, hold 2."""

MODULATION = 1


def silence(channels: Iterable[int], releases: Iterable[bytes] = ()) -> list[bytes]:
    """Return All Sound Off and All Notes Off on `channels` (0 to 15), then `releases`, the messages of `HangingNotes`.

    There are no note-offs for all pitches, because receivers drop bursts of 2,048.
    """
    modes = [
        bytes((CONTROL_CHANGE | channel, mode, 0)) for channel in channels for mode in (ALL_SOUND_OFF, ALL_NOTES_OFF)
    ]
    return [*modes, *releases]


class HangingNotes:
    """The messages still to be sent so that nothing sounds on or altered.

    These are note-offs, pedals up, modulation and pressure back to none, and pitch bends back to the centre.
    """

    def __init__(self, releases: Iterable[bytes] = ()) -> None:
        """Begin with `releases`, which are already known."""
        self._releases = set(releases)

    def update(self, message: bytes) -> None:
        """Take a message that was sent into account."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind in (NOTE_ON, NOTE_OFF):
            release = bytes((NOTE_OFF | channel, message[1], 0))
            is_due = is_note_on(message)
        elif kind == CONTROL_CHANGE and message[1] in (*PEDALS, MODULATION):
            release = bytes((message[0], message[1], 0))
            is_due = message[2] > 0
        elif kind == CHANNEL_PRESSURE:
            release = bytes((message[0], 0))
            is_due = message != release
        elif kind == PITCH_BEND:
            release = bytes((message[0], 0, 64))
            is_due = message != release
        else:
            return
        (self._releases.add if is_due else self._releases.discard)(release)

    def ended_by(self, mode_message: bytes) -> list[bytes]:
        """Return the messages for what a channel mode message ends on its channel, note-offs first.

        Reset All Controllers ends all but notes. All Sound Off ends notes and pedals, and so do All Notes Off and the
        modes from it on, unless no key is down: some keyboards send it whenever the last key is up, and the pedal is
        still to hold those notes then.
        """
        mode = mode_message[1]
        due = [message for message in self.messages() if (message[0] ^ mode_message[0]) & 0x0F == 0]
        notes = [message for message in due if message[0] & 0xF0 == NOTE_OFF]
        if mode == LOCAL_CONTROL or (mode >= ALL_NOTES_OFF and not notes):
            return []
        if mode == RESET_ALL_CONTROLLERS:
            return [message for message in due if message not in notes]
        return notes + [message for message in due if is_control_change(message) and message[1] in PEDALS]

    def __contains__(self, message: object) -> bool:
        return message in self._releases

    def messages(self) -> list[bytes]:
        """Return the messages still to be sent, note-offs first."""
        return sorted(self._releases)

    def clear(self) -> None:
        """Forget all messages, after they were sent."""
        self._releases.clear()
