"""Hanging notes: the messages that silence a receiver after a loss, a crash or a panic, and those still due."""

from __future__ import annotations

from collections.abc import Iterable

from musicgen_live.midi.messages import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CONTROL_CHANGE,
    NOTE_OFF,
    NOTE_ON,
    PITCH_BEND,
    is_note_on,
)

PEDALS = (64, 66, 69)
"""Controllers that hold notes after their note-off: sustain, sostenuto, hold 2."""


def silence(channels: Iterable[int], releases: Iterable[bytes] = ()) -> list[bytes]:
    """Return All Sound Off and All Notes Off on `channels` (0 to 15), then `releases`, the messages of `HangingNotes`.

    There are no note-offs for all pitches, because receivers drop bursts of 2,048.
    """
    modes = [
        bytes((CONTROL_CHANGE | channel, mode, 0)) for channel in channels for mode in (ALL_SOUND_OFF, ALL_NOTES_OFF)
    ]
    return [*modes, *releases]


class HangingNotes:
    """The messages still to be sent so that nothing sounds on: note-offs, pedals up, pitch bends back to the centre."""

    def __init__(self, releases: Iterable[bytes] = ()) -> None:
        """Begin with `releases`, which are already known."""
        self._releases = set(releases)

    def update(self, message: bytes) -> None:
        """Take a message that was sent into account."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind in (NOTE_ON, NOTE_OFF):
            release = bytes((NOTE_OFF | channel, message[1], 0))
            is_due = is_note_on(message)
        elif kind == CONTROL_CHANGE and message[1] in PEDALS:
            release = bytes((message[0], message[1], 0))
            is_due = message[2] > 0
        elif kind == PITCH_BEND:
            release = bytes((message[0], 0, 64))
            is_due = message != release
        else:
            return
        (self._releases.add if is_due else self._releases.discard)(release)

    def __contains__(self, message: object) -> bool:
        return message in self._releases

    def messages(self) -> list[bytes]:
        """Return the messages still to be sent, note-offs first."""
        return sorted(self._releases)

    def clear(self) -> None:
        """Forget all messages, after they were sent."""
        self._releases.clear()
