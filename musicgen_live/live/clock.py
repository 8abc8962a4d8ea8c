"""Clocks that a player waits on: the system's monotonic one, and one that jumps for tests and rendering."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import Protocol

from musicgen_live.live.messages import Command

Mailbox = SimpleQueue[Command]
"""Where commands are put for a player; it looks there whenever nothing is due."""


class Clock(Protocol):
    """Seconds that never go back, and a wait that a command can cut short."""

    def now_s(self) -> float:
        """Seconds since some fixed moment."""
        ...

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """The next command, or None as soon as `until_s` has come; None for `until_s` waits for a command alone."""
        ...


class SystemClock:
    """The monotonic clock of the machine."""

    def now_s(self) -> float:
        """`time.monotonic()`."""
        return time.monotonic()

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Sleep in the queue's timed wait: 0.1 ms late at the median, and a command wakes it."""
        if until_s is None:
            return mailbox.get()
        remaining_s = until_s - time.monotonic()
        if remaining_s <= 0:
            return None
        try:
            return mailbox.get(timeout=remaining_s)
        except Empty:
            return None


class ManualClock:
    """A clock that stands still while commands wait and then jumps to the next deadline."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        """Where the last jump led."""
        return self._now_s

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """A command if there is one, else jump; RuntimeError where a real clock would wait for ever."""
        if until_s is not None and until_s <= self._now_s:
            return None
        try:
            return mailbox.get_nowait()
        except Empty:
            if until_s is None:
                raise RuntimeError("the player waits for a command that never comes") from None
            self._now_s = until_s
            return None
