"""What silences a receiver: in the order it should come after a loss, a crash or a panic, and what one is owed."""

from __future__ import annotations

from collections.abc import Iterable

from musicgen_live.midi.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PITCH_BEND

PEDALS = (64, 66, 69)
"""Controllers that make notes sound on after their release: sustain, sostenuto, hold 2."""


def silence(channels: Iterable[int], releases: Iterable[bytes] = ()) -> list[bytes]:
    """All Sound Off and All Notes Off on `channels` (0 to 15), then `releases`, the messages still owed.

    Never a note-off for every pitch: receivers drop bursts of 2,048.
    """
    modes = [
        bytes((CONTROL_CHANGE | channel, mode, 0)) for channel in channels for mode in (ALL_SOUND_OFF, ALL_NOTES_OFF)
    ]
    return [*modes, *releases]


class HangingNotes:
    """What still has to be sent after some messages, so that nothing sounds on: releases, pedals up, a bend undone."""

    def __init__(self, owed: Iterable[bytes] = ()) -> None:
        """`owed` is known from the start."""
        self._owed = set(owed)

    def update(self, message: bytes) -> None:
        """Take a message that was sent."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind in (NOTE_ON, NOTE_OFF):
            undone = bytes((NOTE_OFF | channel, message[1], 0))
            is_owed = kind == NOTE_ON and message[2] > 0
        elif kind == CONTROL_CHANGE and message[1] in PEDALS:
            undone = bytes((message[0], message[1], 0))
            is_owed = message[2] > 0
        elif kind == PITCH_BEND:
            undone = bytes((message[0], 0, 64))
            is_owed = message != undone
        else:
            return
        (self._owed.add if is_owed else self._owed.discard)(undone)

    def __contains__(self, message: object) -> bool:
        return message in self._owed

    def messages(self) -> list[bytes]:
        """All that is owed, note-offs first."""
        return sorted(self._owed)

    def clear(self) -> None:
        """It has been paid."""
        self._owed.clear()
