"""Which keys a musician struck and which notes ended, from MIDI messages; knows the sustain pedal, knows no time."""

from __future__ import annotations

from dataclasses import dataclass

_NOTE_OFF, _NOTE_ON, _CONTROL_CHANGE = 0x80, 0x90, 0xB0
_SUSTAIN = 64
_DOWN = 64
"""From this value on, the pedal is down."""


@dataclass(frozen=True)
class NoteOn:
    """A note begins."""

    pitch: int
    velocity: int


@dataclass(frozen=True)
class Release:
    """A note that was struck is no longer heard."""

    pitch: int


Key = NoteOn | Release


def is_note_on(message: bytes) -> bool:
    """Whether a message strikes a key, which is what music in its own time may begin with."""
    return len(message) == 3 and message[0] & 0xF0 == _NOTE_ON and message[2] > 0


class Keyboard:
    """Follows the messages of an input, all channels alike."""

    def __init__(self, *, has_pedal: bool = True) -> None:
        """Without a pedal, only the keys say what is held."""
        self._has_pedal = has_pedal
        self._held: set[int] = set()
        self._sustained: set[int] = set()
        self._pedals: set[int] = set()

    def receive(self, message: bytes) -> tuple[Key, ...]:
        """What a message makes of the notes; nothing for all but note-on, note-off and the sustain pedal (CC 64).

        A note released while the pedal is down ends when the pedal comes up. A key that is struck while its note
        still sounds ends that first.
        """
        if len(message) != 3:
            return ()
        status, number, value = message[0] & 0xF0, message[1] & 0x7F, message[2] & 0x7F
        if status == _NOTE_ON and value:
            return self._strike(number, value)
        if status in {_NOTE_OFF, _NOTE_ON}:
            return self._release(number)
        if status == _CONTROL_CHANGE and number == _SUSTAIN and self._has_pedal:
            return self._pedal(message[0] & 0x0F, value >= _DOWN)
        return ()

    def all_up(self) -> tuple[Key, ...]:
        """The keyboard is gone, or its notes have lasted too long: all keys and the pedal are up."""
        ended = self._held | self._sustained
        self._held, self._sustained, self._pedals = set(), set(), set()
        return tuple(Release(pitch) for pitch in sorted(ended))

    def forget(self, pitch: int) -> None:
        """A note was taken as ended though nothing released it."""
        self._held.discard(pitch)
        self._sustained.discard(pitch)

    def _strike(self, pitch: int, velocity: int) -> tuple[Key, ...]:
        sounded = pitch in self._held or pitch in self._sustained
        self._sustained.discard(pitch)
        self._held.add(pitch)
        return (Release(pitch), NoteOn(pitch, velocity)) if sounded else (NoteOn(pitch, velocity),)

    def _release(self, pitch: int) -> tuple[Key, ...]:
        if pitch not in self._held:
            return ()
        self._held.discard(pitch)
        if self._pedals:
            self._sustained.add(pitch)
            return ()
        return (Release(pitch),)

    def _pedal(self, channel: int, down: bool) -> tuple[Key, ...]:
        if down:
            self._pedals.add(channel)
        else:
            self._pedals.discard(channel)
        if self._pedals:
            return ()
        ended, self._sustained = self._sustained, set()
        return tuple(Release(pitch) for pitch in sorted(ended))
