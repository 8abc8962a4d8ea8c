"""Requests real-time priority for this process. Linux alone grants it to a Python program."""

from __future__ import annotations

import os

PRIORITY = 10
"""In the lowest tenth: audio servers, which receive the notes, have 20 or more on systems set up for music."""


def ask_for_real_time() -> bool:
    """Give this process, later threads included, priority over normal processes; return True if it was granted.

    All threads of a Python process need it, or none: a thread that waits for the interpreter's lock waits for a thread
    without priority as long as other programs run.
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        return False
    return True
