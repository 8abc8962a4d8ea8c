"""Requests real-time priority for this process. Linux alone grants it to a Python program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

PRIORITY = 10
"""In the lowest tenth: audio servers, which receive the notes, have 20 or more on systems set up for music."""

SOUND_PRIORITY = 5
"""That of our own sound, which computes more than the player and has a buffer: no note may wait for it."""


def ask_for_real_time(priority: int = PRIORITY) -> bool:
    """Give this process, later threads included, priority over normal processes; return True if it was granted.

    All threads of a Python process need it, or none: a thread that waits for the interpreter's lock waits for a thread
    without priority as long as other programs run.
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        return False
    return True


@contextmanager
def without_real_time() -> Iterator[None]:
    """Take the priority from this thread during the block, so that a process that it starts has none."""
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)
