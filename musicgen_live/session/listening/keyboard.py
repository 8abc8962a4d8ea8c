"""Turns a musician's MIDI messages into note ons and releases. Knows the sustain pedal, but no time."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, is_control_change, is_note_on

_SUSTAIN = 64
_PEDAL_DOWN = 64
"""From this value on, the pedal is down."""


@dataclass(frozen=True)
class NoteOn:
    """A note begins."""

    pitch: int
    velocity: int


@dataclass(frozen=True)
class Release:
    """A note ends."""

    pitch: int


Key = NoteOn | Release


class Keyboard:
    """The keys and pedals that are down on an input, all channels alike."""

    def __init__(self, *, has_pedal: bool = True) -> None:
        """Without a pedal, a note ends when its key is released."""
        self._has_pedal = has_pedal
        self._held: set[int] = set()
        self._sustained: set[int] = set()
        self._pedals: set[int] = set()
        """The channels whose pedal is down."""

    def receive(self, message: bytes) -> tuple[Key, ...]:
        """Return the notes that a message begins and ends; none for all but notes and the sustain pedal (CC 64).

        A note released while the pedal is down ends when the pedal comes up. A note on for a pitch that still sounds
        ends that note first.
        """
        if is_note_on(message):
            return self._note_on(message[1], message[2])
        if is_control_change(message):
            is_pedal = self._has_pedal and message[1] == _SUSTAIN
            return self._pedal(message[0] & 0x0F, message[2] >= _PEDAL_DOWN) if is_pedal else ()
        if len(message) == 3 and message[0] & 0xF0 in {NOTE_OFF, NOTE_ON}:
            return self._release(message[1])
        return ()

    def all_up(self) -> tuple[Key, ...]:
        """Release all keys and the pedal, and return the notes that end."""
        ended = self._held | self._sustained
        self._held, self._sustained, self._pedals = set(), set(), set()
        return tuple(Release(pitch) for pitch in sorted(ended))

    def forget(self, pitch: int) -> None:
        """Take a note as ended though no message released it."""
        self._held.discard(pitch)
        self._sustained.discard(pitch)

    def _note_on(self, pitch: int, velocity: int) -> tuple[Key, ...]:
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
