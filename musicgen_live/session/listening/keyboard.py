"""Turns a musician's MIDI messages into note ons and releases. Knows the sustain pedal, but no time."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.midi.channel_keys import PEDAL_DOWN, SUSTAIN, ChannelKeys
from musicgen_live.midi.messages import is_control_change, is_note, is_note_on


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
    """The keys and pedals that are down on an input, all channels alike: `ChannelKeys` has the rules for them."""

    def __init__(self, *, has_pedal: bool = True) -> None:
        """Without a pedal, a note ends when its key is released."""
        self._has_pedal = has_pedal
        self._keys = ChannelKeys[int](has_pedal=has_pedal)
        self._pedals: set[int] = set()
        """The channels whose pedal is down."""

    def receive(self, message: bytes) -> tuple[Key, ...]:
        """Return the notes that a message begins and ends; none for all but notes and the sustain pedal (CC 64)."""
        if is_note_on(message):
            return *map(Release, self._keys.strike(message[1])), NoteOn(message[1], message[2])
        if is_note(message):
            return tuple(map(Release, self._keys.release(message[1])))
        if is_control_change(message) and message[1] == SUSTAIN:
            return self._pedal(message[0] & 0x0F, is_down=message[2] >= PEDAL_DOWN)
        return ()

    def all_up(self) -> None:
        """Take all keys and pedals as up."""
        self._keys = ChannelKeys[int](has_pedal=self._has_pedal)
        self._pedals.clear()

    def forget(self, pitch: int) -> None:
        """Take a note as ended though no message released it."""
        self._keys.forget(pitch)

    def _pedal(self, channel: int, *, is_down: bool) -> tuple[Key, ...]:
        (self._pedals.add if is_down else self._pedals.discard)(channel)
        ended = self._keys.control(SUSTAIN, PEDAL_DOWN if self._pedals else 0)
        return tuple(map(Release, sorted(ended)))
