"""The channels of a port: which of them a channel of the music goes to, and keys that several channels share there."""

from __future__ import annotations

from collections.abc import Mapping

from musicgen_live.midi.hanging_notes import PEDALS
from musicgen_live.midi.messages import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, is_note_on


class PortChannels:
    """Maps the channels of the music, 0 to 15, to those of a port."""

    def __init__(
        self,
        music: int,
        *,
        replacement: int | None = None,
        own: int | None = None,
        routes: Mapping[int, int] | None = None,
    ) -> None:
        """`music` is the channel of music that is not split; `replacement`, if any, takes the place of all channels.

        The notes of musicians, whose channel is `own`, go to the channel of the music. With `routes`, which exclude a
        replacement, their keys alone go to this port, each to its channel there.
        """
        self.music = music if replacement is None else replacement
        self._replacement = replacement
        self._own = own
        self._routes = routes

    def of(self, channel: int) -> int | None:
        """Return the port's channel for a channel of the music; None if that does not go to this port."""
        if self._routes is not None:
            return self._routes.get(channel)
        if self._replacement is not None:
            return self._replacement
        return self.music if channel == self._own else channel

    @property
    def used(self) -> list[int]:
        """The channels of the port that the music goes to now."""
        if self._routes is None:
            return [self.music]
        return sorted(set(self._routes.values()))

    def move(self, channel: int) -> None:
        """Have the music, and the musicians with it, continue on another channel."""
        if self._replacement is None:
            self.music = channel


class SharedKeys:
    """The keys and pedals of a port that more than one channel of the music may hold, such as a part and a musician.

    A key is released with its last owner. A note-on of a key that sounds first sends a note-off.
    """

    def __init__(self) -> None:
        self._owners: dict[tuple[int, int, int], set[int]] = {}
        """The channels of the music that hold a key or pedal: by kind, channel of the port, and pitch or controller."""

    def messages(self, owner: int, message: bytes) -> list[bytes]:
        """Return what to send for a message, already on the port's channel, of a channel of the music."""
        kind = message[0] & 0xF0
        if kind in (NOTE_ON, NOTE_OFF):
            note_off = bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
            if not is_note_on(message):
                return self._released(owner, message)
            owners = self._held(message)
            released = [note_off] if owners else []
            owners.add(owner)
            return [*released, message]
        if kind == CONTROL_CHANGE and message[1] in PEDALS:
            if not message[2]:
                return self._released(owner, message)
            self._held(message).add(owner)
        return [message]

    def _held(self, message: bytes) -> set[int]:
        return self._owners.setdefault(_key(message), set())

    def _released(self, owner: int, message: bytes) -> list[bytes]:
        owners = self._owners.get(_key(message), set())
        owners.discard(owner)
        return [] if owners else [message]


def _key(message: bytes) -> tuple[int, int, int]:
    kind = NOTE_ON if message[0] & 0xF0 == NOTE_OFF else message[0] & 0xF0
    return kind, message[0] & 0x0F, message[1]
