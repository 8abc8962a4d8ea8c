"""Holds back the latest messages of a take, so that a note that is cut off as it begins can be left out of it."""

from __future__ import annotations

from collections import deque

from musicgen_live.midi.output import Output
from musicgen_live.music.notes import PPQ

CUT_OFF_TICKS = PPQ // 16
"""A note of the music that a stop ends within a sixty-fourth was never heard as a note."""

SETTLED_TICKS = 2 * CUT_OFF_TICKS
"""A message that is older stays in the take. Twice as much, because a clock may stop a pulse before the tick that was
reached by its tempo."""


class TakeTail:
    """An output before the one that records: it passes messages on when the take is a sixty-fourth further."""

    def __init__(self, take: Output) -> None:
        self._take = take
        self._held: deque[tuple[int, bytes]] = deque()

    def __str__(self) -> str:
        return str(self._take)

    def send(self, tick: int, message: bytes) -> None:
        """Take a message; those below tick 0 are not part of the take."""
        self._held.append((tick, message))
        self.settle(tick - CUT_OFF_TICKS)

    def settle(self, tick: int) -> None:
        """Pass the messages up to a tick on."""
        while self._held and self._held[0][0] <= tick:
            self._take.send(*self._held.popleft())

    def leave_out(self, message: bytes) -> None:
        """Forget the latest message that equals this one."""
        latest = [number for number, (_, held) in enumerate(self._held) if held == message]
        if latest:
            del self._held[latest[-1]]

    def close(self) -> None:
        """Pass all messages on."""
        while self._held:
            self._take.send(*self._held.popleft())
