"""The keys of a MIDI channel that sound: the one rule for strikes, releases, the sustain pedal and All Notes Off."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from musicgen_live.midi.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, RESET_ALL_CONTROLLERS

SUSTAIN = 64
PEDAL_DOWN = 64
"""From this value on, the pedal is down."""

Key = TypeVar("Key", bound=Hashable)


class ChannelKeys(Generic[Key]):
    """The keys of a channel that are down, and those that the pedal keeps sounding. Methods return the keys that end.

    A strike of a key that sounds ends its note, so a lost release costs one note. A key released while the pedal is
    down sounds until the pedal comes up. All Notes Off, All Sound Off and the modes from 124 on end everything.
    """

    def __init__(self, *, has_pedal: bool = True) -> None:
        """Without a pedal, a note ends when its key is released."""
        self._has_pedal = has_pedal
        self._down: dict[Key, None] = {}
        self._sustained: dict[Key, None] = {}
        self._pedal_is_down = False

    def is_down(self, key: Key) -> bool:
        """Return True for a key that is down, not one that the pedal alone keeps sounding."""
        return key in self._down

    def strike(self, key: Key) -> tuple[Key, ...]:
        """Press a key."""
        sounded = key in self._down or key in self._sustained
        self._sustained.pop(key, None)
        self._down[key] = None
        return (key,) if sounded else ()

    def release(self, key: Key) -> tuple[Key, ...]:
        """Release a key; nothing happens if it is not down."""
        if key not in self._down:
            return ()
        del self._down[key]
        if self._pedal_is_down:
            self._sustained[key] = None
            return ()
        return (key,)

    def forget(self, key: Key) -> None:
        """Take a key as ended though no message released it."""
        self._down.pop(key, None)
        self._sustained.pop(key, None)

    def control(self, controller: int, value: int) -> tuple[Key, ...]:
        """Take a control change; most have no effect on keys."""
        if controller == SUSTAIN:
            self._pedal_is_down = self._has_pedal and value >= PEDAL_DOWN
        elif controller == RESET_ALL_CONTROLLERS:
            self._pedal_is_down = False
        elif controller == ALL_SOUND_OFF or controller >= ALL_NOTES_OFF:
            ended = (*self._down, *self._sustained)
            self._down, self._sustained = {}, {}
            return ended
        if self._pedal_is_down or not self._sustained:
            return ()
        released, self._sustained = tuple(self._sustained), {}
        return released

    @staticmethod
    def is_heard(controller: int) -> bool:
        """Return True for the control changes that `control` has a use for."""
        return controller in {SUSTAIN, ALL_SOUND_OFF, RESET_ALL_CONTROLLERS} or controller >= ALL_NOTES_OFF
