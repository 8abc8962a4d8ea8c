"""Handles Ctrl-C, SIGTERM and SIGHUP for the length of a block."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM and SIGHUP as on Ctrl-C, and ignore all but the first.

    One Ctrl-C may come twice, from the terminal and from a launcher that passes it on, and the second one would
    interrupt the orderly end, whose length the supervisor of the player limits.
    """
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt

    with signals_call(interrupt):
        yield


@contextmanager
def signals_call(react: Callable[[], None]) -> Iterator[None]:
    """Call a function on Ctrl-C, SIGTERM and SIGHUP; no effect outside the main thread, where no handler can be set."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        react()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []
    before = {name: signal.signal(getattr(signal, name), handle) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
