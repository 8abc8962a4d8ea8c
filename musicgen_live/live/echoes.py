"""Our own messages, told apart from a musician's where an output is connected to an input. Knows bytes and moments."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import takewhile

from musicgen_live.outputs.base import NOTE_OFF, NOTE_ON

ECHO_S = 0.03
"""A message that comes in so soon after one like it went out is that one: a DAW's monitoring takes two periods."""

_KEPT = 1024


class Echoes:
    """What went out lately, and which of it has come back and not ended."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._sent: deque[tuple[float, bytes]] = deque(maxlen=_KEPT)
        """When, and what, without its channel and, of a release, without its velocity."""
        self._sounding: set[tuple[int, int]] = set()

    def sent(self, message: bytes) -> None:
        """Note what goes out to a port, as it does; to be told just before."""
        if message[0] < 0xF0:
            self._sent.append((self._now_s(), _without_channel(message)))

    def is_ours(self, port: int, at_s: float, message: bytes) -> bool:
        """Whether what came in at a port, by its number, at `at_s` is ours; for releases there is `is_release`."""
        is_ours = _without_channel(message) in self._latest(at_s)
        if is_ours and message[0] & 0xF0 == NOTE_ON:
            self._sounding.add((port, message[1]))
        return is_ours

    def is_release(self, port: int, at_s: float, pitch: int, *, is_held: bool) -> bool:
        """Whether a release is ours; `is_held` says that a musician, too, holds the pitch at that port."""
        if (port, pitch) not in self._sounding or (is_held and bytes((NOTE_OFF, pitch)) not in self._latest(at_s)):
            return False
        self._sounding.discard((port, pitch))
        return True

    def forget(self, port: int) -> None:
        """A port is gone, and what sounded there."""
        self._sounding = {(number, pitch) for number, pitch in self._sounding if number != port}

    def _latest(self, at_s: float) -> set[bytes]:
        # Times rise to the right. What went out after a message came in is no cause of it.
        latest = takewhile(lambda sent: sent[0] >= at_s - ECHO_S, reversed(self._sent))
        return {message for sent_s, message in latest if sent_s <= at_s}


def _without_channel(message: bytes) -> bytes:
    kind = message[0] & 0xF0
    return bytes((kind,)) + (message[1:2] if kind == NOTE_OFF else message[1:])
