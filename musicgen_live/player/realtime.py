"""Real-time priority: whether this process may have it, and having it. Linux alone grants it to a Python program."""

from __future__ import annotations

import os

PRIORITY = 10
"""The lowest tenth: audio servers, which the notes are for, have 20 or more where they are set up for music."""


def ask_for_real_time() -> bool:
    """Put this process before all that have no such priority, its later threads too; whether it was granted.

    All threads of a Python process have it or none should: one that waits for the interpreter's lock waits for a thread
    without it as long as other programs please.
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        return False
    return True
