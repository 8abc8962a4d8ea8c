"""Clocks that a player waits on: the system's monotonic one, and one that jumps for tests and rendering."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from musicgen_live.player.commands import Command

Mailbox = SimpleQueue[Command]
"""Commands for a player, which reads them whenever no message is due."""


class Clock(Protocol):
    """Seconds that never go back, and a wait that a command can cut short."""

    def now_s(self) -> float:
        """Return the seconds since some fixed moment."""
        ...

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Return the next command, or None shortly before `until_s`; if `until_s` is None, wait for a command."""
        ...

    def reach(self, until_s: float) -> None:
        """Wait for the rest of the time, which is too short for sleep."""
        ...


SPIN_S = 0.0005
"""Time before a deadline at which sleeping ends: a sleep is 0.1 to 0.2 ms late, 0.5 ms beside other programs, and what
is due takes 0.1 to 0.2 ms to prepare, as a process that has slept finds little of its code in the caches."""


class SystemClock:
    """The monotonic clock of the machine."""

    def __init__(self) -> None:
        # On a single core, spinning would take the time of the program that receives the notes.
        self._spin_s = SPIN_S if (os.cpu_count() or 1) > 1 else 0.0

    def now_s(self) -> float:
        """Return `time.monotonic()`."""
        return time.monotonic()

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Sleep in the queue's timed wait, which a command ends."""
        if until_s is None:
            return mailbox.get()
        remaining_s = until_s - time.monotonic()
        if remaining_s > self._spin_s:
            try:
                return mailbox.get(timeout=remaining_s - self._spin_s)
            except Empty:
                pass
        return None

    def reach(self, until_s: float) -> None:
        """Spin."""
        while time.monotonic() < until_s:
            pass


class PollingClock:
    """A clock that wraps another one and calls `poll` at a fixed interval during every wait.

    The player's own thread makes the calls, so each call shows that the player is alive.
    """

    def __init__(self, clock: Clock, poll: Callable[[], None], every_s: float) -> None:
        self._clock = clock
        self._poll = poll
        self._every_s = every_s
        self._next_s = clock.now_s()

    def poll_soon(self) -> None:
        """Have the next wait begin with a poll."""
        self._next_s = self.now_s()

    def now_s(self) -> float:
        """Return the wrapped clock's time."""
        return self._clock.now_s()

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Wait as the wrapped clock does, and poll whenever it is time."""
        while True:
            if self.now_s() >= self._next_s:
                self._poll()
                self._next_s = self.now_s() + self._every_s
            slice_s = self._next_s if until_s is None else min(until_s, self._next_s)
            if slice_s == until_s:
                return self._clock.wait(mailbox, until_s)
            command = wait_to(self._clock, mailbox, slice_s)
            if command is not None:
                return command

    def reach(self, until_s: float) -> None:
        """Wait as the wrapped clock does."""
        self._clock.reach(until_s)


def wait_to(clock: Clock, mailbox: Mailbox, until_s: float) -> Command | None:
    """Return the next command, or None at `until_s`."""
    command = clock.wait(mailbox, until_s)
    if command is None:
        clock.reach(until_s)
    return command


class ManualClock:
    """A clock that stands still while commands wait and then jumps to the next deadline."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        """Return the moment of the last jump."""
        return self._now_s

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Return a waiting command, or jump to `until_s`; RuntimeError where a real clock would wait for ever."""
        if until_s is not None and until_s <= self._now_s:
            return None
        try:
            return mailbox.get_nowait()
        except Empty:
            if until_s is None:
                raise RuntimeError("the player waits for a command that never comes") from None
            self._now_s = until_s
            return None

    def reach(self, until_s: float) -> None:
        """Do nothing: it has jumped there."""
