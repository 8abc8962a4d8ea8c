"""Clocks that a player waits on: the system's monotonic one, and one that jumps for tests and rendering."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from musicgen_live.player.protocol import Command

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


SPIN_S = 0.0005
"""How long before a deadline sleeping ends: a sleep is 0.1 to 0.2 ms late, half a millisecond where others run."""


class SystemClock:
    """The monotonic clock of the machine."""

    def __init__(self) -> None:
        # Without a core to spare, the time is better left to the program that the notes are for.
        self._spin_s = SPIN_S if (os.cpu_count() or 1) > 1 else 0.0

    def now_s(self) -> float:
        """`time.monotonic()`."""
        return time.monotonic()

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Sleep in the queue's timed wait, which a command ends, and spin to the end of it."""
        if until_s is None:
            return mailbox.get()
        remaining_s = until_s - time.monotonic()
        if remaining_s > self._spin_s:
            try:
                return mailbox.get(timeout=remaining_s - self._spin_s)
            except Empty:
                pass
        while time.monotonic() < until_s:
            pass
        return None


class PollingClock:
    """Another clock on which `attend` is called every now and then by whoever waits, however long the wait is.

    Since the player's own thread calls it, a call that goes out says that the player goes on.
    """

    def __init__(self, clock: Clock, attend: Callable[[], None], every_s: float) -> None:
        self._clock = clock
        self._attend = attend
        self._every_s = every_s
        self._next_s = clock.now_s()

    def now_s(self) -> float:
        """The other clock's time."""
        return self._clock.now_s()

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Wait as the other clock does, and attend whenever it is time."""
        while True:
            if self.now_s() >= self._next_s:
                self._attend()
                self._next_s = self.now_s() + self._every_s
            slice_s = self._next_s if until_s is None else min(until_s, self._next_s)
            command = self._clock.wait(mailbox, slice_s)
            if command is not None or slice_s == until_s:
                return command


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
